"""`read` returns the checkpoints of a directory, each with its possible new name; `Links` finds the links to them.

`only_usable` returns the checkpoint of a directory that must stay. Pure. The planner decides which checkpoints get
their new names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme._grammar import has_extension
from ckpt_scheme.catalog import _judge
from ckpt_scheme.catalog._contents import Contents
from ckpt_scheme.catalog._folder import Folder
from ckpt_scheme.catalog._judge import Decoded
from ckpt_scheme.checkpoint_name import AnyCheckpoint, CheckpointName, EpochCheckpoint
from ckpt_scheme.errors import SchemeError
from ckpt_scheme.legacy import CHECKPOINT_KINDS, REGISTRY, Reading, Registry, upgrade, upgrade_losses
from ckpt_scheme.legacy._completeness import not_whole
from ckpt_scheme.legacy._reading import usual
from ckpt_scheme.migration._listing import Entry
from ckpt_scheme.migration._model import Relink, Rename
from ckpt_scheme.migration._policy import Policy, marker_of, training_key

MIGRATED: Final = ("lightning", "ocr-project")
"""The frameworks whose names a migration renames by default, because they do not look for a checkpoint by its name.

Other frameworks look for the names that they gave, so these names stay unless a policy lists the framework.
"""

# Fields that are lost without a --drop: the folder of the run holds the time when the run began.
_GIVEN_UP: Final[Mapping[tuple[str, str], frozenset[str]]] = {("ocr-project", "doubled"): frozenset({"timestamp"})}
_REFUSED: Final = ("epoch", "step", "version")  # by `upgrade`, where the canonical name has no place for them
_BY_HAND: Final = "rename it by hand"
_SHOWN: Final = 5


@final
@attrs.define(eq=False)
class Candidate:
    """A file or directory whose name ends in ``.ckpt``.

    Attributes:
        entry: The entry.
        name: Its name.
        is_whole: Whether no name beside it shows that it is unfinished.
        canonical: The value of its canonical name, or of the new name; None if that cannot be decided.
        read_by: The format that reads its old name, as ``"framework/format"``, if that is decided.
        new: Its new name, if its name is old and a new name is possible.
        losses: The fields of its old name that the new name does not hold.
        problem: The reason why no new name is possible, and the advice.
        sidecars: The files that belong to it, each with its new name.
        links: The links to it, with their new targets.
        followers: The renames of its sidecars.
    """

    entry: Entry
    name: str
    is_whole: bool
    canonical: AnyCheckpoint | None = None
    read_by: str | None = None
    new: str | None = None
    losses: tuple[str, ...] = ()
    problem: tuple[str, str] | None = None
    sidecars: list[tuple[Entry, str]] = attrs.field(factory=list[tuple[Entry, str]])
    links: tuple[Relink, ...] = ()
    followers: tuple[Rename, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether its name, old or new, has a meaning."""
        return self.read_by is not None or self.canonical is not None

    @property
    def is_usable(self) -> bool:
        """Whether a training can resume from it: it is neither unfinished nor empty, and no process writes to it."""
        return self.is_whole and self.entry.size > 0 and not self.entry.written


def read(
    directory: str, entries: Iterable[Entry], registry: Registry, policy: Policy
) -> tuple[list[Candidate], dict[str, str]]:
    """Return the candidates among the *entries* of a directory, judged as `ckpt_scheme.catalog` judges their names.

    The second value holds the checkpoints whose names do not end in ``.ckpt``: the path of each, and a format that
    reads it.
    """
    by_name = {f"{entry.name}/" if entry.kind == "directory" else entry.name: entry for entry in entries}
    names = {entry.name for entry in by_name.values()}
    markers = [(name, registry.readings(name)) for name in by_name if not has_extension(name)]
    unfinished = not_whole(registry.format_of, markers, ())
    found = [
        Candidate(
            entry,
            entry.name,
            entry.name not in unfinished and marker_of(entry.name) not in names,
            checkpoint_name._read(entry.name),
        )
        for entry in by_name.values()
        if has_extension(entry.name) and entry.kind in ("file", "directory")
    ]
    old = [candidate for candidate in found if candidate.canonical is None]
    if old:
        contents = Contents(Folder(directory, by_name), registry, None, _unseen)
        places = {name.rstrip("/"): place for place, name in enumerate(contents.folder.names)}
        for candidate in old:
            _judge_old(candidate, _chosen(contents.decoded(places[candidate.name]), policy), policy)
    entries_of = ((by_name[name], _whole(readings)) for name, readings in markers)
    return found, {entry.path: whole for entry, whole in entries_of if whole is not None and entry.kind != "link"}


def _whole(readings: tuple[Reading, ...]) -> str | None:
    """Return the format that reads a name as that of a whole checkpoint, or None."""
    found = next((one for one in usual(readings) if one.kind in CHECKPOINT_KINDS), None)
    return None if found is None else _format(found)


