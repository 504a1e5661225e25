"""`Registry`: a set of formats, and all that they say of a name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar, final

import attrs

from ckpt_scheme import checkpoint_name
from ckpt_scheme.errors import FieldError, UnknownFormatError
from ckpt_scheme.legacy import _selection as selection
from ckpt_scheme.legacy._ambiguity import ambiguous
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._identify import Identification, Tally, fitting, identify, of_framework
from ckpt_scheme.legacy._index import Index
from ckpt_scheme.legacy._reading import CANONICAL, Reading, canonical_reading

_T = TypeVar("_T", bound=str | os.PathLike[str])


def _as_tuple(formats: Iterable[Format]) -> tuple[Format, ...]:
    found = tuple(formats)
    for declared in found:
        if not isinstance(declared, Format):
            raise FieldError("formats", declared, "Formats", None, "CKS-061")
    return found


@final
@attrs.frozen
class Registry:
    """The formats that names are read in.

    One's own formats are added by a registry of one's own, which changes no other:
    ``Registry((*REGISTRY.formats, mine))``.

    Args:
        formats: The formats. A name's readings come most specific first; of equally specific ones, in this order.

    Raises:
        FieldError: If one of *formats* is no `Format`.
    """

    formats: tuple[Format, ...] = attrs.field(converter=_as_tuple)
    _index: Index | None = attrs.field(init=False, default=None, eq=False, repr=False)
    _loose: frozenset[tuple[str, str]] | None = attrs.field(init=False, default=None, eq=False, repr=False)

    @property
    def loose(self) -> frozenset[tuple[str, str]]:
        """Framework and id of each format that much else may look like, so that a name of theirs tells little."""
        loose = self._loose
        if loose is None:
            ids = ((declared.framework, declared.format) for declared in self.formats if declared.has_free_text)
            loose = frozenset(ids)
            object.__setattr__(self, "_loose", loose)  # made once, for a listing asks in each directory
        return loose

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks of the formats, each once, in the order of the formats."""
        return tuple(dict.fromkeys(declared.framework for declared in self.formats))

    def readings(self, name: str) -> tuple[Reading, ...]:
        """Return every reading of *name*: its own if it is canonical, else one for each format that accepts it.

        The most specific come first: those with the fewest fields whose text anybody chooses, then those that write the
        most text themselves.

        Args:
            name: The last component of a checkpoint's path, or more of the path. Of a path as much is read as any
                format knows, from its end: what is before says nothing. A name that ends in ``/`` is a directory's, and
                a format of files does not read it.

        Raises:
            UnknownFormatError: If *name* is no `str`.
        """
        try:
            name = str.__str__(name)  # a subclass, such as a str Enum, is read as the plain text that it is
        except TypeError:
            raise UnknownFormatError("checkpoint name", name, "a str", None, "CKS-061") from None
        if "/" in name:
            return self._readings_of_path(name)
        canonical = checkpoint_name.read(name)
        if canonical is not None:
            return (canonical_reading(canonical, name),)
        return self._legacy_readings(name, name)

    def decode(self, name: str, framework: str | None = None) -> Reading:
        """Return the only reading of *name* (CKS-061).

        Args:
            name: As for `readings`.
            framework: Who wrote the name, where that is known: only its readings count. A canonical name has its own
                reading, whoever wrote it.

        Raises:
            UnknownFormatError: If no format accepts *name*.
            AmbiguousNameError: If several do; its `readings` are in the error.
            FieldError: If there is no format of *framework*.
        """
        found = self.readings(name)
        if framework is not None:
            self._check_framework(framework)
            found = of_framework(found, framework)
        if len(found) == 1:
            return found[0]
        if not found:
            expected = "a canonical name or a known legacy one" + (f" of {framework}" if framework else "")
            raise UnknownFormatError("checkpoint name", name, expected, 0, "CKS-061")
        raise ambiguous(name, found)

    def _legacy_readings(self, name: str, text: str) -> tuple[Reading, ...]:
        """Return the readings of *name*, which is the last part of *text*, in all formats."""
        found: dict[int, Reading] = {}
        for declared, template in (self._index or self._indexed()).candidates(name):
            if template.inner not in name or id(declared) in found:
                continue
            reading = declared.read_as(template, name)
            if reading is not None:
                found[id(declared)] = reading if name is text else attrs.evolve(reading, text=text)
        return tuple(found.values())

    def identify(self, names: Iterable[str | os.PathLike[str]]) -> Identification:
        """Return what the names of a directory say about who wrote them, with the reasons (CKS-080).

        Nothing is guessed: a framework is decided for where it reads every name that any other reads, and more; see
        `identification`. It takes a time linear in the number of names.

        Args:
            names: All names of one directory, in any order; those that end in ``/`` are directories. The path of what
                is in one of them, such as ``checkpoint-500/trainer_state.json``, speaks for those frameworks that read
                the directory's name.

        Raises:
            FieldError: If *names* is one name, or an element of it is none.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> found = legacy.identify(["checkpoint-500/", "checkpoint-1000/", "trainer_state.json", "README.md"])
            >>> found.framework, found.unread
            ('huggingface-trainer', ('README.md',))
            >>> [(said.format, said.names) for said in found.candidates[0].evidence if not said.others]
            [('trainer-state', ('trainer_state.json',))]
            >>> legacy.decode("checkpoint-500/", framework=found.framework).step
            500
            >>> print(legacy.identify(["checkpoint-500/"]).framework)
            None
        """
        return identify(self.readings, names, self.tally())

    def tally(self) -> Tally:
        """Return what counts the readings of one name after the other, for a program that has them already."""
        return Tally(self.loose)

    def latest(self, names: Iterable[_T], *, framework: str | None = None) -> _T | None:
        """Return the checkpoint of one directory that is furthest in training, by numbers and not as text (CKS-081).

        Names that say how far training was are compared: by the epoch if all of them state one, and then by the step;
        else by the step if all state that; else by what else all of them count, such as saves. Of one epoch, a name
        without a step is that of its end. Names that count different things are an error, and so are those of two
        frameworks, unless it is certain how many epochs or steps were completed. Where no name counts anything, the
        answer is one that says ``final``, else ``last``, else that it is a recovery point or was interrupted; of these
        the one with the highest version.

        Shards and other parts, unfinished ones, pointers and sidecars are never chosen, nor what is in the directory of
        another checkpoint, nor averages of others.
        Where a name has readings of several frameworks, the other names decide as in `identify`; where they do not, all
        of the frameworks that may have written the names must give the same answer.

        Args:
            names: Names, or paths as text or `os.PathLike`, in one directory; those that end in ``/`` are directories.
            framework: Who wrote them, where that is known; the names of others are passed over, save canonical ones.

        Returns:
            That element of *names* itself, or None if no name qualifies.

        Raises:
            FieldError: If an element is no name or path, names in several directories qualify, names do not count the
                same, or there is no format of *framework*.
            AmbiguousNameError: If it depends on who wrote the names.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> legacy.latest(["checkpoint-9000/", "checkpoint-10000/", "checkpoint-500/", "trainer_state.json"])
            'checkpoint-10000/'
        """
        self._check_framework(framework)
        return selection.latest(self.readings, names, framework, self.tally())

    def best(
        self,
        names: Iterable[_T],
        *,
        metric: str | None = None,
        mode: selection.Mode = "max",
        framework: str | None = None,
    ) -> _T | None:
        """Return the checkpoint with the best value of one metric (CKS-082).

        Every name of a whole checkpoint that states the metric counts; ``nan`` is never the best. Of equal values the
        answer is a name that says ``best``, else the earliest epoch and step, else the name that sorts first. Where no
        name states the value, it is the one that says to be the best by this metric, and of several the furthest in
        training.

        Args:
            names: As for `latest`, but of any number of directories.
            metric: The name of the metric, as it stands in the names; None where the names say ``best`` by one metric
                alone, or by none.
            mode: ``"max"`` if more is better, ``"min"`` if less is.
            framework: As for `latest`.

        Returns:
            That element of *names* itself, or None if no name qualifies.

        Raises:
            FieldError: If an element is no name or path, *mode* is another word, no *metric* is given for names of
                several, or there is no format of *framework*.
            AmbiguousNameError: If it depends on who wrote the names.

        Examples:
            >>> from ckpt_scheme import legacy
            >>> legacy.best(["epoch=3-val_loss=0.12.ckpt", "epoch=9-val_loss=0.07.ckpt"], metric="val_loss", mode="min")
            'epoch=9-val_loss=0.07.ckpt'
        """
        self._check_framework(framework)
        return selection.best(self.readings, names, metric, mode, framework, self.tally())

    def _check_framework(self, framework: str | None) -> None:
        if framework is not None and framework != CANONICAL and framework not in self.frameworks:
            expected = f"one of {', '.join((CANONICAL, *self.frameworks))}"
            raise FieldError("framework", framework, expected, None, "CKS-061")

    def _readings_of_path(self, path: str) -> tuple[Reading, ...]:
        if path.endswith("/"):
            return fitting(self.readings(path.rstrip("/")), is_directory=True)
        index = self._index or self._indexed()
        *before, last = path.rsplit("/", index.depth)
        for place in range(max(0, len(before) - index.depth + 1), len(before)):
            found = self._legacy_readings("/".join((*before[place:], last)), path)
            if found:
                return found
        if "=" in last and "=" in before[-1]:
            return ()  # the rest of a name that a metric's "/" has split, which says something else by itself
        canonical = checkpoint_name.read(last)
        if canonical is not None:
            return (canonical_reading(canonical, path),)
        return self._legacy_readings(last, path)

    def _indexed(self) -> Index:
        index = Index(self.formats)
        object.__setattr__(self, "_index", index)  # made for the first name that needs it
        return index
