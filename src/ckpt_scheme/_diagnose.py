"""Why a text is not in the grammar: where, what was expected instead, which requirement, and the nearest valid text.

Only `parse` comes here, after its match has failed. Every function is linear in the text, and none of them decides
whether a text is valid: each walk looks for the first thing wrong, and its last step is what remains to be blamed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from ckpt_scheme import _grammar as grammar
from ckpt_scheme.errors import NameSyntaxError

_is_run_id: Final = re.compile(grammar.RUN_ID).fullmatch
_is_checkpoint_name: Final = re.compile(grammar.CHECKPOINT_NAME).fullmatch
_is_date: Final = re.compile(grammar.DATE).fullmatch
_is_time: Final = re.compile(grammar.TIME).fullmatch
_is_stamp: Final = re.compile(r"_[0-9]{8}_[0-9]{6}").fullmatch
_word_at: Final = re.compile(grammar.WORD).match
_phase_at: Final = re.compile(grammar.PHASE).match
_encoder_at: Final = re.compile(grammar.ENCODER).match
_metric_name_at: Final = re.compile(rf"{grammar.METRIC_NAME}-").match
_value_at: Final = re.compile(rf"{grammar.VALUE}(?![0-9])").match
_version_at: Final = re.compile(rf"{grammar.VERSION}(?![0-9])").match
_version_mark_at: Final = re.compile(r"_v(?![A-Z_a-z])").match
_outside_run_id: Final = re.compile(r"[^0-9A-Z_a-z-]").search

# A checkpoint name but for padding, case, the number of decimals, Lightning's "-v" and blanks around it.
_near_checkpoint_name: Final = re.compile(
    r"\s*+(?:epoch-(?P<epoch>[0-9]{1,18})_step-(?P<step>[0-9]{1,18})(?:_(?P<metric>[0-9A-Z_a-z]{1,64})-(?P<value>-?[0-9]{1,11}(?:\.[0-9]{0,17})?))?"
    r"|best(?:-(?P<best_metric>[0-9A-Z_a-z]{1,64})-(?P<best_value>-?[0-9]{1,11}(?:\.[0-9]{0,17})?))?|(?P<last>last))"
    r"(?:[-_]v0*(?P<version>[1-9][0-9]{0,17}))?\.ckpt\s*",
    re.ASCII | re.IGNORECASE,
).fullmatch

_WORD_FORM: Final = f"1 to {grammar.MAX_LABEL} letters, digits or '_', a letter or digit first"
_PHASE_FORM: Final = f"1 to {grammar.MAX_PHASE} letters, digits or '-', a letter or digit first"
_ENCODER_FORM: Final = f"1 to {grammar.MAX_LABEL} letters, digits, '_' or '-', a letter or digit first"
_VALUE_FORM: Final = "a value with at most 11 integer digits and exactly four decimals, such as 0.8920"
_PATH_FORM: Final = "'[<root>/]<run id>/checkpoints/<checkpoint name>'"
_STAMP_LENGTH: Final = len("_YYYYMMDD_HHMMSS")


class _Mismatch(Exception):  # noqa: N818 - not an error but the end of a walk through a text
    """Where a walk through a text ends, and what it expected there."""

    def __init__(self, position: int, expected: str, requirement: str) -> None:
        super().__init__()
        self.position, self.expected, self.requirement = position, expected, requirement


def run_id(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no run id."""
    return _name_error("run id", text, _walk_run_id, _nearest_run_id)