def only_usable(directory: str, entries: Iterable[Entry], going: Collection[str]) -> str | None:
    """Return the one of the paths *going* that must stay, if no other checkpoint among *entries* is usable, or None."""
    candidates, _ = read(directory, entries, REGISTRY, Policy())
    if any(one.is_usable and one.entry.path not in going for one in candidates):
        return None
    last = max(candidates, key=lambda one: (one.is_usable, _training(one)), default=None)
    return None if last is None else last.entry.path


def _training(candidate: Candidate) -> tuple[object, ...]:
    """Return a key that sorts candidates by training, those without an epoch first."""
    value = candidate.canonical
    return training_key(value) if isinstance(value, EpochCheckpoint) else (-1,)


def _unseen(path: str) -> Folder:
    raise FileNotFoundError(path)  # a listing does not hold the names in a folder


def _chosen(decoded: Decoded, policy: Policy) -> Decoded:
    """Return the judgement by the formats or frameworks that *policy* lists, if any of them reads the name."""
    by_format = tuple(one for one in decoded.readings if _format(one) in policy.formats)
    by_framework = tuple(one for one in decoded.readings if one.framework in policy.frameworks)
    left = by_format or by_framework
    if left:
        return _judge.judged(decoded.text, left, is_writer_known=True)
    return decoded


def _judge_old(candidate: Candidate, decoded: Decoded, policy: Policy) -> None:
    """Set the new name of *candidate*, or the problem that forbids it."""
    readings = decoded.readings
    names = listed([*map(_format, readings)])
    formats = f"{names} {'reads' if len(readings) == 1 else 'read'} it"
    error = _judge.refusal(CheckpointName.parse, candidate.name)
    close = None if error is None else error.suggestion
    by_hand = _BY_HAND if close is None else f"{_BY_HAND}, to {close} if that is its meaning"
    certain = usual(readings) if decoded.reading is None else (decoded.reading,)
    ways = [_Way.of(reading, policy) for reading in certain]
    if not readings:
        candidate.problem = "no known format reads its name", by_hand if close else f"{_BY_HAND} if it is a checkpoint"
    elif not any(reading.kind in CHECKPOINT_KINDS for reading in readings):
        kinds = " or ".join(dict.fromkeys(reading.kind for reading in readings))
        candidate.problem = (
            f"its name is not that of a whole checkpoint ({names}: {kinds})",
            f"{_BY_HAND} if it is one",
        )
    elif decoded.reading is None and not _agree(readings):
        shared = ", and other programs write this spelling too" if any(one.shared for one in readings) else ""
        options = _options(ways)
        advice = f"name its writer with {options}, or {by_hand}" if options else by_hand
        candidate.problem = f"its name is ambiguous: {formats}{shared}", advice
    else:
        way, seekers = ways[0], [way.reading.framework for way in ways if not way.is_allowed]
        candidate.read_by = _format(way.reading)
        if not seekers:
            _decide(candidate, way)
        elif way.canonical is None:
            candidate.problem = f"{formats}, but no canonical name is possible: expected {way.expected}", by_hand
        else:
            reason = f"{formats}, and {seekers[0]} may look for this name"
            candidate.problem = reason, f"rename it all the same with {_options(ways)}"


def _agree(readings: tuple[Reading, ...]) -> bool:
    """Return whether all readings of an ambiguous name have the same meaning, so that the choice does not matter."""
    first = readings[0]
    return not any(reading.shared for reading in readings) and all(_meaning(one) == _meaning(first) for one in readings)


def _meaning(reading: Reading) -> tuple[object, ...]:
    return reading.kind, reading.epoch, reading.step, dict(reading.metrics), reading.version


