"""`Format`: one spelling of names, declared by a `parse` template with typed fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, final, get_args

import attrs

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._data import shared_types
from ckpt_scheme.legacy._field_types import FieldType
from ckpt_scheme.legacy._reading import CANONICAL, Entry, Kind, Match, Prior, Reading, Recency, reading
from ckpt_scheme.legacy._template import Template, piece


def _frozen(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(extras, Mapping):
        raise FieldError("extras", extras, "a mapping", None, "CKS-061")
    return MappingProxyType(dict(extras))


def _tuple(texts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(texts, str) or not isinstance(texts, Iterable):  # a text is an iterable of its characters
        raise FieldError("texts of a format", texts, "several texts", None, "CKS-061")
    found = tuple(texts)
    for text in found:
        _check_text(None, None, text)
    return found


def _check_text(_declared: Format | None, field: attrs.Attribute[Any] | None, value: object) -> None:
    if not isinstance(value, str):
        raise FieldError("text of a format" if field is None else field.name, value, "a str", None, "CKS-061")


def _one_of(*choices: object) -> Callable[[Format, attrs.Attribute[Any], object], None]:
    def check(_declared: Format, field: attrs.Attribute[Any], value: object) -> None:
        if value not in choices:
            raise FieldError(field.name, value, f"one of {', '.join(map(str, choices))}", None, "CKS-066")

    return check


def _texts() -> Any:  # noqa: ANN401 - attrs types a field by its attribute
    return attrs.field(default=(), converter=_tuple)


@final
@attrs.frozen(kw_only=True)
class Format:
    """One spelling of names that a program writes.

    Args:
        framework: The program that writes it, such as ``"lightning"``.
        format: An id, unique within the framework.
        kind: The kind of entry that has such a name; see `Kind`.
        template: The name as a `parse` template. The fields ``epoch``, ``step``, ``version``, ``timestamp``,
            ``architecture`` and ``encoder`` are those of `Reading`, ``metric`` with ``value`` is a metric, and any
            other field is one of the reading's extras.
        source: The place of the code that writes such names: ``owner/repository:path``, with the commit where the
            history matters.
        examples: Names in this format.
        extensions: Templates, one of which follows the template; nothing follows if there are none.
        folders: Templates, one of which may precede it, each ending in ``/``. The name alone is read as well.
        entry: Whether a file, a directory or either has the name.
        epoch_base: The number of the first epoch, 0 or 1, or None if it is not known.
        counts: The unit of the numeral, such as ``"epochs"``, ``"steps"``, ``"batches"`` or ``"saves"``.
        epochs_behind: The difference between the number of completed epochs and the epoch in the name, or None if the
            rule of the framework does not make it certain. It is 1 for an epoch that counts from 0 and is written at
            its end.
        steps_behind: The same for the step.
        metrics: The fields that are metrics under their own names.
        extras: The meaning of the words of the template, such as ``{"role": "optimizer"}``.
        shared: Whether other programs write this spelling too, so that it is ambiguous without other evidence.
        prior: How common the spelling is for the framework; see `Prior`.
        recency: How such a name compares with numbered names; see `Recency`.
        disqualifies: Templates of the paths of checkpoints that are not whole because a name of this format is there.
            They are relative to its folder, which is ``"."``.
        completed_by: Templates of paths, one of which completes a checkpoint. A checkpoint without them is unfinished
            if another checkpoint of this format has one.
        field_types: The types of fields besides those of the package, by name.

    Raises:
        FieldError: If a field of the template has no type, or a name that is no identifier of Python, or a metric lacks
            its value; if *kind*, *entry*, *prior* or *recency* is another word; if a single text is given in
            place of several; or if *framework* is that of the scheme.
    """

    framework: str = attrs.field(validator=_check_text)
    format: str = attrs.field(validator=_check_text)
    kind: Kind = attrs.field(validator=_one_of(*get_args(Kind)))
    template: str
    source: str = attrs.field(validator=_check_text)
    examples: tuple[str, ...] = attrs.field(converter=_tuple)
    extensions: tuple[str, ...] = _texts()
    folders: tuple[str, ...] = _texts()
    entry: Entry = attrs.field(default="file", validator=_one_of(*get_args(Entry)))
    epoch_base: Literal[0, 1] | None = None
    counts: str | None = None
    epochs_behind: int | None = None
    steps_behind: int | None = None
    metrics: tuple[str, ...] = _texts()
    extras: Mapping[str, Any] = attrs.field(factory=dict[str, Any], converter=_frozen, hash=False)
    shared: bool = False
    prior: Prior = attrs.field(default="usual", validator=_one_of(*get_args(Prior)))
    recency: Recency | None = attrs.field(default=None, validator=_one_of(None, *get_args(Recency)))
    disqualifies: tuple[str, ...] = _texts()
    completed_by: tuple[str, ...] = _texts()
    field_types: Mapping[str, FieldType] = attrs.field(factory=dict[str, FieldType], eq=False, repr=False)
    _templates: tuple[Template, ...] = attrs.field(init=False, default=(), eq=False, repr=False)
    # The same as `extras`, which is a view and takes longer to copy.
    _own_extras: dict[str, Any] = attrs.field(init=False, factory=dict[str, Any], eq=False, repr=False)
    _match: Match | None = attrs.field(init=False, default=None, eq=False, repr=False)
    _outlined: Mapping[str, Any] | None = attrs.field(init=False, default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        from ckpt_scheme.legacy import _parsing  # noqa: PLC0415 - it loads `parse`, which only users' formats need

        if self.framework == CANONICAL:
            raise FieldError("framework", self.framework, "a framework other than that of the scheme", None, "CKS-060")
        types = {**shared_types(), **self.field_types}
        for folder in ("", *self.folders):
            for extension in self.extensions or ("",):
                _parsing.check(f"{folder}{self.template}{extension}", types)
        object.__setattr__(self, "field_types", types)
        object.__setattr__(self, "_own_extras", dict(self.extras))
        unknown = set(self.metrics) - set(self.templates[0].fields)
        if unknown:
            raise FieldError("template", self.template, f"a field for the metrics {sorted(unknown)}", None, "CKS-061")

    def __reduce__(self) -> tuple[Callable[..., Format], tuple[dict[str, Any], Mapping[str, FieldType]]]:
        members = {field.name: getattr(completed(self), field.name) for field in attrs.fields(Format) if field.init}
        types = dict(members.pop("field_types"))  # a copy, like `extras`, for a view of a mapping cannot be pickled
        return unchecked, ({**members, "extras": dict(self.extras)}, types)

    @property
    def templates(self) -> tuple[Template, ...]:
        """The template with each folder and each extension, the most specific first."""
        if not self._templates:
            ends = [(folder, extension) for folder in ("", *self.folders) for extension in self.extensions or ("",)]
            templates = sorted((self.spelled(*pair) for pair in ends), key=lambda template: template.rank)
            object.__setattr__(self, "_templates", tuple(templates))
        return self._templates

    def spelled(self, folder: str, extension: str) -> Template:
        """Return the template with a folder before it and an extension behind it, each of which may be empty."""
        pieces = [piece(text, self.field_types) for text in (folder, self.template, extension) if text]
        return Template(pieces, self.field_types)

    @property
    def has_free_text(self) -> bool:
        """Whether each name holds text that the user or the run chose, so that many other names look like it."""
        return (self._match or self._made_match()).has_free_text

    def read(self, text: str) -> Reading | None:
        """Return the reading of *text* in this format, or None."""
        for template in self.templates:
            match = (template.match or template.compile())(text)
            found = None if match is None else self._reading_of(template, match, text)
            if found is not None:
                return found
        return None

    def _match_of(self, template: Template, match: re.Match[str], _text: str) -> Match | None:
        """Return this format, or None if a field of *match* of *template* refuses its text: see `_reading_of`."""
        if any(read(match[field]) is None for field, read in template.refusing):
            return None
        return self._match or self._made_match()

    def _made_match(self) -> Match:
        free = piece(self.template, self.field_types).free
        extensions = [piece(text, self.field_types).free for text in self.extensions]
        has_free_text = free > 0 or (bool(extensions) and all(extensions))
        made = Match(self.framework, self.format, self.kind, self.entry, self.prior, self.shared, has_free_text)
        object.__setattr__(self, "_match", made)
        return made

    def _reading_of(self, template: Template, match: re.Match[str], text: str) -> Reading | None:
        """Return the reading of the name *text*, or None if a field of *match* refuses its text.

        Args:
            template: One of `templates`.
            match: Its match of the components that it reads, which are the last ones of *text*.
            text: The text of the reading.
        """
        values: dict[str, Any] = match.groupdict()
        for field, read in template.readers:
            value: Any = read(values[field])
            if value is None:
                return None
            if value.__class__ is dict:  # quicker than `isinstance`, and conversions make plain dicts
                del values[field]
                values.update(value)
            else:
                values[field] = value
        return self.reading(text, values)

    def reading(self, text: str, values: dict[str, Any]) -> Reading:
        """Return the reading of the name *text*, whose template has fields with these *values*."""
        metrics: dict[str, float] = values.pop("metrics", None) or {}
        if "metric" in values:
            metrics[values.pop("metric")] = values.pop("value")
        for field in self.metrics:
            metrics[field] = values.pop(field)
        return reading(
            text,
            self.framework,
            self.format,
            self.kind,
            values,
            metrics,
            self._own_extras.copy(),
            self.entry,
            self.epoch_base,
            self.counts,
            self.source,
            self.epochs_behind,
            self.steps_behind,
            self.recency,
            self.shared,
            self.prior,
        )


_set: Final = object.__setattr__
_DEFAULTS: Final[Mapping[str, Any]] = {
    **{field.name: field.default for field in attrs.fields(Format)},
    "extras": MappingProxyType({}),
    "_own_extras": {},
}


def outlined(members: Mapping[str, Any], types: Mapping[str, FieldType]) -> Format:
    """Return the format with these *members*, unchecked, and with no more fields than an index needs.

    Most programs need few of the hundreds of formats; `completed` sets the other fields.
    """
    declared: Format = object.__new__(Format)
    _set(declared, "_outlined", members)
    _set(declared, "field_types", types)
    for name in ("framework", "format", "template"):
        _set(declared, name, members[name])
    _set(declared, "extensions", tuple(members.get("extensions", ())))
    _set(declared, "folders", tuple(members.get("folders", ())))
    _set(declared, "prior", members.get("prior", "usual"))
    return declared


def completed(declared: Format) -> Format:
    """Return *declared* itself, with all its fields if it is an outline."""
    members = declared._outlined
    if members is not None:
        values = {**_DEFAULTS, **members, "field_types": declared.field_types}
        if "extras" in members:
            values.update(extras=_frozen(members["extras"]), _own_extras=dict(members["extras"]))
        for name, value in values.items():  # `_outlined` is the last, so that no other thread sees half a format
            _set(declared, name, tuple(value) if value.__class__ is list else value)
    return declared


def unchecked(members: Mapping[str, Any], types: Mapping[str, FieldType]) -> Format:
    """Return the format with these *members*, as the constructor does but without its checks."""
    return completed(outlined(members, types))
