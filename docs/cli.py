"""Write the reference of all commands into ``cli.md`` beside this script.

    python docs/cli.py          # write the reference
    python docs/cli.py --check  # say whether it is current

The rest of the page is written by hand.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ckpt_scheme._cli import commands

PAGE: Final = Path(__file__).with_name("cli.md")
START: Final = "<!-- The reference is written by docs/cli.py. -->\n"
END: Final = "<!-- Here ends the reference. -->\n"


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with the words that call it, a group before its commands."""
    root = commands.main
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None  # noqa: S101 - the name is from the list
        yield f"ckpt-scheme {name}", command
        if isinstance(command, click.Group):
            for inner, below in command.commands.items():
                yield f"ckpt-scheme {name} {inner}", below


def reference() -> str:
    """Return the reference as Markdown."""
    return "\n".join(line for name, command in every_command() for line in section(name, command)) + "\n"


def section(name: str, command: click.Command) -> Iterator[str]:
    """Yield the lines about one command."""
    yield f"### `{name}`"
    yield ""
    yield from paragraphs(command.help or "")
    arguments = [
        argument.metavar or f"{argument.name}".upper()
        for argument in command.params
        if isinstance(argument, click.Argument)
    ]
    options = [option for option in command.params if isinstance(option, click.Option)]
    inner = ["COMMAND"] if isinstance(command, click.Group) else []
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *arguments, *inner])
    yield from ["```text", usage, "```", ""]
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from (f"| {spelling(option)} | {meaning(option)} |" for option in options)
        yield ""
    yield from ["```sh", *examples(command), "```", ""]


def paragraphs(text: str) -> Iterator[str]:
    """Yield a help text, each paragraph on one line, as Markdown."""
    for block in text.replace("\b\n", "").split("\n\n"):
        yield escaped(" ".join(block.split()))
        yield ""


def escaped(text: str) -> str:
    """Return text without characters that Markdown reads as marks."""
    return re.sub(r"([*_<>|\\])", r"\\\1", text)


def spelling(option: click.Option) -> str:
    """Return the names of an option with its value."""
    value = "" if option.is_flag else f" {option.metavar or choices(option)}"
    return ", ".join(f"`{name}{value}`" for name in option.opts).replace("|", "\\|")


def choices(option: click.Option) -> str:
    """Return the values that an option takes."""
    if isinstance(option.type, click.Choice):
        return f"[{'|'.join(map(str, option.type.choices))}]"
    return option.type.name.upper()


def meaning(option: click.Option) -> str:
    """Return the help of an option."""
    required = " Required." if option.required else ""
    return escaped(f"{option.help or ''}{required}".strip())


def examples(command: click.Command) -> list[str]:
    """Return the lines of the section of examples."""
    return textwrap.dedent((command.epilog or "").partition("Examples:\n")[2]).splitlines()


def main(arguments: list[str]) -> str | None:
    """Write the reference, or compare it, and return the reason why that fails."""
    if arguments not in ([], ["--check"]):
        return "usage: python docs/cli.py [--check]"
    page = PAGE.read_text(encoding="utf-8")
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        return "docs/cli.md has lost the lines between which the reference stands"
    current = f"{before}{start}\n{reference()}{end}{after}"
    if not arguments:
        PAGE.write_text(current, encoding="utf-8")
    elif page != current:
        return "docs/cli.md is not current: run python docs/cli.py"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
