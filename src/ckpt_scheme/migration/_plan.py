"""`make_plan`: the act for each checkpoint of a listing, and the reason. Pure: same listing and policy, same plan.

Each directory of checkpoints is judged in four steps:

1. each name is read: it is canonical, or old with a new name, or has a problem;
2. checkpoints whose new names collide, or whose sidecars or links cannot follow, become conflicts;
3. of the checkpoints that no rule keeps, those that a guard protects stay;
4. each checkpoint that has a new name and is not discarded is renamed, unless a guard forbids it.

No rename makes room for another: a new name is canonical and an old name never is (CKS-060), so there are no chains.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import attrs

from ckpt_scheme import _coerce, _grammar, run_id
from ckpt_scheme._grammar import EXTENSION, has_extension
from ckpt_scheme.checkpoint_name import EpochCheckpoint
from ckpt_scheme.errors import PATH_SHOWN, StalePlanError
from ckpt_scheme.legacy import REGISTRY, Registry
from ckpt_scheme.migration import _names as names
from ckpt_scheme.migration._listing import Entries, Entry, Listing, Packed, by_path
from ckpt_scheme.migration._model import Conflict, Discard, Item, Keep, Note, Plan, Rename
from ckpt_scheme.migration._names import Candidate, Links, above
from ckpt_scheme.migration._policy import RECENT_NS, ActKind, Guard, Policy, Rules, act_kind, guard_reason, training_key

NOT_CANONICAL: Final = "not in the scheme"
_PROTECTED: Final = ("best", "last")
_LATER_NS: Final = 60 * 10**9  # a smaller difference proves nothing: a copy writes files in any order
_SHOWN: Final = 5  # folders that a note lists

_sidecar: Final = re.compile(
    r"(.+?)(\.(?:config|hparams|meta|metadata)\.(?:json|toml|txt|ya?ml)|\.(?:md5|sha256))", re.DOTALL
)
_BEST_OF_LIGHTNING: Final = "best_k_models.yaml"
_PATHS_OF_LIGHTNING: Final = Note(
    "",
    "Lightning stores the paths of other checkpoints inside each file (best_model_path, best_k_models,"
    " last_model_path). After a rename those paths are stale, so a resumed run keeps one extra file",
)


def make_plan(listing: Listing, policy: Policy | None = None, registry: Registry = REGISTRY) -> Plan:
    """Return the act for each checkpoint of *listing*.

    Args:
        listing: The facts. Checkpoints count directly in ``RUN/checkpoints``, and in a recursive listing in any folder.
        policy: The acts that are allowed; by default renames alone, which lose nothing.
        registry: The formats in which old names are read.

    Raises:
        FieldError: If *listing* is no `Listing`, *policy* no `Policy`, or *registry* no `Registry`.
    """
    _coerce.instance("listing", listing, Listing)
    _coerce.instance("registry", registry, Registry)
    policy = Policy() if policy is None else _coerce.instance("policy", policy, Policy)
    notes = set(_elsewhere(listing.elsewhere))
    items = Packed(by_path(_judged(listing, policy, registry, notes)))
    return Plan(
        root=listing.root,
        listing=listing.digest(),
        policy=policy,
        items=items,
        notes=tuple(sorted(notes, key=lambda note: (note.path, note.text))),
        unreadable=tuple(Note(path, f"cannot be read: {reason}") for path, reason in sorted(listing.unreadable)),
    )


def verify(plan: Plan, listing: Listing, registry: Registry = REGISTRY) -> None:
    """Raise unless *plan* was made from *listing*, and its policy still allows each of its acts.

    Raises:
        StalePlanError: If the plan was made from another listing, or its policy forbids an act.
    """
    if plan.listing != listing.digest():
        raise StalePlanError("the plan is stale: an entry below its root has changed since. Plan again.")
    renames = make_plan(listing, attrs.evolve(plan.policy, delete_old=False), registry).renames
    allowed = {(item.path, item.new, item.links, item.sidecars) for item in renames}
    going = set(make_plan(listing, plan.policy, registry).discards)
    for item in plan.renames:
        if (item.path, item.new, item.links, item.sidecars) not in allowed:
            raise StalePlanError(f"the plan renames {item.path[:PATH_SHOWN]!a}, against its policy. Plan again.")
    for discard in plan.discards:
        if discard not in going:
            raise StalePlanError(f"the plan discards {discard.path[:PATH_SHOWN]!a}, against its policy. Plan again.")
    if len({item.path for item in plan.items}) < len(plan.items):
        raise StalePlanError("the plan has a path twice. Plan again.")


def _judged(
    listing: Listing, policy: Policy, registry: Registry, notes: set[Note]
) -> Iterator[tuple[str, Sequence[Item]]]:
    """Yield each folder of checkpoints with its items, and add to *notes*."""
    links = Links(listing.entries.links)
    planned = (
        {at for folder in listing.entries.directories for at in above(folder)} if listing.recursive else set[str]()
    )
    for directory, entries in listing.entries.folders():
        run, _, folder = directory.rpartition("/")
        is_usual = bool(run) and folder == _grammar.CHECKPOINTS
        if is_usual or (listing.recursive and any(has_extension(one.name) and one.kind != "link" for one in entries)):
            judged = _Directory(directory, entries, listing, policy, registry, links)
            yield directory, judged.items
            if policy.rename:
                notes.update(judged.notes(run if is_usual else directory, planned))
        else:
            notes.update(_skipped(directory, entries, listing.entries))


def _skipped(directory: str, entries: Iterable[Entry], listed: Entries) -> Iterator[Note]:
    """Yield a note for each link in place of a run or its checkpoints that leads out of the listing."""
    for entry in entries:
        is_place = not directory or entry.name == _grammar.CHECKPOINTS
        if entry.kind == "link" and is_place and not (entry.leads_to and listed.has(entry.leads_to)):
            yield Note(entry.path, "a link, which is not followed")


def _elsewhere(folders: Sequence[tuple[str, int]]) -> Iterator[Note]:
    """Yield the notes about checkpoints in folders that do not count."""
    more = len(folders) - _SHOWN
    if more > 0:
        total = sum(count for _, count in folders)
        text = f"{total} checkpoints in {len(folders)} folders outside of RUN/checkpoints"
        yield Note("", f"{text}; the first {_SHOWN} follow: --recursive plans for all")
    for path, count in folders[:_SHOWN]:
        noun, rest = ("checkpoint", "it") if count == 1 else ("checkpoints", "them")
        yield Note(path or ".", f"{count} {noun} outside of RUN/checkpoints: --recursive plans for {rest} too")


def _key(name: str) -> str:
    """Return the key that two names share if some disk treats them as the same name."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class _Directory:
    """Judges one directory of checkpoints; `items` is the result."""

    def __init__(
        self,
        directory: str,
        entries: list[Entry],
        listing: Listing,
        policy: Policy,
        registry: Registry,
        links: Links,
    ) -> None:
        self._directory = directory
        self._entries = entries
        self._now_ns = listing.now_ns
        self._unseen = listing.unreadable[0][0] if listing.unreadable else None
        self._policy = policy
        self._links = links
        self._taken: defaultdict[str, list[str]] = defaultdict(list)  # names by their key
        self._disputed: set[str] = set()  # names that two checkpoints want, or that differ only in case
        self._candidates, self._others = names.read(directory, entries, registry, policy)
        for entry in entries:
            self._taken[_key(entry.name)].append(entry.name)
        for same in self._taken.values():
            if len(same) > 1:
                self._disputed.update(same)
        self._find_sidecars()
        # If all change times are recent, the whole run was copied, and they do not show an undo.
        times = [candidate.entry.ctime_ns for candidate in self._candidates]
        self._change_times_count = any(self._now_ns - time >= RECENT_NS for time in times if time)
        if policy.rename:
            self._settle_collisions()
            self._settle_links()
        stays: dict[str, str] = {}
        discards = self._discards(stays) if policy.delete_old else {}
        self.items: list[Item] = [
            Keep(entry.path, "a link" if entry.kind == "link" else "neither a file nor a directory")
            for entry in entries
            if has_extension(entry.name) and entry.kind in ("link", "other")
        ]
        for candidate in self._candidates:
            path = candidate.entry.path
            self.items.append(discards.get(path) or self._undiscarded(candidate, stays.get(path)))

    # ----------------------------------------------------------------------------------------------------------------
    # New names.

    def _find_sidecars(self) -> None:
        owners = {candidate.name: candidate for candidate in self._candidates}
        for entry in self._entries:
            match = _sidecar.fullmatch(entry.name)
            if match is None:
                continue
            stem, suffix = match.groups()
            # Both spellings are in use for "x.ckpt": "x.ckpt.metadata.yaml" and "x.metadata.yaml".
            for owner, extension in ((stem, EXTENSION), (f"{stem}{EXTENSION}", "")):
                candidate = owners.get(owner)
                if candidate is not None:
                    new_stem = (candidate.new or "").removesuffix(EXTENSION)
                    candidate.sidecars.append((entry, f"{new_stem}{extension}{suffix}"))
                    break

    def _settle_collisions(self) -> None:
        """Set the problem of each checkpoint whose new name is taken, or wanted by another checkpoint."""
        renamable = [candidate for candidate in self._candidates if candidate.new is not None]
        wanted: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in renamable:
            for new in _new_names(candidate):
                wanted[_key(new)].append(candidate)
        for candidate in renamable:
            candidate.problem = self._collision(candidate, wanted)

    def _collision(self, candidate: Candidate, wanted: dict[str, list[Candidate]]) -> tuple[str, str] | None:
        """Return the collision of the new names of a candidate and its sidecars, or None."""
        problem: tuple[str, str] | None = None
        for new in _new_names(candidate):
            key = _key(new)
            taken = self._taken.get(key)
            if taken is not None:
                self._disputed.update(taken)
                reason = (
                    f"{new} is taken" if new in taken else f"its new name {new} differs only in case from {taken[0]}"
                )
                problem = reason, "rename or remove one of the two by hand"
            elif len(wanted[key]) > 1:
                rival = next(other.name for other in wanted[key] if other is not candidate)
                problem = f"{rival} would be called {new} too", "rename or remove all but one by hand"
        twins = self._taken[_key(candidate.name)]
        if len(twins) > 1:
            twin = next(other for other in twins if other != candidate.name)
            problem = f"it differs only in case from {twin}", "rename one of the two by hand"
        return problem

    def _settle_links(self) -> None:
        """Set the problem of each checkpoint that its sidecars or links cannot follow."""
        for candidate in self._candidates:
            if candidate.new is None or candidate.problem is not None:
                continue
            try:
                candidate.links = self._links.relinks(candidate.entry.path, candidate.new)
                candidate.followers = tuple(self._follower(entry, new) for entry, new in candidate.sidecars)
            except _ConflictError as error:
                candidate.problem = error.args
            except LookupError as error:
                reason = f"the link {error.args[0]} leads to it or through it in a way that no other text keeps"
                candidate.problem = reason, "rename it by hand, and the link with it"

    def _follower(self, entry: Entry, new: str) -> Rename:
        if entry.kind != "file":
            raise _ConflictError(f"its sidecar {entry.name} is no file", "rename both by hand")
        path = entry.path.removesuffix(entry.name) + new
        return Rename(entry.path, path, "sidecar", self._links.relinks(entry.path, new))

    # ----------------------------------------------------------------------------------------------------------------
    # Discards.

    def _discards(self, stays: dict[str, str]) -> dict[str, Discard]:
        """Return the discards by path; fill *stays* with the reasons for which other checkpoints of epochs stay."""
        numbered = sorted(self._numbered(), key=lambda pair: training_key(pair[0]))
        usable = [(name, candidate) for name, candidate in numbered if candidate.is_usable]
        rules = Rules(self._policy, [name for name, _ in usable])
        # A time that is unknown or in the future does not show that others are older.
        latest = next((one for _, one in reversed(usable) if self._age(one.entry) > 0), None)
        unkept: list[tuple[EpochCheckpoint, Candidate]] = []
        for name, candidate in numbered:
            reason = rules.keep(name, self._age(candidate.entry)) or self._protection(candidate, latest)
            if reason is None:
                unkept.append((name, candidate))
            else:
                stays[candidate.entry.path] = reason
        going = {candidate for _, candidate in unkept}
        if unkept and not any(one.is_understood and one.is_usable and one not in going for one in self._candidates):
            # Keep the checkpoint that is furthest in training, and a usable one before any other.
            last = max(unkept, key=lambda pair: (pair[1].is_usable, training_key(pair[0])))
            unkept.remove(last)
            stays[last[1].entry.path] = "the last checkpoint of the run"
        return {candidate.entry.path: _discard(candidate, rules.refusal(name)) for name, candidate in unkept}

    def _numbered(self) -> Iterator[tuple[EpochCheckpoint, Candidate]]:
        for candidate in self._candidates:
            is_settled = candidate.problem is None and candidate.name not in self._disputed
            is_old = candidate.read_by is not None
            if isinstance(candidate.canonical, EpochCheckpoint) and is_settled and (self._policy.rename or not is_old):
                yield candidate.canonical, candidate

    def _age(self, entry: Entry) -> int:
        """Return the nanoseconds since the last write; below 0 for the future, 0 if unknown."""
        return self._now_ns - entry.mtime_ns if entry.mtime_ns else 0

    def _protection(self, candidate: Candidate, latest: Candidate | None) -> str | None:
        """Return the reason why no policy may discard a candidate, or None."""
        if any(word in candidate.name.lower() for word in _PROTECTED):
            return "it is called best or last"
        if self._unseen is not None:
            return f"{self._unseen} cannot be read, where a link may lead to it"
        sidecars = [entry for entry, _ in candidate.sidecars]
        if any(entry.kind != "file" for entry in sidecars):
            return "one of its sidecars is no file"
        reason = self._guard_reason(candidate, "discard")
        if reason is None and latest is not None and candidate.entry.mtime_ns - latest.entry.mtime_ns > _LATER_NS:
            return f"it was written after {latest.name}, so the run began anew"
        return reason

    def _guard_reason(self, candidate: Candidate, kind: ActKind) -> str | None:
        """Return the reason of a guard that forbids an act on a candidate or one of its sidecars, or None."""
        for entry in (candidate.entry, *(sidecar for sidecar, _ in candidate.sidecars)):
            link = self._links.lead_to(entry.path)
            age = self._age(entry)
            facts: dict[Guard, bool] = {
                "symlink": link is not None,
                "link inside": entry.path in self._links.holders,
                "hard link": entry.links > 1,
                "open": entry.written,
                "unfinished": not candidate.is_whole,
                "recent": age < RECENT_NS,
                "put back": self._change_times_count and 0 < entry.ctime_ns > self._now_ns - RECENT_NS,
            }
            time = "unknown" if not entry.mtime_ns else "in the future" if age < 0 else None
            reason = guard_reason(kind, facts, link, time)
            if reason is not None:
                return reason
        return None

    def _undiscarded(self, candidate: Candidate, stays: str | None) -> Item:
        path = candidate.entry.path
        if candidate.canonical is not None and candidate.read_by is None:
            return Keep(path, stays or "in the scheme")
        if not self._policy.rename:
            return Keep(path, NOT_CANONICAL)
        if candidate.problem is not None:
            return Conflict(path, *candidate.problem)
        guard = self._guard_reason(candidate, act_kind(candidate.entry.kind, is_discard=False))
        if guard is not None:
            return Keep(path, guard)
        reason = f"{candidate.read_by}; stays: {stays}" if stays else f"{candidate.read_by}"
        new = f"{path.removesuffix(candidate.name)}{candidate.new}"
        kind = candidate.entry.kind
        return Rename(path, new, reason, candidate.links, candidate.followers, kind=kind, losses=candidate.losses)

    # ----------------------------------------------------------------------------------------------------------------
    # Notes.

    def notes(self, run: str, planned: Collection[str]) -> Iterator[Note]:
        """Yield the facts to know about the directory of *run*; *planned* are folders that the plan reaches too."""
        others = {path: format_ for path, format_ in self._others.items() if path not in planned}
        if others:
            formats = names.listed([*dict.fromkeys(others.values())])
            look = "entry looks like a checkpoint" if len(others) == 1 else "entries look like checkpoints"
            yield Note(
                self._directory,
                f"{len(others)} {look} of other formats ({formats}): only names that end in .ckpt are renamed",
            )
        if not self._candidates:
            return
        if run_id._read(run.rpartition("/")[2]) is None:
            yield Note(run, "the folder is not named by the scheme and stays so: checkpoints hold paths through it")
        for item, candidate in zip(self.items[-len(self._candidates) :], self._candidates, strict=True):
            if isinstance(item, Keep) and candidate.new is not None:
                yield Note(item.path, f"keeps its old name for now: {item.reason}")
        changed = [item for item in self.items if isinstance(item, (Rename, Discard))]
        if not changed:
            return
        yield _PATHS_OF_LIGHTNING
        if any(entry.mtime_ns and self._age(entry) < RECENT_NS for entry in self._entries):
            yield Note(self._directory, "was written to within ten minutes: a trainer may write old names again")
        moved = {item.path for item in changed}
        moved.update(entry.path for candidate in self._candidates for entry, _ in candidate.sidecars)
        yield from self._left_behind(changed, moved, planned)

    def _left_behind(
        self, changed: Iterable[Rename | Discard], moved: Collection[str], planned: Collection[str]
    ) -> Iterator[Note]:
        stems = {item.path.removesuffix(EXTENSION) for item in changed}
        for entry in self._entries:
            if entry.name == _BEST_OF_LIGHTNING:
                yield Note(entry.path, "lists checkpoints by their old names")
            elif entry.path in moved or entry.path in planned:
                continue
            elif entry.kind == "directory" and not has_extension(entry.name):
                if entry.path not in self._others:
                    yield Note(entry.path, "a directory that is no checkpoint by its name: its content stays")
            elif any(start in stems for start in _starts(entry.path)):
                yield Note(entry.path, "keeps its name, though a checkpoint of the same stem is renamed or discarded")


class _ConflictError(Exception):
    """An obstacle of a rename; its arguments are the reason and the advice of the conflict."""


def _discard(candidate: Candidate, reason: str) -> Discard:
    sidecars = [entry for entry, _ in candidate.sidecars]
    size = sum(entry.size for entry in (candidate.entry, *sidecars))
    return Discard(candidate.entry.path, reason, tuple(entry.path for entry in sidecars), size)


def _new_names(candidate: Candidate) -> list[str]:
    """Return the new names of a candidate that has one, and of its sidecars."""
    return [candidate.new or "", *(new for _, new in candidate.sidecars)]


def _starts(path: str) -> Iterator[str]:
    """Yield the text before each dot of a path."""
    return (path[:place] for place, char in enumerate(path) if char == ".")
