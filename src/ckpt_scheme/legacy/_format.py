"""`Format`: a format is a declaration, a `parse` template with typed fields; no decoder is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, final, get_args

import attrs

from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy._reading import CANONICAL, Entry, Kind, Reading, Recency, reading
from ckpt_scheme.legacy._template import Template


def _as_mapping(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(extras)


def _as_tuple(texts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(texts, str):  # which is many too: its characters
        raise FieldError("texts of a format", texts, "several texts, not one", None, "CKS-061")
    return tuple(texts)


def _one_of(choices: Iterable[object]) -> Callable[[Format, attrs.Attribute[Any], object], None]:
    known = tuple(choices)

    def check(_declared: Format, field: attrs.Attribute[Any], value: object) -> None:
        if value not in known:
            raise FieldError(field.name, value, f"one of {', '.join(map(str, known))}", None, "CKS-066")

    return check


@final
@attrs.frozen(kw_only=True)
class Format:
    """One spelling of names that somebody writes.

    Args:
        framework: Who writes it, such as ``"lightning"``.
        format: An id, unique within the framework.
        kind: What has a name of this format; see `Kind`.
        template: The name as a `parse` template. The fields ``epoch``, ``step``, ``version``, ``timestamp``,
            ``architecture`` and ``encoder`` go where `Reading` has them, ``metric`` with ``value`` is a metric, and
            any other is one of its extras.
        extensions: Templates of which one follows it; nothing does if there are none.
        folders: Templates of which one may precede it, each ending in ``/``; the name alone is read as well.
        entry: Whether a file, a directory or either has the name.
        epoch_base: How the framework writes the first epoch: 0, 1, or None where nobody knows.
        counts: What the numeral counts, such as ``"epochs"``, ``"steps"``, ``"batches"`` or ``"saves"``.
        epochs_behind: What to add to the epoch to have the number of epochs trained, or None where the framework's rule
            does not make it certain: 1 for an epoch that counts from 0 and is written at its end.
        steps_behind: The same for the step.
        metrics: The fields that are metrics under their own names.
        extras: What the words of the template say besides, such as ``{"role": "optimizer"}``.
        recency: How a checkpoint of this format without a number relates to the numbered ones; see `Recency`.
        source: Where the format was read: ``owner/repository:path``, with the commit where the history matters.
        examples: Names in this format, each tested to have this reading.

    Raises:
        FieldError: If a field of the template has no type or another one than those of `fields`, or a name that is no
            identifier of Python, or a metric lacks its value; if *kind* or *entry* is another word, one text stands
            where several are asked for, or *framework* is the scheme's own.
    """

    framework: str
    format: str
    kind: Kind = attrs.field(validator=_one_of(get_args(Kind)))
    template: str
    source: str
    examples: tuple[str, ...] = attrs.field(converter=_as_tuple)
    extensions: tuple[str, ...] = attrs.field(default=(), converter=_as_tuple)
    folders: tuple[str, ...] = attrs.field(default=(), converter=_as_tuple)
    entry: Entry = attrs.field(default="file", validator=_one_of(get_args(Entry)))
    epoch_base: Literal[0, 1] | None = None
    counts: str | None = None
    epochs_behind: int | None = None
    steps_behind: int | None = None
    metrics: tuple[str, ...] = attrs.field(default=(), converter=_as_tuple)
    extras: Mapping[str, Any] = attrs.field(factory=dict[str, Any], converter=_as_mapping, hash=False)
    recency: Recency | None = None
    templates: tuple[Template, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.framework == CANONICAL:
            raise FieldError("framework", self.framework, "another than that of the scheme itself", None, "CKS-060")
        spellings = [
            f"{folder}{self.template}{extension}"
            for folder in ("", *self.folders)
            for extension in (self.extensions or ("",))
        ]
        templates = tuple(sorted(map(Template, spellings), key=lambda template: template.rank))
        unknown = set(self.metrics) - set(templates[0].fields)
        if unknown:
            raise FieldError("template", self.template, f"a field for the metrics {sorted(unknown)}", None, "CKS-061")
        object.__setattr__(self, "templates", templates)

    @property
    def has_free_text(self) -> bool:
        """Whether every name holds text that the user or the run chose, so that much else may look like it."""
        return all(template.rank[0] for template in self.templates)

    def read(self, text: str) -> Reading | None:
        """Return the reading of *text* in this format, or None."""
        for template in self.templates:
            found = self.read_as(template, text)
            if found is not None:
                return found
        return None

    def read_as(self, template: Template, text: str) -> Reading | None:
        """Return the reading of *text* in *template*, one of `templates`, or None."""
        match = (template.match or template.compile())(text)
        if match is None:
            return None
        values: dict[str, Any] = match.groupdict()
        for field, convert in template.converters:
            value: Any = convert(values[field])
            if value is None:
                return None
            if value.__class__ is dict:  # quicker than `isinstance`, and of our own making
                del values[field]
                values.update(value)
            else:
                values[field] = value
        return self.reading(text, values)

    def reading(self, text: str, values: dict[str, Any]) -> Reading:
        """Return what *values*, the fields of a template, say of the name *text*."""
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
            {**self.extras},
            self.entry,
            self.epoch_base,
            self.counts,
            self.source,
            self.epochs_behind,
            self.steps_behind,
            self.recency,
        )
