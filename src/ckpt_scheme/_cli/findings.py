"""The faults that ``check`` finds, in the forms that people and other programs read."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Final, Literal
from xml.etree import ElementTree as ET

from ckpt_scheme._cli import diagnosis, output, requirements, streams
from ckpt_scheme._cli.checking import Found
from ckpt_scheme.errors import SchemeError

# The characters that a command of a workflow cannot hold: "%" in a message, and two more in the values before it.
_IN_MESSAGE: Final = str.maketrans({"%": "%25"})
_IN_VALUE: Final = str.maketrans({"%": "%25", ":": "%3A", ",": "%2C"})
_WIDTH: Final = 80


def writer(
    chosen: Literal["text", "json", "github", "junit"], *, is_statistics: bool
) -> Callable[[Found, streams.Printer], None]:
    """Return the function that prints the faults in a form, or with *is_statistics* the counts of faults."""
    if is_statistics:
        return _print_statistics_json if chosen == "json" else _print_statistics
    return {"text": _print_lines, "json": _print_json, "github": _print_github, "junit": _print_junit}[chosen]


def line(path: str, error: SchemeError) -> str:
    """Return the line about the fault of a path, for people."""
    return f"{output.escaped(path)}: {diagnosis.message(error, sys.stdout)}\n"


def _faults(found: Found) -> Iterator[tuple[str, SchemeError]]:
    return ((path, error) for path, error in found if error is not None)


def _print_lines(found: Found, printer: streams.Printer) -> None:
    for path, error in _faults(found):
        printer.line(line(path, error))


def _print_json(found: Found, printer: streams.Printer) -> None:
    for path, error in _faults(found):
        printer.line(output.json_line({"path": path, "error": output.error_fields(error)}))


def _print_github(found: Found, printer: streams.Printer) -> None:
    for path, error in _faults(found):
        place = output.visible(path).translate(_IN_VALUE)
        message = output.visible(str(error)).translate(_IN_MESSAGE)
        printer.line(f"::error file={place},title={error.requirement}::{message}\n")


def _print_junit(found: Found, printer: streams.Printer) -> None:
    """Print one suite with a case for each path, whose file and name the path is."""
    suite = ET.Element("testsuite", name="ckpt-scheme check")
    count = faults = 0
    for path, error in found:
        count += 1
        name = output.escaped(path)  # XML holds no control characters
        case = ET.SubElement(suite, "testcase", classname="ckpt-scheme.check", name=name)
        if error is not None:
            faults += 1
            ET.SubElement(case, "failure", message=output.visible(str(error)), type=str(error.requirement))
    suite.attrib.update(tests=str(count), failures=str(faults), errors="0", skipped="0")
    root = ET.Element("testsuites", name="ckpt-scheme check")
    root.append(suite)
    ET.indent(root)
    printer.line(f"{ET.tostring(root, encoding='us-ascii', xml_declaration=True).decode('ascii')}\n")


def _counts(found: Found) -> list[tuple[str, int, str]]:
    """Return each requirement that is broken, the number of names, and the first of them; the most frequent first."""
    counts: dict[str, tuple[int, str]] = {}
    for path, error in _faults(found):
        rule = str(error.requirement)
        count, example = counts.get(rule, (0, path))
        counts[rule] = count + 1, example
    return sorted(((rule, *rest) for rule, rest in counts.items()), key=lambda row: (-row[1], row[0]))


def _print_statistics(found: Found, printer: streams.Printer) -> None:
    for rule, count, example in _counts(found):
        head = f"{count:>7,}  {rule}  "
        sentence = requirements.load()[rule].sentence
        for text in textwrap.wrap(sentence, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head)):
            printer.line(f"{text}\n")
        printer.line(f"{'':{len(head)}}for example {output.escaped(example)}\n")


def _print_statistics_json(found: Found, printer: streams.Printer) -> None:
    for rule, count, example in _counts(found):
        printer.line(output.json_line({"requirement": rule, "count": count, "example": example}))