def checkpoint_name(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no checkpoint name."""
    return _name_error("checkpoint name", text, _walk_checkpoint_name, _nearest_checkpoint_name)


def run_directory(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no path of a run directory."""
    root, slash, name = text.rpartition("/")
    if _is_run_id(name):
        return _root_error("run directory", text, root)
    error = run_id(name)
    position = len(root) + len(slash) + (error.position or 0)
    return NameSyntaxError("run directory", text, error.expected, position, error.requirement)


def checkpoint_path(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no checkpoint path."""
    slashed = text.replace("\\", "/")
    suggestion = slashed if slashed != text and _is_checkpoint_path(slashed) else None
    head, _, name = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, _, run = directory.rpartition("/")
    if not run:
        return NameSyntaxError("checkpoint path", text, _PATH_FORM, 0, "CKS-030", suggestion)
    if folder != grammar.CHECKPOINTS:
        expected = f"'{grammar.CHECKPOINTS}', the folder that checkpoints are in"
        return NameSyntaxError("checkpoint path", text, expected, len(directory) + 1, "CKS-030", suggestion)
    if not _is_run_id(run):
        error, offset = run_id(run), len(directory) - len(run)
    elif not _is_checkpoint_name(name):
        error, offset = checkpoint_name(name), len(head) + 1
        if error.suggestion is not None and _is_checkpoint_path(f"{head}/{error.suggestion}"):
            suggestion = f"{head}/{error.suggestion}"
    else:
        return _root_error("checkpoint path", text, root)
    position = offset + (error.position or 0)
    return NameSyntaxError("checkpoint path", text, error.expected, position, error.requirement, suggestion)


def _name_error(
    kind: str, text: str, walk: Callable[[str], NoReturn], nearest: Callable[[str], str | None]
) -> NameSyntaxError:
    try:
        text = str.__str__(text)
    except TypeError:
        return NameSyntaxError(kind, text, "a str", None, "CKS-001")
    try:
        walk(text)
    except _Mismatch as end:
        return NameSyntaxError(kind, text, end.expected, end.position, end.requirement, nearest(text))


def _is_checkpoint_path(text: str) -> bool:
    # By its components: the pattern of the rule would try each "/" of a long root.
    head, _, name = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, slash, run = directory.rpartition("/")
    return bool(
        folder == grammar.CHECKPOINTS
        and _is_checkpoint_name(name)
        and _is_run_id(run)
        and "\0" not in root
        and (root or not slash)
    )


def _root_error(kind: str, text: str, root: str) -> NameSyntaxError:
    expected = "a root that is not empty and holds no NUL"
    return NameSyntaxError(kind, text, expected, max(root.find("\0"), 0), "CKS-031")


def _walk_run_id(text: str) -> NoReturn:
    # Tag and architecture come off the left, timestamp and phase off the right; what is left is the encoder.
    tag = _word_at(text)
    if tag is None:
        raise _Mismatch(0, f"a tag of {_WORD_FORM}", "CKS-010")
    start = tag.end() + 1
    if not text.startswith("-", start - 1):
        raise _Mismatch(start - 1, f"'-' after a tag of {_WORD_FORM}", "CKS-010")
    outside = _outside_run_id(text, start)
    if outside is not None:
        raise _Mismatch(outside.start(), "only letters, digits, '_' and '-', up to the end of the run id", "CKS-002")
    architecture = _word_at(text, start)
    if architecture is None:
        raise _Mismatch(start, f"an architecture of {_WORD_FORM}", "CKS-010")
    end = len(text) - _STAMP_LENGTH
    if end <= start or not _is_stamp(text, end):
        raise _Mismatch(len(text), "'_<phase>_<YYYYMMDD>_<HHMMSS>' at the end", "CKS-013")
    if not _is_date(text, end + 1, end + 9):
        raise _Mismatch(end + 1, "a date that exists, as YYYYMMDD", "CKS-014")
    if not _is_time(text, end + 10):
        raise _Mismatch(end + 10, "a time from 000000 to 235959, as HHMMSS", "CKS-015")
    cut = text.rfind("_", start, end)
    if cut < 0:
        raise _Mismatch(end, "'_<phase>' before the timestamp", "CKS-012")
    phase = _phase_at(text, cut + 1, end)
    if phase is None or phase.end() < end:
        raise _Mismatch(cut + 1 if phase is None else phase.end(), f"a phase of {_PHASE_FORM}", "CKS-012")
    dash = text.find("-", start, cut)
    if architecture.end() < (cut if dash < 0 else dash):
        raise _Mismatch(architecture.end(), f"an architecture of {_WORD_FORM}", "CKS-010")
    encoder = _encoder_at(text, dash + 1, cut)
    raise _Mismatch(dash + 1 if encoder is None else encoder.end(), f"an encoder of {_ENCODER_FORM}", "CKS-011")


def _walk_checkpoint_name(text: str) -> NoReturn:
    if text.startswith("epoch-"):
        position = _number(text, len("epoch-"), 2, "CKS-020")
        position = _literal(text, position, "_step-")
        position = _number(text, position, 6, "CKS-021")
        position = _metric(text, position, "_")
    elif text.startswith("best"):
        position = _metric(text, len("best"), "-")
    elif text.startswith("last"):
        raise _Mismatch(_literal_end(text, len("last"), ".ckpt"), "'.ckpt' and nothing else after 'last'", "CKS-025")
    else:
        position = max(_literal_end(text, 0, start) for start in ("epoch-", "best", "last"))
        raise _Mismatch(position, "a name that starts with 'epoch-', 'best' or 'last'", "CKS-002")
    if _version_mark_at(text, position):
        version = _version_at(text, position + 2)
        if version is None:
            expected = f"a version of 1 to {grammar.MAX_DIGITS} digits, the first not zero"
            raise _Mismatch(position + 2, expected, "CKS-024")
        position = version.end()
    raise _Mismatch(_literal_end(text, position, ".ckpt"), "'.ckpt' and the end of the name", "CKS-002")


def _literal_end(text: str, position: int, literal: str) -> int:
    for char in literal:
        if not text.startswith(char, position):
            break
        position += 1
    return position


def _literal(text: str, position: int, literal: str) -> int:
    end = _literal_end(text, position, literal)
    if end < position + len(literal):
        raise _Mismatch(end, f"'{literal}'", "CKS-002")
    return end


def _number(text: str, position: int, width: int, requirement: str) -> int:
    rest = text[position : position + grammar.MAX_DIGITS + 1]
    digits = len(rest) - len(rest.lstrip("0123456789"))
    if width <= digits <= grammar.MAX_DIGITS and (digits == width or rest[0] != "0"):
        return position + digits
    expected = f"{width} to {grammar.MAX_DIGITS} digits, padded with zeros to {width} and no further"
    raise _Mismatch(position, expected, requirement)


def _metric(text: str, position: int, joiner: str) -> int:
    name = _metric_name_at(text, position + 1) if text.startswith(joiner, position) else None
    if name is None:
        return position
    value = _value_at(text, name.end())
    if value is None:
        raise _Mismatch(name.end(), _VALUE_FORM, "CKS-022")
    return value.end()


def _nearest_run_id(text: str) -> str | None:
    stripped = text.strip()
    return stripped if _is_run_id(stripped) else None


def _nearest_checkpoint_name(text: str) -> str | None:
    near = _near_checkpoint_name(text)
    if near is None:
        return None
    part = near.groupdict()
    version = "" if part["version"] is None else f"_v{part['version']}"
    metric = part["metric"] or part["best_metric"]
    tail = "" if metric is None else f"{metric}-{float(part['value'] or part['best_value']):z.4f}"
    if part["epoch"] is not None:
        name = f"epoch-{int(part['epoch']):02d}_step-{int(part['step']):06d}{tail and '_' + tail}{version}.ckpt"
    else:  # "last_v1.ckpt" finds no neighbour: dropping its number would name another file
        name = f"{'last' if part['last'] else 'best'}{tail and '-' + tail}{version}.ckpt"
    return name if _is_checkpoint_name(name) else None
