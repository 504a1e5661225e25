"""The errors of `parse`: the position, the expected text, the requirement and the nearest valid text.

The `parse` methods call this module after their match has failed, so each text is invalid. A walk reads a text part by
part and returns the first mismatch. Its last step needs no check, for only one part is left to blame. Every function
takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from ckpt_scheme import _fields, _match
from ckpt_scheme import _grammar as grammar
from ckpt_scheme.errors import NameSyntaxError


def _start_of(literal: str) -> str:
    """Return a pattern that matches the longest start of *literal* that a text has; the start may be empty."""
    pattern = ""
    for char in reversed(literal):
        pattern = f"(?:{re.escape(char)}{pattern})?"
    return pattern


# Matchers of whole names, and of one part from a position on.
_is_run_id: Final = re.compile(grammar.RUN_ID).fullmatch
_is_run_archive: Final = re.compile(grammar.RUN_ARCHIVE).fullmatch
_stamp_at: Final = re.compile(rf"_(?:({grammar.DATE})|[0-9]{{8}})_(?:({grammar.TIME})|[0-9]{{6}})").fullmatch
_head_at: Final = re.compile(rf"({grammar.TAG})(?:-({grammar.ARCHITECTURE})?[0-9A-Z_a-z-]*+)?").match
_phase_at: Final = re.compile(grammar.PHASE).match
_encoder_at: Final = re.compile(grammar.ENCODER).match
_metric_name_at: Final = re.compile(rf"{grammar.METRIC_NAME}-").match
_epoch_at: Final = re.compile(rf"{grammar.EPOCH}(?![0-9])").match
_step_at: Final = re.compile(rf"{grammar.STEP}(?![0-9])").match
_value_at: Final = re.compile(rf"{grammar.VALUE}(?![0-9])").match
_version_at: Final = re.compile(rf"{grammar.VERSION}(?![0-9])").match
_version_mark_at: Final = re.compile(r"_v(?![A-Z_a-z])").match
_step_mark_at: Final = re.compile(_start_of("_step-")).match
_extension_at: Final = re.compile(_start_of(".ckpt")).match
_form_at: Final = re.compile(
    "|".join(f"{form[0]}{_start_of(form[1:])}" for form in ("epoch-", "best", "last")) + "|"
).match

# A checkpoint name with any padding, case or number of decimals, Lightning's "-v", blanks around it or "/" behind it.
_near_checkpoint_name: Final = re.compile(
    r"\s*+(?:epoch-([0-9]{1,18})_step-([0-9]{1,18})(?:_([0-9A-Z_a-z]{1,64})-(-?[0-9]{1,11}(?:\.[0-9]{0,17})?))?"
    r"|best(?:-([0-9A-Z_a-z]{1,64})-(-?[0-9]{1,11}(?:\.[0-9]{0,17})?))?|(last))"
    r"(?:[-_]v0*([1-9][0-9]{0,17}))?\.ckpt[\s/]*",
    re.ASCII | re.IGNORECASE,
).fullmatch

_WORD: Final = _fields.LABELS["tag"].expected
_PHASE: Final = _fields.LABELS["phase"].expected
_ENCODER: Final = _fields.LABELS["encoder"].expected
_EPOCH: Final = f"2 to {grammar.MAX_DIGITS} digits, padded with zeros to 2 and no further"
_STEP: Final = f"6 to {grammar.MAX_DIGITS} digits, padded with zeros to 6 and no further"
_VALUE: Final = "a value with at most 11 integer digits and exactly four decimals, such as 0.8920"
_VERSION: Final = f"a version of 1 to {grammar.MAX_DIGITS} digits, the first not zero"
_PATH: Final = "'[<root>/]<run id>/checkpoints/<checkpoint name>'"
_NO_SLASH: Final = "no '/' at the end of the path"
_ROOT: Final = "a root that is not empty and holds no NUL"
_STAMP_LENGTH: Final = len("_YYYYMMDD_HHMMSS")

_Mismatch: TypeAlias = tuple[int, str, str]
"""The position where a text leaves the grammar, the text expected there, and the requirement."""


def run_id(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no run id."""
    position, expected, requirement = _walk_run_id(text)
    return NameSyntaxError("run id", text, expected, position, requirement, _nearest_run_id(text))