def listed(texts: Sequence[str]) -> str:
    """Return the first of *texts*, and the number of the others."""
    more = len(texts) - _SHOWN
    shown = ", ".join(texts[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _format(reading: Reading) -> str:
    return f"{reading.framework}/{reading.format}"


@final
@attrs.frozen
class _Way:
    """A reading of an old name, and the name that the file would get by it.

    Attributes:
        reading: The reading.
        is_allowed: Whether the policy renames the names of its framework.
        canonical: The value of the new name, or None if none is possible.
        expected: The reason why none is possible.
        losses: The fields that the new name has no place for.
        refused: Those of them that the policy does not give up.
    """

    reading: Reading
    is_allowed: bool
    canonical: AnyCheckpoint | None
    expected: str
    losses: tuple[str, ...]
    refused: tuple[str, ...]

    @classmethod
    def of(cls, reading: Reading, policy: Policy) -> _Way:
        """Return the way of a reading under a policy."""
        framework, losses = reading.framework, upgrade_losses(reading)
        given_up = _GIVEN_UP.get((framework, reading.format), frozenset()).union(policy.drop)
        is_chosen = framework in policy.frameworks or _format(reading) in policy.formats
        canonical, expected = None, ""
        try:
            canonical = upgrade(_without(reading, losses))
        except SchemeError as error:
            expected = error.expected
        return cls(
            reading,
            is_chosen or framework in MIGRATED or framework not in REGISTRY.frameworks,
            canonical,
            expected,
            losses,
            tuple(field for field in losses if field not in given_up),
        )


def _options(ways: Sequence[_Way]) -> str:
    """Return the options with which a migration renames an old name by the first possible way; empty if none does."""
    frameworks = Counter(way.reading.framework for way in ways)
    possible = [way for way in ways if way.canonical is not None]
    if not possible:
        return ""
    first, *rest = possible
    framework = first.reading.framework
    options = f"--framework {framework} or --format {_format(first.reading)}"
    if frameworks[framework] > 1:
        options = f"--format {_format(first.reading)}"
    others = list(dict.fromkeys(way.reading.framework for way in rest if way.reading.framework != framework))
    if others:
        options = f"{options} (or the same with {', '.join(others[:_SHOWN])})"
    return f"{options}, with{_drops(first)}" if first.refused else options


def _drops(way: _Way) -> str:
    return "".join(f" --drop {field}" for field in way.refused)


def _decide(candidate: Candidate, way: _Way) -> None:
    """Set the new name of *candidate* by *way*, or the problem that forbids it."""
    if way.canonical is None:
        candidate.problem = f"no canonical name is possible: expected {way.expected}", _BY_HAND
    elif not way.refused:
        candidate.canonical, candidate.new, candidate.losses = way.canonical, way.canonical.format(), way.losses
    else:
        is_all = "metric" in way.refused and len(way.reading.metrics) > 1
        remark = " (a name holds one metric at most, and --drop metric drops all)" if is_all else ""
        candidate.problem = (
            f"a name of the scheme has no place for its {', '.join(way.refused)}",
            f"drop the fields that are not needed with{_drops(way)}, or {_BY_HAND}{remark}",
        )


def _without(reading: Reading, losses: Iterable[str]) -> Reading:
    """Return *reading* without the *losses* that `upgrade` refuses; `upgrade` drops the others."""
    changes: dict[str, Any] = {field: None for field in losses if field in _REFUSED}
    if "metric" in losses:
        changes["metrics"] = {}
    return attrs.evolve(reading, **changes)


# --------------------------------------------------------------------------------------------------------------------
# The links to the names.


@final
class Links:
    """The symlinks of a listing.

    Attributes:
        holders: The paths of all directories with a symlink in them.
    """

    def __init__(self, links: Iterable[Entry]) -> None:
        self._by_path = {link.path: link for link in links}
        self._through: defaultdict[str, list[Entry]] = defaultdict(list)
        self._ends: defaultdict[str, list[Entry]] = defaultdict(list)
        self.holders: set[str] = set()
        for link in self._by_path.values():
            self.holders.update(above(link.directory))
            for path in dict.fromkeys(link.passes):
                self._through[path].append(link)
            # A link into a directory checkpoint leads to the checkpoint too.
            for path in above(link.leads_to or ""):
                self._ends[path].append(link)

    def lead_to(self, path: str) -> str | None:
        """Return the path of a link that leads to *path*, into it or through it, or None."""
        found = [*self._through.get(path, ()), *self._ends.get(path, ())]
        return found[0].path if found else None

    def relinks(self, path: str, new_name: str) -> tuple[Relink, ...]:
        """Return the new targets of the links to *path* after its rename to *new_name*.

        Raises:
            LookupError: If no target makes a link lead there; the path of the link is the argument.
        """
        name = path.rpartition("/")[2]
        changed: list[Relink] = []
        for link in self._through.get(path, ()):
            text = link.text or ""
            head = text.rstrip("/")
            # A link in a directory checkpoint is a part of that checkpoint, and stays as it is.
            is_inside = any(map(has_extension, link.directory.split("/")))
            is_last = link.passes[-1] == path and link.passes.count(path) == 1
            if is_inside or not is_last or not f"/{head}".endswith(f"/{name}"):
                raise LookupError(link.path)
            changed.append(Relink(link.path, text, head.removesuffix(name) + new_name + text[len(head) :]))
        for link in self._ends.get(path, ()):
            if self._last_name(link) != path:
                raise LookupError(link.path)
        return tuple(changed)

    def _last_name(self, link: Entry) -> str | None:
        """Return the path at which a chain of links, all of them in the listing, ends."""
        seen: set[str] = set()
        while link.passes and link.path not in seen:
            seen.add(link.path)
            last = link.passes[-1]
            if last not in self._by_path:
                return last
            link = self._by_path[last]
        return None


def above(path: str) -> Iterator[str]:
    """Yield *path* and the paths of all directories above it, but for the root."""
    while path:
        yield path
        path = path.rpartition("/")[0]
