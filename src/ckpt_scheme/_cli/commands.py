"""The command group ``ckpt-scheme``: it loads each command, and turns errors into exit statuses."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import click

import ckpt_scheme
from ckpt_scheme._cli import columns, shared, streams

_MESSAGE_SHOWN: Final = 1000  # characters; an argument may be a megabyte
_INTERRUPTED: Final = 130  # as a shell reports a command that SIGINT ended
_NO_READER: Final = 141  # as a shell reports a command that SIGPIPE ended


class _Command(NamedTuple):
    """A command: its module, its attribute there, and the first sentence of its help."""

    module: str
    attribute: str
    help: str


# A module loads when its command is called, so no command loads the others, and `--help` loads no module.
_COMMANDS: Final[Mapping[str, _Command]] = {
    "parse": _Command("names", "parse", "Print the fields of each NAME of the scheme."),
    "format": _Command("building", "format_", "Print the name for the given values, the inverse of parse."),
    "glob": _Command("building", "glob", "Print the glob of checkpoint names with the given fields."),
    "decode": _Command("decoding", "decode", "Print the readings of each NAME and its canonical name."),
    "identify": _Command("identifying", "identify", "Guess the framework that wrote DIRECTORY, with the evidence."),
    "ls": _Command("listing", "ls", "List the runs below each ROOT."),
    "report": _Command("reporting", "report", "Write one HTML page about the runs below ROOT."),
    "export": _Command("exporting", "export", "Write a table of the checkpoints below each ROOT to a file."),
    "check": _Command("checking", "check", "Check names and paths of checkpoints against the scheme."),
    "explain": _Command("explaining", "explain", "Print a requirement of the specification, with examples."),
    "sql": _Command("sql", "sql", "Print SQL that reads names inside a database."),
    "completion": _Command("completion", "completion", "Print the script that makes a shell complete commands."),
    "migrate": _Command("migrating", "migrate", "Give checkpoints in ROOT/RUN/checkpoints canonical names."),
    "prune": _Command("migrating", "prune", "Move the checkpoints that no rule keeps to the trash."),
    "undo": _Command("undoing", "undo", "Reverse an operation of migrate, prune or undo."),
    "trash": _Command("undoing", "trash", "List the files that migrate and prune have discarded."),
    "conformance": _Command("conformance", "conformance", "Check an implementation against the conformance vectors."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature of click
        """Return the names of the commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return the command *cmd_name*, or None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        command = _COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(f"ckpt_scheme._cli.{command.module}"), command.attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name].help) for name in self.list_commands(ctx)])


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

    A "-" in place of a name or a path stands for the lines of stdin. Control characters are printed as escapes. The
    exit status is 0 for success, 1 if the command found a fault or refused a name, and 2 if it cannot run.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line, print errors to stderr, and return the exit status."""
    try:
        status = main.main(arguments, shared.PROGRAM, standalone_mode=False)
    except click.UsageError as error:
        # Click would print the arguments without escapes, also names of files that a shell found for a "*".
        context = error.ctx or click.Context(main, info_name=shared.PROGRAM)
        message = columns.shortened(" ".join(error.format_message().split()), _MESSAGE_SHOWN, len)
        streams.complain(message, context.get_usage())
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except (streams.OutputError, OSError) as error:
        cause = error.__cause__ or error
        streams.abandon_stdout()
        if isinstance(cause, BrokenPipeError):
            return _NO_READER
        streams.complain(f"cannot write to stdout: {cause}" if isinstance(error, streams.OutputError) else str(cause))
        return 2
    return int(status or 0)
