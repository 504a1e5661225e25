"""The group ``ckpt-scheme``, and how it ends."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Final

import click

import ckpt_scheme
from ckpt_scheme._cli import shared, streams

_INTERRUPTED: Final = 130  # as a shell reports a command that SIGINT ended
_NO_READER: Final = 141  # as a shell reports a command that SIGPIPE ended


# The module and the attribute of each command, in the order of the help. A module loads when its command is called.
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "parse": ("names", "parse"),
    "format": ("building", "format_"),
    "glob": ("building", "glob"),
    "decode": ("decoding", "decode"),
    "identify": ("identifying", "identify"),
    "ls": ("listing", "ls"),
    "report": ("reporting", "report"),
    "export": ("exporting", "export"),
    "check": ("checking", "check"),
    "explain": ("explaining", "explain"),
    "sql": ("sql", "sql"),
    "completion": ("completion", "completion"),
    "migrate": ("migrating", "migrate"),
    "prune": ("migrating", "prune"),
    "undo": ("undoing", "undo"),
    "trash": ("undoing", "trash"),
    "conformance": ("conformance", "conformance"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature of click
        """Return the names of the commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return the command *cmd_name*, or None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(f"ckpt_scheme._cli.{module}"), attribute)
        return found


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
    epilog=shared.examples(
        "ckpt-scheme ls outputs",
        "ckpt-scheme parse epoch-22_step-001932_hmean-0.8756.ckpt",
        "ckpt-scheme COMMAND --help",
    ),
)
@click.version_option(ckpt_scheme.__version__, prog_name=shared.PROGRAM)
def main() -> None:
    """Format, parse, decode, list, check and migrate the names of checkpoints.

    A "-" in place of a name or a path stands for the lines of stdin. Characters that a terminal could obey are printed
    as escapes. The exit status is 0 if all is well, 1 if the command found or refused something, and 2 if it cannot
    run.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line, print what went wrong to stderr, and return the exit status."""
    try:
        status = main.main(arguments, shared.PROGRAM, standalone_mode=False)
    except click.UsageError as error:
        # Click would print what was typed, or what a shell made of a "*", as it is.
        context = error.ctx or click.Context(main, info_name=shared.PROGRAM)
        streams.complain(" ".join(error.format_message().split()), context.get_usage())
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except (streams.OutputError, OSError) as error:
        cause = error.__cause__ or error
        streams.abandon_stdout()
        if isinstance(cause, BrokenPipeError):
            return _NO_READER
        streams.complain(str(cause))
        return 2
    return int(status or 0)
