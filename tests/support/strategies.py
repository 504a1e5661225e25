"""All strategies of the tests. Values are built from their parts, and so are texts, without the library's `format`.

The texts of `canonical_names` and its siblings follow the grammar in ``docs/spec.md`` by hand: a mistake that the
library makes alike in both directions shows up against them.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs
from hypothesis import strategies as st

from ckpt_scheme import BestCheckpoint, CheckpointPath, EpochCheckpoint, LastCheckpoint, Metric, RunDirectory, RunId
from ckpt_scheme.checkpoint_name import AnyCheckpoint
from ckpt_scheme.migration import Entry, KeepBest, Listing, Policy

ALNUM: Final = string.digits + string.ascii_letters
MAX_NUMBER: Final = 10**18 - 1
MAX_VALUE: Final = 99_999_999_999.9999

# What other parsers have been fooled by: line ends, blanks, digits and letters from elsewhere, marks that reorder text,
# half a surrogate pair, and whatever means something to a path, a shell, a glob or a number.
NASTY: Final = (
    "\n\r\t\0\x1b\x7f\x85\xa0\u2028\u200b\u202e\ufeff\ud800 "
    "\u0660\u0968\u00b2\uff12\U0001d7d8\u0435\u0455\u017f\u212a\u0130\U0001f600"
    "/\\:.,;=+*?[]{}()<>|$%&~#!'\"`@^_-"
    "019aevzAEVZ"
)


NOON: Final = dt.datetime(2025, 10, 15, 12)

_ValueT = TypeVar("_ValueT", bound=attrs.AttrsInstance)

# --------------------------------------------------------------------------------------------------------------------
# Fields.


def _labels(others: str, limit: int, *lookalikes: str) -> st.SearchStrategy[str]:
    """Short labels, labels of up to *limit* characters, and *lookalikes* that read like other parts of a name."""
    first, rest = st.sampled_from(ALNUM), ALNUM + others
    # A label of 64 characters drawn one by one would take most of the time that a test has.
    return (
        st.builds(str.__add__, first, st.text(rest, max_size=9))
        | st.builds(
            lambda head, unit, length: (head + unit * limit)[:length],
            first,
            st.text(rest, min_size=1, max_size=3),
            st.integers(1, limit) | st.just(limit),
        )
        | st.sampled_from(lookalikes)
    )


_WORDS: Final = ("v1", "epoch", "step_000001", "best_v2", "last", "0", "20251015", "20251015_120000", "checkpoints")


def tags() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def architectures() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def metric_names() -> st.SearchStrategy[str]:
    return _labels("_", 64, *_WORDS)


def encoders() -> st.SearchStrategy[str]:
    return _labels("_-", 64, *_WORDS, "v1-0", "a-b_c-d", "a--_", "x_20251015_120000")


def phases() -> st.SearchStrategy[str]:
    return _labels("-", 32, "20251015", "120000", "v1", "0-8920", "a-")


def timestamps() -> st.SearchStrategy[dt.datetime]:
    return st.datetimes().map(lambda moment: moment.replace(microsecond=0))


def epochs() -> st.SearchStrategy[int]:
    return st.integers(0, 120) | st.integers(0, MAX_NUMBER)


def steps() -> st.SearchStrategy[int]:
    return st.integers(0, 1_200_000) | st.integers(0, MAX_NUMBER)


def versions() -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(1, 12) | st.integers(1, MAX_NUMBER)


def metric_values() -> st.SearchStrategy[float]:
    """Values in range: any floats, numbers of four decimals, and multiples of 1/32, of which many lie half way."""
    return (
        st.floats(-MAX_VALUE, MAX_VALUE)
        | st.integers(-(10**15) + 1, 10**15 - 1).map(lambda number: number / 10_000)
        | st.integers(-20_000, 20_000).map(lambda number: number / 10_000)
        | st.integers(-(2**20), 2**20).map(lambda number: number / 32)
    )


def roots() -> st.SearchStrategy[str | None]:
    characters = st.characters(min_codepoint=1, exclude_categories=())
    known = ("outputs", "/data/out", "s3://team/outputs", "..", ".", "/", "a//", "C:\\out", " ", "a\n", "checkpoints")
    return st.none() | st.sampled_from(known) | st.text(characters, min_size=1)


# --------------------------------------------------------------------------------------------------------------------
# Values.


def run_ids() -> st.SearchStrategy[RunId]:
    return st.builds(
        RunId,
        tag=tags(),
        architecture=architectures(),
        encoder=st.none() | encoders(),
        phase=phases(),
        timestamp=timestamps(),
    )


def metrics() -> st.SearchStrategy[Metric]:
    return st.builds(Metric, metric_names(), metric_values())


def epoch_checkpoints() -> st.SearchStrategy[EpochCheckpoint]:
    return st.builds(EpochCheckpoint, epoch=epochs(), step=steps(), metric=st.none() | metrics(), version=versions())


def best_checkpoints() -> st.SearchStrategy[BestCheckpoint]:
    return st.builds(BestCheckpoint, metric=st.none() | metrics(), version=versions())


def last_checkpoints() -> st.SearchStrategy[LastCheckpoint]:
    return st.builds(LastCheckpoint)


def checkpoints() -> st.SearchStrategy[AnyCheckpoint]:
    return epoch_checkpoints() | best_checkpoints() | last_checkpoints()


def run_directories() -> st.SearchStrategy[RunDirectory]:
    return st.builds(RunDirectory, roots(), run_ids())


def checkpoint_paths() -> st.SearchStrategy[CheckpointPath]:
    return st.builds(CheckpointPath, roots(), run_ids(), checkpoints())


# --------------------------------------------------------------------------------------------------------------------
# Texts in the grammar.


def _joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def _optional(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | _joined(*parts)


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=least, max_size=most)


def _positive(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """Numbers of *least* to *most* digits, the first of which is not zero."""
    return _joined(st.sampled_from("123456789"), _digits(least - 1, most - 1))


def _values() -> st.SearchStrategy[str]:
    below_zero = st.integers(1, 9999).map(lambda decimals: f"-0.{decimals:04d}")
    return (
        _joined(st.sampled_from(["", "-"]), _positive(11), ".", _digits(4, 4))
        | _joined("0.", _digits(4, 4))
        | below_zero
    )


def canonical_names() -> st.SearchStrategy[str]:
    epoch = _digits(2, 2) | _positive(18, 3)
    step = _digits(6, 6) | _positive(18, 7)
    metric = _joined(metric_names(), "-", _values())
    version = _optional("_v", _positive(18))
    return (
        _joined("epoch-", epoch, "_step-", step, _optional("_", metric), version, ".ckpt")
        | _joined("best", _optional("-", metric), version, ".ckpt")
        | st.just("last.ckpt")
    )


def canonical_run_ids() -> st.SearchStrategy[str]:
    date = st.dates().map(lambda day: day.isoformat().replace("-", ""))
    time = st.times().map(lambda moment: moment.isoformat("seconds").replace(":", ""))
    return _joined(tags(), "-", architectures(), _optional("-", encoders()), "_", phases(), "_", date, "_", time)


def canonical_directories() -> st.SearchStrategy[str]:
    return _joined(roots().map(lambda root: "" if root is None else f"{root}/"), canonical_run_ids())


def canonical_paths() -> st.SearchStrategy[str]:
    return _joined(canonical_directories(), "/checkpoints/", canonical_names())


# --------------------------------------------------------------------------------------------------------------------
# Texts that may be outside it.


def texts() -> st.SearchStrategy[str]:
    """Any text, half surrogate pairs included, of all characters or of those that have fooled parsers."""
    return st.text(st.characters(exclude_categories=())) | st.text(NASTY)


def sloppy_names() -> st.SearchStrategy[str]:
    """Checkpoint names as they are mistyped: padding, case, decimals, blanks, Lightning's ``-v``."""
    blanks = st.sampled_from(["", " ", "\n"])
    value = _joined(st.sampled_from(["", "-"]), _digits(1, 12), _optional(".", _digits(0, 17)))
    name = (
        _joined("epoch-", _digits(1, 19), "_step-", _digits(1, 19), _optional("_", metric_names(), "-", value))
        | _joined("best", _optional("-", metric_names(), "-", value))
        | st.just("last")
    )
    stem = _joined(name, _optional(st.sampled_from(["-v", "_v"]), _digits(1, 19)), ".ckpt")
    cased = st.builds(lambda change, text: change(text), st.sampled_from([str, str.upper, str.title]), stem)
    return _joined(blanks, cased, blanks)


