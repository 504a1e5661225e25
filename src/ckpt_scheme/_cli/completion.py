"""The command ``completion``: the script with which a shell completes commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from ckpt_scheme._cli import shared, streams

_VARIABLE: Final = "_CKPT_SCHEME_COMPLETE"  # as click derives it from the name of the program
_SHELLS: Final[Mapping[str, type[ShellComplete]]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(
    epilog=shared.examples(
        'eval "$(ckpt-scheme completion bash)"  # in ~/.bashrc',
        'eval "$(ckpt-scheme completion zsh)"  # in ~/.zshrc',
        "ckpt-scheme completion fish > ~/.config/fish/completions/ckpt-scheme.fish",
    )
)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(*, shell: str) -> None:
    """Print the script that makes a shell complete commands.

    The shell then completes commands, options, paths, frameworks, metrics and the ids of requirements with Tab.
    """
    root = click.get_current_context().find_root()
    script = _SHELLS[shell](root.command, {}, shared.PROGRAM, _VARIABLE).source()
    printer = streams.Printer()
    printer.line(script if script.endswith("\n") else f"{script}\n")
    shared.close(printer)
