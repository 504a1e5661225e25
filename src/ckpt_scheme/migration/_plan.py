"""`make_plan`: what to do with each checkpoint of a listing, and why. Pure: same listing and policy, same plan.

Each directory of checkpoints is judged in four steps, each of which sees only what the one before left:

1. every name is read: it is canonical, would have a new name, or has a problem;
2. names that would meet one another, or cannot take their sidecars and links along, become conflicts as a group;
3. of what the policy would discard, all that is precious stays;
4. what has a new name and stays is renamed.

No rename makes room for another: a new name is canonical and an old one never is (CKS-060), so there are no chains.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ckpt_scheme import _coerce, _grammar, run_id
from ckpt_scheme.checkpoint_name import EpochCheckpoint
from ckpt_scheme.legacy import Registry
from ckpt_scheme.migration import _naming as naming
from ckpt_scheme.migration._actions import Conflict, Discard, Item, Keep, Note, Plan, Rename
from ckpt_scheme.migration._links import Links
from ckpt_scheme.migration._listing import Entry, Listing
from ckpt_scheme.migration._naming import Candidate
from ckpt_scheme.migration._policy import NANOSECONDS, Policy
from ckpt_scheme.migration._rules import Rules, moment

_EXTENSION: Final = ".ckpt"
_RECENT_S: Final = 600  # longer than a writer pauses within a file, and than a network disk hides what was written
_PRECIOUS: Final = ("best", "last")

_sidecar: Final = re.compile(
    r"(.+?)(\.(?:config|hparams|meta|metadata)\.(?:json|toml|txt|ya?ml)|\.(?:md5|sha256))", re.DOTALL
)
_BEST_OF_LIGHTNING: Final = "best_k_models.yaml"
_PATHS_OF_LIGHTNING: Final = Note(
    "",
    "a checkpoint that Lightning wrote holds the paths of others (best_model_path, best_k_models, last_model_path): a"
    " run resumed from it does not find those that are renamed or gone, and so keeps a file more than it would",
)


def make_plan(listing: Listing, policy: Policy | None = None, registry: Registry = naming.MIGRATED) -> Plan:
    """Return what to do with each checkpoint of *listing*.

    Args:
        listing: What is there. Judged is what stands directly in a directory ``checkpoints`` of a run.
        policy: What may be given up and discarded; by default nothing more than the scheme gives up.
        registry: The formats in which old names are read.
    """
    _coerce.instance("listing", listing, Listing)
    if policy is not None:
        _coerce.instance("policy", policy, Policy)
    policy = policy or Policy()
    links = Links(listing)
    items: list[Item] = []
    notes: set[Note] = set()
    known = {entry.path for entry in listing.entries}
    unseen = listing.unreadable[0][0] if listing.unreadable else None
    by_directory: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in listing.entries:
        by_directory[entry.directory].append(entry)
    for directory, entries in by_directory.items():
        run, _, folder = directory.rpartition("/")
        if run and folder == _grammar.CHECKPOINTS:
            judged = _Directory(entries, listing.now_ns, policy, registry, links, unseen)
            items += judged.items
            notes.update(judged.notes(run))
        else:
            notes.update(_skipped(directory, entries, known))
    if any(isinstance(item, (Rename, Discard)) for item in items):
        notes.add(_PATHS_OF_LIGHTNING)
    return Plan(
        root=listing.root,
        listing=listing.digest(),
        policy=policy,
        items=tuple(sorted(items, key=lambda item: item.path)),
        notes=tuple(sorted(notes, key=lambda note: (note.path, note.text))),
        unreadable=tuple(Note(path, f"cannot be read: {reason}") for path, reason in sorted(listing.unreadable)),
    )


def _skipped(directory: str, entries: Iterable[Entry], known: Collection[str]) -> Iterator[Note]:
    """Yield a note for each link that stands where a run or its checkpoints would be, and leads to nothing known."""
    for entry in entries:
        is_place = not directory or entry.name == _grammar.CHECKPOINTS
        if entry.kind == "link" and is_place and entry.leads_to not in known:
            yield Note(entry.path, "a link, and none is followed")


def _key(name: str) -> str:
    """Return what two names share that some disk takes for one."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_checkpoint(name: str) -> bool:
    return name[-len(_EXTENSION) :].lower() == _EXTENSION


