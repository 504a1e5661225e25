"""`LegacyFormat`: a format is a declaration, a `parse` template with typed fields; no decoder is written by hand.

`parse` reads what its own field types allow, and that is too much for names: a plain field takes any text and stops at
the first chance, ``:d`` takes ``0x16``, ``+2`` and a blank before the number. So every field of a template has one of
the types below, each a pattern that neither its neighbours nor a reader can mistake.
"""

# pyright: basic
# The checker's strict mode asks for types that `parse` does not carry.

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, final

import attrs
import parse  # noqa: TID253 - this package is itself loaded on first use

from ckpt_scheme import _grammar
from ckpt_scheme.errors import FieldError
from ckpt_scheme.legacy.record import Kind, LegacyName


def _type(pattern: str, convert: Callable[[str], Any] = str) -> Callable[[str], Any]:
    # `parse` hangs the pattern on the function, which `int` and `str` do not allow.
    typed: Callable[[str], Any] = parse.with_pattern(pattern)(functools.partial(convert))
    return typed


_FIELD_TYPES: Final[Mapping[str, Any]] = {
    "count": _type(rf"[0-9]{{1,{_grammar.MAX_DIGITS}}}", int),
    "decimal": _type(r"-?[0-9]{1,11}\.[0-9]{1,17}", float),
    "timestamp": _type(_grammar.TIMESTAMP, datetime.fromisoformat),
    "token": _type(r"[A-Za-z][0-9A-Za-z-]{0,63}"),
    "tokens": _type(r"[A-Za-z][0-9A-Za-z-]{0,63}(?:_[0-9A-Za-z-]{1,64}){2,8}"),
    "word": _type(r"[0-9A-Za-z][0-9A-Za-z_]{0,63}"),
    "encoder": _type(r"[A-Za-z][0-9A-Za-z_-]{0,63}"),
    "prefix": _type(r"(?!best_|epoch_)[A-Za-z](?:(?!_epoch_)[0-9A-Za-z_-]){0,63}"),
    "val_loss": _type(r"val[_/]loss"),
    "hmean": _type(r"(?:val/)?hmean"),
    "val_f1": _type(r"val_f1"),
    "loss": _type(r"loss"),
}
"""The types that a field of a template can have: ``{epoch:count}``."""

_RECORD_FIELDS: Final = frozenset({"architecture", "encoder", "epoch", "step", "timestamp", "version"})


@final
@attrs.frozen(kw_only=True)
class LegacyFormat:
    """One spelling of names that somebody writes.

    Args:
        framework: Who writes it, such as ``"lightning"``.
        format: An id, unique within the framework.
        kind: What a checkpoint of this name is.
        template: The name as a `parse` template. The fields ``epoch``, ``step``, ``version``, ``timestamp``,
            ``architecture`` and ``encoder`` go where `LegacyName` has them, ``metric`` with ``value`` is a metric, and
            any other is one of its extras.
        source: Where the format was read: ``owner/repository:path``, with the commit where the history matters.
        examples: Names in this format, each tested to have this reading and no other.

    Raises:
        FieldError: If a field of the template has no type or another one than those above, or a metric lacks its value.
    """

    framework: str
    format: str
    kind: Kind
    template: str
    source: str
    examples: tuple[str, ...]
    _parser: parse.Parser = attrs.field(init=False, eq=False, repr=False)
    _start: str = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        fields = {field: spec for _, field, spec, _ in string.Formatter().parse(self.template) if field is not None}
        if "" in fields or not set(fields.values()) <= _FIELD_TYPES.keys():
            expected = f"named fields of the types {', '.join(_FIELD_TYPES)}"
            raise FieldError("template", self.template, expected, None, "CKS-061")
        if ("metric" in fields) != ("value" in fields):
            raise FieldError("template", self.template, "a metric and a value, or neither", None, "CKS-061")
        object.__setattr__(self, "_parser", parse.compile(self.template, dict(_FIELD_TYPES), case_sensitive=True))
        object.__setattr__(self, "_start", self.template.partition("{")[0])

    def read(self, text: str) -> LegacyName | None:
        """Return the reading of *text* in this format, or None."""
        # Most names differ from most formats at their start, and a comparison there costs a tenth of a match.
        if not text.startswith(self._start):
            return None
        result = self._parser.parse(text)
        if not isinstance(result, parse.Result):
            return None
        fields: dict[str, Any] = dict(result.named)
        metrics = {fields.pop("metric"): fields.pop("value")} if "metric" in fields else {}
        record = {field: fields.pop(field) for field in _RECORD_FIELDS & fields.keys()}
        return LegacyName(
            text=text,
            framework=self.framework,
            format=self.format,
            kind=self.kind,
            metrics=metrics,
            extras=fields,
            **record,
        )