def logged_keys() -> st.SearchStrategy[str]:
    """Keys as trainers log them: parts with slashes between them, and the number of a data loader."""
    loader = _optional("/dataloader_idx_", _digits(0, 3) | st.sampled_from("\u0661\u00b2"))
    return _joined(_optional(metric_names(), "/"), metric_names() | texts(), loader)


_EDITS: Final[tuple[Callable[[str, int, str], str], ...]] = (
    lambda text, at, char: text[:at] + char + text[at:],
    lambda text, at, char: text[:at] + char + text[at + 1 :],
    lambda text, at, _char: text[:at] + text[at + 1 :],
    lambda text, at, _char: text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
    lambda text, at, _char: text[: at + 1] + text[at:],
)


@st.composite
def mutations(draw: st.DrawFn, originals: st.SearchStrategy[str]) -> str:
    """Near misses of *originals*: one or two characters inserted, replaced, deleted, swapped or duplicated."""
    text = draw(originals)
    for _ in range(draw(st.integers(1, 2))):
        edit = draw(st.sampled_from(_EDITS))
        text = edit(text, draw(st.integers(0, len(text))), draw(st.sampled_from(NASTY)))
    return text


# --------------------------------------------------------------------------------------------------------------------
# Pairs.


@st.composite
def siblings(draw: st.DrawFn, values: st.SearchStrategy[_ValueT]) -> tuple[_ValueT, _ValueT]:
    """Two of *values* with fields in common, sometimes all of them: two drawn apart would hardly ever be equal."""
    one, other = draw(values), draw(values)
    if type(one) is not type(other):
        return one, other
    names = [field.name for field in attrs.fields(type(one))]
    build: Callable[..., _ValueT] = type(one)
    return one, build(**{name: getattr(other if draw(st.booleans()) else one, name) for name in names})