def run_archive(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no name of a run archive."""
    name, dot, ending = text.rpartition(".tar")
    if not dot:
        run = text.partition(".")[0]
        position = len(run) if _is_run_id(run) else 0
        expected = "'<run id>.tar', '.tar.gz', '.tar.zst' or '.tar.xz'"
        return NameSyntaxError("run archive", text, expected, position, "CKS-037")
    if not _is_run_id(name):
        position, expected, requirement = _walk_run_id(name)
        return NameSyntaxError("run archive", text, expected, position, requirement)
    lowered = f"{name}.tar{ending.lower()}"
    suggestion = lowered if _is_run_archive(lowered) else None
    expected = "'.gz', '.zst', '.xz' or nothing after '.tar'"
    return NameSyntaxError("run archive", text, expected, len(text) - len(ending), "CKS-102", suggestion)


def checkpoint_name(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no checkpoint name."""
    position, expected, requirement = _walk_checkpoint_name(text)
    return NameSyntaxError("checkpoint name", text, expected, position, requirement, _nearest_checkpoint_name(text))


def run_directory(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no path of a run directory."""
    plain = text.rstrip("/")
    root, slash, name = plain.rpartition("/")
    if not _is_run_id(name):
        position, expected, requirement = _walk_run_id(name)
        return NameSyntaxError("run directory", text, expected, len(root) + len(slash) + position, requirement)
    if plain != text:
        suggestion = plain if _is_root(root, slash) else None
        return NameSyntaxError("run directory", text, _NO_SLASH, len(plain), "CKS-036", suggestion)
    return _root_error("run directory", text, root)


def checkpoint_path(text: str) -> NameSyntaxError:
    """Return the error for a *text* that is no checkpoint path."""
    plain = text.replace("\\", "/").rstrip("/")
    suggestion = plain if plain != text and _is_checkpoint_path(plain) else None
    if suggestion is not None and "\\" not in text:
        return NameSyntaxError("checkpoint path", text, _NO_SLASH, len(plain), "CKS-030", suggestion)
    head, _, name = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, _, run = directory.rpartition("/")
    if not run:
        return NameSyntaxError("checkpoint path", text, _PATH, 0, "CKS-030", suggestion)
    if folder != grammar.CHECKPOINTS:
        expected = f"'{grammar.CHECKPOINTS}', the folder that checkpoints are in"
        return NameSyntaxError("checkpoint path", text, expected, len(directory) + 1, "CKS-030", suggestion)
    if not _is_run_id(run):
        offset = len(directory) - len(run)
        position, expected, requirement = _walk_run_id(run)
    elif not _match.checkpoint_name(name):
        offset = len(head) + 1
        position, expected, requirement = _walk_checkpoint_name(name)
        nearest = f"{head}/{_nearest_checkpoint_name(name) or ''}"
        suggestion = nearest if _is_checkpoint_path(nearest) else suggestion
    else:
        return _root_error("checkpoint path", text, root)
    return NameSyntaxError("checkpoint path", text, expected, offset + position, requirement, suggestion)


def _is_root(root: str, slash: str) -> bool:
    return "\0" not in root and bool(root or not slash)


def _is_checkpoint_path(text: str) -> bool:
    # Component by component, for the pattern of the rule would try each "/" of a long root.
    head, _, name = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, slash, run = directory.rpartition("/")
    is_named = folder == grammar.CHECKPOINTS and _match.checkpoint_name(name) and _is_run_id(run)
    return bool(is_named and _is_root(root, slash))


def _root_error(kind: str, text: str, root: str) -> NameSyntaxError:
    return NameSyntaxError(kind, text, _ROOT, max(root.find("\0"), 0), "CKS-031")


def _walk_run_id(text: str) -> _Mismatch:  # noqa: PLR0911 - a return for each part of the rule
    # Read tag and architecture from the left, timestamp and phase from the right; the rest is the encoder.
    head = _head_at(text)
    if head is None:
        return 0, f"a tag of {_WORD}", "CKS-010"
    start = head.end(1) + 1
    if head[2] is None and not text.startswith("-", start - 1):
        return start - 1, f"'-' after a tag of {_WORD}", "CKS-010"
    if head.end() < len(text):
        return head.end(), "only letters, digits, '_' and '-', up to the end of the run id", "CKS-002"
    if head[2] is None:
        return start, f"an architecture of {_WORD}", "CKS-010"
    end = len(text) - _STAMP_LENGTH
    stamp = _stamp_at(text, end) if end > start else None
    if stamp is None:
        return len(text), "'_<phase>_<YYYYMMDD>_<HHMMSS>' at the end", "CKS-013"
    if stamp[1] is None:
        return end + 1, "a date that exists, as YYYYMMDD", "CKS-014"
    if stamp[2] is None:
        return end + 10, "a time from 000000 to 235959, as HHMMSS", "CKS-015"
    cut = text.rfind("_", start, end)
    if cut < 0:
        return end, "'_<phase>' before the timestamp", "CKS-012"
    phase = _phase_at(text, cut + 1, end)
    if phase is None or phase.end() < end:
        return cut + 1 if phase is None else phase.end(), f"a phase of {_PHASE}", "CKS-012"
    dash = text.find("-", start, cut)
    if head.end(2) < (cut if dash < 0 else dash):
        return head.end(2), f"an architecture of {_WORD}", "CKS-010"
    encoder = _encoder_at(text, dash + 1, cut)
    return dash + 1 if encoder is None else encoder.end(), f"an encoder of {_ENCODER}", "CKS-011"


def _walk_checkpoint_name(text: str) -> _Mismatch:  # noqa: PLR0911 - a return for each part of the rule
    if text.startswith("epoch-"):
        start = len("epoch-")
        epoch = _epoch_at(text, start)
        if epoch is None:
            return start, _EPOCH, "CKS-020"
        start = epoch.end() + len("_step-")
        if not text.startswith("_step-", epoch.end()):
            return _end(_step_mark_at, text, epoch.end()), "'_step-'", "CKS-002"
        step = _step_at(text, start)
        if step is None:
            return start, _STEP, "CKS-021"
        position, joiner = step.end(), "_"
    elif text.startswith("best"):
        position, joiner = len("best"), "-"
    elif text.startswith("last"):
        return _end(_extension_at, text, len("last")), "'.ckpt' and nothing else after 'last'", "CKS-025"
    else:
        return _end(_form_at, text, 0), "a name that starts with 'epoch-', 'best' or 'last'", "CKS-002"
    name = _metric_name_at(text, position + 1) if text.startswith(joiner, position) else None
    if name is not None:
        value = _value_at(text, name.end())
        if value is None:
            return name.end(), _VALUE, "CKS-022"
        position = value.end()
    if _version_mark_at(text, position):
        version = _version_at(text, position + 2)
        if version is None:
            return position + 2, _VERSION, "CKS-024"
        position = version.end()
    return _end(_extension_at, text, position), "'.ckpt' and the end of the name", "CKS-002"


def _end(match_at: Callable[[str, int], re.Match[str] | None], text: str, position: int) -> int:
    """Return the end of the match at *position*, or *position* itself if nothing matches."""
    match = match_at(text, position)
    return position if match is None else match.end()


def _nearest_run_id(text: str) -> str | None:
    stripped = text.strip().rstrip("/")
    return stripped if stripped != text and _is_run_id(stripped) else None


def _nearest_checkpoint_name(text: str) -> str | None:
    near = _near_checkpoint_name(text)
    if near is None:
        return None
    epoch, step, metric, value, best_metric, best_value, last, number = near.groups()
    version = "" if number is None else f"_v{number}"
    metric = metric or best_metric
    tail = "" if metric is None else f"{metric}-{float(value or best_value):z.4f}"
    if epoch is not None:
        name = f"epoch-{int(epoch):02d}_step-{int(step):06d}{tail and '_' + tail}{version}.ckpt"
    else:  # "last_v1.ckpt" has no near name: without its number it would be the name of another file
        name = f"{'last' if last else 'best'}{tail and '-' + tail}{version}.ckpt"
    return name if _match.checkpoint_name(name) else None
