"""The checkpoints that are unfinished or only a part, as the names beside and in them show (CKS-150, CKS-151)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._reading import Reading
from ckpt_scheme.legacy._template import split

Read: TypeAlias = tuple[str, tuple[Reading, ...]]
"""A name or a path, and its readings."""

FormatOf: TypeAlias = Callable[[Reading], Format | None]
"""Returns the format of a reading, as `Registry.format_of` does."""


def not_whole(format_of: FormatOf, names: Sequence[Read], checkpoints: Iterable[Read]) -> frozenset[str]:
    """Return the paths of checkpoints that are unfinished or only a part of one, as *names* show.

    The time is linear in the number of names.

    Args:
        format_of: Returns the format of a reading.
        names: All names, with the readings of the markers among them.
        checkpoints: The names that may be chosen, each with the readings that are left.

    Returns:
        Paths without a closing ``/``. A path need not be one of *names*.
    """
    return frozenset((*_disqualified(format_of, names), *_uncompleted(format_of, names, checkpoints)))


def _disqualified(format_of: FormatOf, names: Iterable[Read]) -> Iterator[str]:
    """Yield the paths that the markers among *names* disqualify."""
    for marker, declared in _declared(format_of, names, lambda declared: declared.disqualifies):
        yield from _filled(declared.disqualifies, *_place(declared, marker))


def _uncompleted(format_of: FormatOf, names: Iterable[Read], checkpoints: Iterable[Read]) -> Iterator[str]:
    """Yield the checkpoints that lack a file which another checkpoint of the same format in the same folder has.

    If no checkpoint has the file, the listing may lack the content of the folders.
    """
    groups: dict[tuple[str, str, str], dict[bool, list[str]]] = {}
    present: frozenset[str] | None = None
    for path, declared in _declared(format_of, checkpoints, lambda declared: declared.completed_by):
        present = _present(names) if present is None else present
        folder, fields = _place(declared, path)
        is_complete = not present.isdisjoint(_filled(declared.completed_by, folder, fields))
        group = groups.setdefault((declared.framework, declared.format, folder), {True: [], False: []})
        group[is_complete].append(path)
    for group in groups.values():
        if group[True]:
            yield from group[False]


def _declared(
    format_of: FormatOf, names: Iterable[Read], rule: Callable[[Format], tuple[str, ...]]
) -> Iterator[tuple[str, Format]]:
    """Yield each name that a format with this *rule* reads, without a closing ``/``, and the format."""
    known: dict[tuple[str, str], Format | None] = {}
    for text, readings in names:
        for reading in readings:
            key = reading.framework, reading.format
            if key not in known:
                declared = format_of(reading)
                known[key] = declared if declared is not None and rule(declared) else None
            ruled = known[key]
            if ruled is not None:
                yield text.rstrip("/"), ruled


def _present(names: Iterable[Read]) -> frozenset[str]:
    """Return the paths of *names*, and the directories that they are in."""
    found: set[str] = set()
    for text, _ in names:
        path = text.rstrip("/")
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)


def _place(declared: Format, path: str) -> tuple[str, dict[str, str]]:
    """Return the folder of *path* with its ``/``, and the text of each field that *declared* reads in its end."""
    name = path[path.rfind("/") + 1 :]
    parts = path.split("/")
    ends = ("/".join(parts[place:]) for place in range(len(parts)))
    found = ((template.match or template.compile())(end) for end in ends for template in declared.templates)
    fields = next(match.groupdict() for match in found if match is not None)
    return path[: len(path) - len(name)], {**fields, "name": name}


def _filled(templates: Iterable[str], folder: str, fields: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths in *folder* that *templates* give, without those that need a field the name lacks."""
    for template in templates:
        literals, names = split(template)
        texts = [fields.get(name) for name, _ in names]
        if None not in texts:
            text = "".join(f"{literal}{value}" for literal, value in zip(literals, [*texts, ""], strict=True))
            yield (folder if text == "." else folder + text).rstrip("/")