# --------------------------------------------------------------------------------------------------------------------
# Listings, as a disk would give them.

NOW_NS: Final = 1_800_000_000 * 10**9
MONTHS_NS: Final = 120 * 24 * 60 * 60 * 10**9
LISTED_ROOT: Final = "/data/out"
RUN: Final = "ocr-dbnet_training_20251015_120000"

# Links that are not below the root: one leads to it, one into it.
OUTSIDE: Final[Mapping[str, str]] = {
    "/alias": LISTED_ROOT,
    "/pinned": f"{LISTED_ROOT}/{RUN}/checkpoints/epoch=3-step=30.ckpt",
}

# Few values, so that names meet one another and the limits of a policy.
_EPOCHS: Final = (0, 3, 9, 10, 30)
_STEPS: Final = (30, 1000)
_COMMON: Final = (
    "epoch={epoch}-step={step}.ckpt",
    "epoch={epoch}-step={step}-v1.ckpt",
    "epoch_{epoch:02d}_step_{step:06d}.ckpt",
    "epoch_epoch_{epoch:02d}_step_step_{step:06d}_20251009_015037.ckpt",
    "epoch_epoch={epoch}-step_step={step}-loss_val_loss=0.{epoch}.ckpt",
    "epoch-{epoch:02d}_step-{step:06d}.ckpt",
    "epoch-{epoch:02d}_step-{step:06d}_hmean-0.{epoch:02d}00.ckpt",
)
_RARE: Final = (
    "epoch={epoch:03d}-step={step:05d}.ckpt",
    "Epoch={epoch}-Step={step}.ckpt",
    "epoch={epoch}.ckpt",
    "epoch_{epoch:02d}_step_{step:06d}_best.ckpt",
    "epoch_{epoch:02d}_step_{step:06d}_hmean_0.8{epoch}_dbnet_resnet18_20251012_025102.ckpt",
    "epoch_epoch={epoch}-step_step={step}-loss_val_loss=0.{epoch}12345.ckpt",
    "EPOCH-{epoch:02d}_step-{step:06d}.ckpt",
    "epoch-{epoch:02d}_step-{step:06d}_v1.ckpt",
    "epoch-{epoch:02d}_step-{step:06d}_hmean-0.5000.ckpt",
    "epoch-{epoch:02d}_step-{step:06d}_best_hmean-0.{epoch:02d}00.ckpt",
)
_OTHERS: Final = (
    *("last.ckpt", "last-v1.ckpt", "best.ckpt", "best-hmean-0.8920.ckpt", "best_model.ckpt", "hmean=0.7990-best.ckpt"),
    *(
        "model.ckpt",
        "\u00e9poch.ckpt",
        "e\u0301poch.ckpt",
        "\udcff.ckpt",
        ".ckpt",
        "best_k_models.yaml",
        "notes",
        "a.pt",
    ),
)


