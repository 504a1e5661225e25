"""Strategies of the tests alone: pairs of values, listings of a disk, and policies."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs
from hypothesis import strategies as st

from ckpt_scheme.migration import Entry, KeepBest, Listing, Policy

_ValueT = TypeVar("_ValueT", bound=attrs.AttrsInstance)

# --------------------------------------------------------------------------------------------------------------------
# Pairs.


@st.composite
def siblings(draw: st.DrawFn, values: st.SearchStrategy[_ValueT]) -> tuple[_ValueT, _ValueT]:
    """Draw two of *values* that share some or all fields, for two independent values would rarely be equal."""
    one, other = draw(values), draw(values)
    if type(one) is not type(other):
        return one, other
    names = [field.name for field in attrs.fields(type(one))]
    build: Callable[..., _ValueT] = type(one)
    return one, build(**{name: getattr(other if draw(st.booleans()) else one, name) for name in names})


# --------------------------------------------------------------------------------------------------------------------
# Listings of a disk.

NOW_NS: Final = 1_800_000_000 * 10**9
MONTHS_NS: Final = 120 * 24 * 60 * 60 * 10**9
LISTED_ROOT: Final = "/data/out"
RUN: Final = "ocr-dbnet_training_20251015_120000"

# Links that are not below the root: one leads to it, one into it.
OUTSIDE: Final[Mapping[str, str]] = {
    "/alias": LISTED_ROOT,
    "/pinned": f"{LISTED_ROOT}/{RUN}/checkpoints/epoch=3-step=30.ckpt",
}

# Few values, so that names collide with one another and with the limits of a policy.
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


# One flat choice, for a listing has many names and each choice takes time.
_NAMES: Final = (
    *[form.format(epoch=epoch, step=step) for form in (*_COMMON * 3, *_RARE) for epoch in _EPOCHS for step in _STEPS],
    *_OTHERS * 4,
)


def listed_names() -> st.SearchStrategy[str]:
    """Return names of checkpoints, old, canonical or unknown, and of a few files beside them."""
    return st.sampled_from(_NAMES)


# Files beside a checkpoint, mostly none; "{stem}" is its name without the extension.
_BESIDE: Final = (
    *((),) * 8,
    *(("{stem}.metadata.yaml",), ("{stem}.ckpt.sha256",), ("{stem}.ckpt.config.json", "{stem}.config.json")),
    *(("{stem}.ckpt.tmp",), ("{stem}.pt",)),
)

# Unusual facts of an entry, mostly none.
_FACTS: Final[tuple[Mapping[str, Any], ...]] = (
    *({},) * 12,
    *({"kind": "directory"}, {"kind": "directory"}, {"kind": "other"}, {"size": 0}, {"links": 2}, {"written": True}),
    *({"mtime_ns": NOW_NS - age} for age in (600 * 10**9, 600 * 10**9 - 1, 0, -MONTHS_NS, NOW_NS)),
)


@st.composite
def _links(draw: st.DrawFn, entries: list[Entry]) -> Entry:
    """Draw a link in any folder, to one of *entries* or to a missing path, in one of the usual spellings of links."""
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
    """Return *entries*, each link with the paths below the root that it passes and that it leads to."""
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
    """Yield each path that *text* passes from a directory on, with the links of its own directory resolved."""
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
    """Draw a listing of one or two runs, with consistent links, in any order."""
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
    """Return policies, most of which discard early checkpoints."""
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
