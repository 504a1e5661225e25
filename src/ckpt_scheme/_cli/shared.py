"""Options, sections of help texts, and exits that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import click

import ckpt_scheme
from ckpt_scheme._cli import output, streams
from ckpt_scheme.errors import PATH_SHOWN, FieldError, SchemeError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ckpt_scheme.legacy import Registry

_T = TypeVar("_T")

PROGRAM: Final = "ckpt-scheme"

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line, in ASCII.")


def complete_path(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a path. Click's own type for paths would check each path on the disk."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell that completes needs it

    return [CompletionItem(incomplete, type="file")]


def _read_framework(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    """Return the name of a framework that is given as an option."""
    if name is None:
        return None
    if name == "scheme":  # as ls calls it
        return ckpt_scheme.legacy.CANONICAL
    try:
        registry().check_framework(name)
    except SchemeError as error:
        raise click.BadParameter(f"{output.visible(str(error))}; docs/formats.md lists all") from error
    return name


def _complete_framework(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the frameworks that begin with *incomplete*."""
    names = (ckpt_scheme.legacy.CANONICAL, *ckpt_scheme.legacy.REGISTRY.frameworks)
    return sorted(name for name in names if name.startswith(incomplete))


framework_option: Final = click.option(
    "--framework",
    metavar="NAME",
    callback=_read_framework,
    shell_complete=_complete_framework,
    help="Read the names as NAME wrote them, such as megatron-lm. Names that only other frameworks write are left out.",
)


def examples(*lines: str) -> str:
    """Return the section of a help text with examples; its first line keeps click from wrapping it."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def close(printer: streams.Printer) -> NoReturn:
    """Write the waiting lines and exit."""
    printer.flush()
    click.get_current_context().exit(printer.status)


def or_exit(make: Callable[[], _T]) -> _T:
    """Return the result of *make*; if the library refuses a value, print the error and exit with 1."""
    try:
        return make()
    except SchemeError as error:
        streams.refuse(error)
        click.get_current_context().exit(1)


def exclusive(options: Mapping[str, object]) -> None:
    """Raise a usage error if more than one of the options is given."""
    present = given(options)
    if len(present) > 1:
        raise click.UsageError(f"{present[0]} and {present[1]} exclude each other")


def given(options: Mapping[str, object]) -> list[str]:
    """Return the names of the options that are given."""
    return [option for option, value in options.items() if value is not None and value is not False]


def registry(usual: Registry | None = None) -> Registry:
    """Return the formats to read names in: those of the context, which a program may set, else *usual* or all."""
    own = click.get_current_context().find_object(ckpt_scheme.legacy.Registry)
    return own or usual or ckpt_scheme.legacy.REGISTRY


def answer(
    printer: streams.Printer, record: Mapping[str, object], refused: SchemeError | None, *, as_json: bool
) -> None:
    """Print the answer to one name as JSON, with the error if there is one; without JSON, only the error."""
    if refused is not None:
        printer.status = 1
    if as_json:
        error = {} if refused is None else {"error": output.error_fields(refused)}
        printer.line(output.json_line({**record, **error}))
    elif refused is not None:
        printer.refuse(refused)


def directory(root: str | None) -> str:
    """Return *root*, or raise a usage error if it is no directory."""
    if root is None:
        raise click.UsageError("Missing argument 'ROOT'.")
    if not os.path.isdir(root):  # noqa: PTH112 - pathlib raises for some paths that cannot be looked at
        raise click.UsageError(f"{output.escaped(root[:PATH_SHOWN]) or repr(root)} is not a directory")
    return root


def read_age(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """Return the seconds of an age that is given as an option."""
    try:
        return None if text is None else ckpt_scheme.migration.read_age(text)
    except FieldError as error:
        raise click.BadParameter(str(error)) from error