# One flat choice, for a listing has many names and each choice takes its time.
_NAMES: Final = (
    *[form.format(epoch=epoch, step=step) for form in (*_COMMON * 3, *_RARE) for epoch in _EPOCHS for step in _STEPS],
    *_OTHERS * 4,
)


def listed_names() -> st.SearchStrategy[str]:
    """Names of checkpoints, old, canonical or unknown, and of a few things that stand beside them."""
    return st.sampled_from(_NAMES)


# What stands beside a checkpoint of a name, mostly nothing; "{stem}" is the name without its extension.
_BESIDE: Final = (
    *((),) * 8,
    *(("{stem}.metadata.yaml",), ("{stem}.ckpt.sha256",), ("{stem}.ckpt.config.json", "{stem}.config.json")),
    *(("{stem}.ckpt.tmp",), ("{stem}.pt",)),
)

# What is out of the ordinary about an entry, mostly nothing.
_FACTS: Final[tuple[Mapping[str, Any], ...]] = (
    *({},) * 12,
    *({"kind": "directory"}, {"kind": "directory"}, {"kind": "other"}, {"size": 0}, {"links": 2}, {"written": True}),
    *({"mtime_ns": NOW_NS - age} for age in (600 * 10**9, 600 * 10**9 - 1, 0, -MONTHS_NS, NOW_NS)),
)


@st.composite
def _links(draw: st.DrawFn, entries: list[Entry]) -> Entry:
    """A link somewhere, to one of *entries* or to what is not there, in one of the ways in which people write links."""
    one = draw(st.sampled_from(entries))
    target = one.path
    if draw(st.integers(0, 4)) == 0:
        target = f"{draw(st.sampled_from([one.directory, one.path]))}/{draw(listed_names())}"
    other = draw(st.sampled_from(entries))
    inside = [entry.path for entry in entries if entry.kind == "directory"]
    folder = draw(st.sampled_from(["", "notes", other.directory.partition("/")[0], other.directory, *inside]))
    path = f"{folder}/{draw(listed_names() | st.sampled_from(['newest', 'last.ckpt']))}".removeprefix("/")
    near = posixpath.relpath(target, folder or ".")
    text = draw(
        st.sampled_from(
            [
                near,
                f"./{near}",
                f"{near}/",
                f"{near}/.",
                f"{LISTED_ROOT}/{target}",
                f"{LISTED_ROOT}//{target}",
                f"/alias/{target}",
                f"{near}/../{target.rpartition('/')[2]}",
                "/pinned",
                "/elsewhere/model.ckpt",
            ]
        )
    )
    return Entry(path=path, kind="link", text=text)