class _Directory:
    """The judgement of one directory of checkpoints; `items` is what came of it."""

    def __init__(
        self,
        entries: list[Entry],
        now_ns: int,
        policy: Policy,
        registry: Registry,
        links: Links,
        unseen: str | None,
    ) -> None:
        self._unseen = unseen
        self._entries = entries
        self._now_ns = now_ns
        self._policy = policy
        self._links = links
        self._there: defaultdict[str, list[str]] = defaultdict(list)  # names by what a disk may take them for
        self._disputed: set[str] = set()  # names that somebody else wants, or that only case tells apart
        drop = frozenset(policy.drop)
        self._named = [(entry, entry.name) for entry in entries]
        checkpoints = [(entry, name) for entry, name in self._named if _is_checkpoint(name)]
        self._candidates = [
            naming.read(entry, name, registry, drop)
            for entry, name in checkpoints
            if entry.kind in ("file", "directory")
        ]
        for _, name in self._named:
            self._there[_key(name)].append(name)
        for names in self._there.values():
            if len(names) > 1:
                self._disputed.update(names)
        self._find_sidecars()
        if policy.rename:
            self._settle_collisions()
            self._settle_links()
        stays: dict[str, str] = {}
        discards = self._discards(stays) if policy.delete_old else {}
        self.items: list[Item] = [
            Keep(entry.path, "a link" if entry.kind == "link" else "neither a file nor a directory")
            for entry, _ in checkpoints
            if entry.kind in ("link", "other")
        ]
        for candidate in self._candidates:
            path = candidate.entry.path
            self.items.append(discards.get(path) or self._undiscarded(candidate, stays.get(path)))

    # ----------------------------------------------------------------------------------------------------------------
    # New names.

    def _find_sidecars(self) -> None:
        owners = {candidate.name: candidate for candidate in self._candidates}
        for entry, name in self._named:
            match = _sidecar.fullmatch(name)
            if match is None:
                continue
            stem, suffix = match.groups()
            # Both spellings are in use: that of "x.ckpt" is "x.ckpt.metadata.yaml" or "x.metadata.yaml".
            for owner, extension in ((stem, _EXTENSION), (f"{stem}{_EXTENSION}", "")):
                candidate = owners.get(owner)
                if candidate is not None:
                    new_stem = (candidate.new or "").removesuffix(_EXTENSION)
                    candidate.sidecars.append((entry, f"{new_stem}{extension}{suffix}"))
                    break

    def _settle_collisions(self) -> None:
        """Make a conflict of all that would meet, whichever comes first."""
        willing = [candidate for candidate in self._candidates if candidate.new is not None]
        wanted: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in willing:
            for new in _new_names(candidate):
                wanted[_key(new)].append(candidate)
        for candidate in willing:
            candidate.problem = self._meeting(candidate, wanted)

    def _meeting(self, candidate: Candidate, wanted: dict[str, list[Candidate]]) -> tuple[str, str] | None:
        """Return what stands in the way of a candidate and of its sidecars, or None."""
        problem: tuple[str, str] | None = None
        for new in _new_names(candidate):
            key = _key(new)
            taken = self._there.get(key)
            if taken is not None:
                self._disputed.update(taken)
                reason = (
                    f"{new} is taken" if new in taken else f"only case would tell its new name {new} from {taken[0]}"
                )
                problem = reason, "rename or remove one of the two by hand"
            elif len(wanted[key]) > 1:
                rival = next(other.name for other in wanted[key] if other is not candidate)
                problem = f"{rival} would be called {new} too", "rename or remove all but one by hand"
        twins = self._there[_key(candidate.name)]
        if len(twins) > 1:
            twin = next(other for other in twins if other != candidate.name)
            problem = f"only case tells it from {twin}", "rename one of the two by hand"
        return problem

    def _settle_links(self) -> None:
        """Make a conflict of all that sidecars or links cannot follow."""
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
        return Rename(entry.path, f"{entry.directory}/{new}", "sidecar", self._links.relinks(entry.path, new))

    # ----------------------------------------------------------------------------------------------------------------
    # What goes.

    def _discards(self, stays: dict[str, str]) -> dict[str, Discard]:
        """Return what goes, by its path; *stays* is filled with why other checkpoints of an epoch do not."""
        numbered: list[tuple[EpochCheckpoint, Candidate]] = []
        for candidate in self._candidates:
            is_settled = candidate.problem is None and candidate.name not in self._disputed
            is_old = candidate.reading is not None
            if isinstance(candidate.canonical, EpochCheckpoint) and is_settled and (self._policy.rename or not is_old):
                numbered.append((candidate.canonical, candidate))
        numbered.sort(key=lambda pair: moment(pair[0]))
        rules = Rules(self._policy, [name for name, _ in numbered])
        goners: list[tuple[EpochCheckpoint, Candidate]] = []
        for place, (name, candidate) in enumerate(numbered):
            reason = rules.keep(name, place, self._age(candidate.entry)) or self._precious(candidate)
            if reason is None:
                goners.append((name, candidate))
            else:
                stays[candidate.entry.path] = reason
        going = {id(candidate) for _, candidate in goners}
        if goners and not any(
            candidate.is_understood and candidate.entry.size and id(candidate) not in going
            for candidate in self._candidates
        ):
            # Of those that hold anything, the one that is furthest in training.
            last = max(goners, key=lambda pair: (pair[1].entry.size > 0, moment(pair[0])))
            goners.remove(last)
            stays[last[1].entry.path] = "the last checkpoint of the run"
        return {
            candidate.entry.path: Discard(
                candidate.entry.path,
                rules.refusal(name),
                tuple(entry.path for entry, _ in candidate.sidecars),
            )
            for name, candidate in goners
        }

    def _age(self, entry: Entry) -> int:
        """Return how many nanoseconds ago *entry* was written to; less than 0 for the future, 0 if nobody knows."""
        return self._now_ns - entry.mtime_ns if entry.mtime_ns else 0

    def _precious(self, candidate: Candidate) -> str | None:
        """Return why a candidate must not go, whatever the policy says."""
        if any(word in candidate.name.lower() for word in _PRECIOUS):
            return "it is called best or last"
        if self._unseen is not None:
            return f"{self._unseen} cannot be read, where a link may lead to it"
        sidecars = [entry for entry, _ in candidate.sidecars]
        if any(entry.kind != "file" for entry in sidecars):
            return "one of its sidecars is no file"
        reasons = (self._precious_entry(entry) for entry in (candidate.entry, *sidecars))
        return next((reason for reason in reasons if reason is not None), None)

    def _precious_entry(self, entry: Entry) -> str | None:
        link = self._links.lead_to(entry.path)
        if link is not None:
            return f"the link {link} leads to it"
        if entry.path in self._links.holders:
            return "there is a link in it"
        if entry.links > 1:
            return "it has another name (a hard link)"
        if entry.written:
            return "somebody has it open for writing"
        return "it was written to within ten minutes" if self._age(entry) < _RECENT_S * NANOSECONDS else None

    def _undiscarded(self, candidate: Candidate, stays: str | None) -> Item:
        path, reading = candidate.entry.path, candidate.reading
        if candidate.canonical is not None and reading is None:
            return Keep(path, stays or "in the scheme")
        if not self._policy.rename:
            return Keep(path, "not in the scheme")
        if candidate.problem is not None or reading is None:
            return Conflict(path, *(candidate.problem or ("", "")))
        reason = f"{reading.framework}/{reading.format}" + (f"; stays: {stays}" if stays else "")
        new = f"{candidate.entry.directory}/{candidate.new}"
        return Rename(path, new, reason, candidate.links, candidate.followers)

    # ----------------------------------------------------------------------------------------------------------------
    # What people should know.

    def notes(self, run: str) -> Iterator[Note]:
        """Yield what else people should know of the directory of *run*."""
        if not self._candidates:
            return
        if run_id._read(run.rpartition("/")[2]) is None:
            yield Note(run, "the folder is not named by the scheme and stays so: checkpoints hold paths through it")
        changed = [item for item in self.items if isinstance(item, (Rename, Discard))]
        if not changed:
            return
        directory = f"{run}/{_grammar.CHECKPOINTS}"
        if any(entry.mtime_ns and self._age(entry) < _RECENT_S * NANOSECONDS for entry in self._entries):
            yield Note(directory, "was written to within ten minutes: a trainer at work may write old names again")
        moved = {item.path for item in changed}
        moved.update(entry.path for candidate in self._candidates for entry, _ in candidate.sidecars)
        stems = {item.path.removesuffix(_EXTENSION) for item in changed}
        for entry in self._entries:
            if entry.name == _BEST_OF_LIGHTNING:
                yield Note(entry.path, "lists checkpoints by their old names")
            elif entry.kind == "directory" and not _is_checkpoint(entry.name):
                yield Note(entry.path, "a directory that is no checkpoint by its name: what is in it is left alone")
            elif entry.path not in moved and any(start in stems for start in _starts(entry.path)):
                yield Note(entry.path, "keeps its name though a checkpoint of that name does not")


class _ConflictError(Exception):
    """What a rename would break; its arguments are the reason and the advice of the conflict."""


def _new_names(candidate: Candidate) -> list[str]:
    """Return the new names of a candidate that has one, and of its sidecars."""
    return [candidate.new or "", *(new for _, new in candidate.sidecars)]


def _starts(path: str) -> Iterator[str]:
    """Yield what stands before each dot of a path's last part."""
    at = path.rfind("/")
    while (at := path.find(".", at + 1)) >= 0:
        yield path[:at]