def resolved(entries: Iterable[Entry]) -> list[Entry]:
    """Return *entries*, where each link says what it goes by and where it ends, as far as that is below the root."""
    found = list(entries)
    texts = {f"{LISTED_ROOT}/{entry.path}": entry.text or "" for entry in found if entry.kind == "link"}
    texts.update(OUTSIDE)
    return [
        attrs.evolve(
            entry,
            passes=tuple(_below([*_steps(texts, posixpath.dirname(f"{LISTED_ROOT}/{entry.path}"), entry.text or "")])),
            leads_to=next(_below([_real(texts, f"{LISTED_ROOT}/{entry.path}")]), None),
        )
        if entry.kind == "link"
        else entry
        for entry in found
    ]


def _below(paths: Iterable[str]) -> Iterator[str]:
    start = f"{LISTED_ROOT}/"
    return (path.removeprefix(start) for path in paths if path.startswith(start))


def _steps(texts: Mapping[str, str], directory: str, text: str) -> Iterator[str]:
    """Yield each name that *text* goes by from a directory on, each in a directory that is no link."""
    at = "/" if text.startswith("/") else _real(texts, directory)
    for part in text.split("/"):
        if part == "..":
            at = posixpath.dirname(at)
        elif part not in {"", "."}:
            yield (name := posixpath.join(at, part))
            at = _real(texts, name)


def _real(texts: Mapping[str, str], path: str, seen: frozenset[str] = frozenset()) -> str:
    """Return where *path* ends; of a loop, where it closes."""
    at = "/"
    for part in path.split("/"):
        at = posixpath.normpath(posixpath.join(at, part))
        if at in texts and at not in seen:
            at = _real(texts, posixpath.join(posixpath.dirname(at), texts[at]), seen | {at})
    return at


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    """Listings of one or two runs, with links whose facts are consistent, in any order."""
    entries: dict[str, Entry] = {}
    runs = draw(st.lists(st.sampled_from([RUN, "old run", "checkpoints"]), min_size=1, max_size=2, unique=True))
    groups = st.tuples(listed_names(), st.sampled_from(_BESIDE), st.sampled_from(_FACTS), st.sampled_from(_FACTS))
    for run in runs:
        for name, beside, own, others in draw(st.lists(groups, min_size=1, max_size=8)):
            paths = [form.format(stem=name.removesuffix(".ckpt")) for form in beside]
            for path, facts in ((name, own), *((each, others) for each in paths)):
                usual = Entry(path=f"{run}/checkpoints/{path}", kind="file", size=7, mtime_ns=NOW_NS - MONTHS_NS)
                entries[usual.path] = attrs.evolve(usual, **facts)
    for _ in range(draw(st.integers(0, 3))):
        link = draw(_links([*entries.values()]))
        above = {f"{entry.path}/" for entry in entries.values() if entry.kind != "directory"}
        is_below = any(link.path.startswith(path) for path in above)
        if not is_below and not any(path.startswith(f"{link.path}/") for path in entries):
            entries.setdefault(link.path, link)
    found = draw(st.permutations([*entries.values()]))
    return Listing(root=LISTED_ROOT, entries=resolved(found), now_ns=NOW_NS)


def policies() -> st.SearchStrategy[Policy]:
    """Policies, of which most discard what is early."""
    best = st.builds(
        KeepBest, st.sampled_from(["hmean", "val_loss"]), st.integers(1, 3), st.sampled_from(["max", "min"])
    )
    fields = ["timestamp", "architecture", "encoder", "digits", "version"]
    return st.builds(
        Policy,
        rename=st.sampled_from([True, True, True, False]),
        delete_old=st.sampled_from([True, True, True, False]),
        keep_min_epoch=st.sampled_from([10, 10, 31, 0]),
        keep_last=st.sampled_from([0, 0, 1, 2]),
        keep_best=st.none() | best,
        keep_every=st.sampled_from([None, None, 0, 5]),
        keep_younger_than=st.sampled_from([None, None, 0, 3600]),
        drop=st.just([]) | st.lists(st.sampled_from(fields), max_size=5),
    )
