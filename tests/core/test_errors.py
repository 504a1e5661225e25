"""The exceptions: their attributes and messages, with hostile input and after pickling."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from ckpt_scheme import (
    AmbiguousNameError,
    CheckpointName,
    CheckpointPath,
    FieldError,
    NameSyntaxError,
    RunDirectory,
    RunId,
    SchemeError,
    SelectionError,
    TooManyGlobsError,
    UnknownFormatError,
    UnknownFrameworkError,
    legacy,
)

AMBIGUOUS = legacy.readings("best-v1.ckpt")
FORMATS = [f"{reading.framework}/{reading.format}" for reading in AMBIGUOUS]
LISTED = f"{', '.join(FORMATS[:-1])} and {FORMATS[-1]}"

ERRORS = [
    pytest.param(
        SchemeError("name", 22, "a str", None, "CKS-001"),
        "invalid name 22: expected a str, found int [CKS-001]",
        id="SchemeError",
    ),
    pytest.param(
        FieldError("tag", "my-exp", "a word", 2, "CKS-010", "my_exp"),
        "invalid tag 'my-exp': expected a word at position 2, found '-exp' [CKS-010]; did you mean 'my_exp'?",
        id="FieldError",
    ),
    pytest.param(
        NameSyntaxError("checkpoint name", "last.ckpt\n", "the end", 9, "CKS-002", "last.ckpt"),
        r"invalid checkpoint name 'last.ckpt\n': expected the end at position 9, found '\n' [CKS-002]; "
        "did you mean 'last.ckpt'?",
        id="NameSyntaxError",
    ),
    pytest.param(
        UnknownFormatError("checkpoint name", "notes.txt", "a checkpoint name of keras", 0, "CKS-086"),
        "no known format reads 'notes.txt': expected a checkpoint name of keras [CKS-086]",
        id="UnknownFormatError",
    ),
    pytest.param(
        AmbiguousNameError(
            "name", "best-v1.ckpt", "one reading", 0, "CKS-085", None, AMBIGUOUS, ("framework", "siblings")
        ),
        f"'best-v1.ckpt' is ambiguous: {LISTED} match. Pass framework=..., or call identify() with the other names in "
        "the directory.",
        id="AmbiguousNameError",
    ),
    pytest.param(
        SelectionError("latest", ("a/last.ckpt", "b/last.ckpt"), "checkpoints of one directory", None, "CKS-106"),
        "no latest among 'a/last.ckpt', 'b/last.ckpt': expected checkpoints of one directory [CKS-106]",
        id="SelectionError",
    ),
    pytest.param(
        SelectionError("best", "best.ckpt", "a value", None, "CKS-139"),
        "no best among 'best.ckpt': expected a value [CKS-139]",
        id="SelectionError of one name",
    ),
    pytest.param(
        UnknownFrameworkError("framework", "keras2", "a known one", None, "CKS-088", "keras"),
        "unknown framework 'keras2', did you mean 'keras'?",
        id="UnknownFrameworkError",
    ),
    pytest.param(
        UnknownFrameworkError("framework", "x", "one of legacy.REGISTRY.frameworks", None, "CKS-088"),
        "unknown framework 'x': expected one of legacy.REGISTRY.frameworks",
        id="UnknownFrameworkError without a suggestion",
    ),
    pytest.param(
        TooManyGlobsError("RunPattern", "76032", "at most 1000 are made", None, "CKS-116"),
        "RunPattern needs 76032 globs: at most 1000 are made [CKS-116]",
        id="TooManyGlobsError",
    ),
]


@pytest.mark.parametrize(("error", "message"), ERRORS)
def test_str_of_an_error_is_the_whole_message(error: SchemeError, message: str) -> None:
    assert str(error) == message


def _attributes(error: SchemeError) -> dict[str, object]:
    return {name: getattr(error, name) for name in (*SchemeError.__slots__, *vars(error))}


@pytest.mark.parametrize(("error", "message"), ERRORS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_error_keeps_type_attributes_and_message(error: SchemeError, message: str, protocol: int) -> None:
    revived = pickle.loads(pickle.dumps(error, protocol))

    assert type(revived) is type(error)
    assert _attributes(revived) == _attributes(error)
    assert str(revived) == message


@pytest.mark.parametrize(("error", "message"), ERRORS)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copied_error_keeps_type_attributes_and_message(
    error: SchemeError, message: str, duplicate: Callable[[SchemeError], SchemeError]
) -> None:
    copied = duplicate(error)

    assert type(copied) is type(error)
    assert _attributes(copied) == _attributes(error)
    assert str(copied) == message


@pytest.mark.parametrize("child", [FieldError, NameSyntaxError, UnknownFormatError, AmbiguousNameError])
def test_each_error_is_a_scheme_error_and_a_value_error(child: type[SchemeError]) -> None:
    assert issubclass(child, SchemeError)
    assert issubclass(child, ValueError)


def test_no_error_is_a_subclass_of_its_sibling() -> None:
    assert not issubclass(FieldError, NameSyntaxError)
    assert not issubclass(NameSyntaxError, FieldError)
    assert not issubclass(AmbiguousNameError, UnknownFormatError)


def test_error_keeps_each_argument_as_an_attribute() -> None:
    error = NameSyntaxError("checkpoint name", "last.ckpt\n", "the end", 9, "CKS-002", "last.ckpt")

    assert error.kind == "checkpoint name"
    assert error.text == "last.ckpt\n"
    assert error.expected == "the end"
    assert error.position == 9
    assert error.requirement == "CKS-002"
    assert error.suggestion == "last.ckpt"


def test_ambiguous_name_error_keeps_the_readings() -> None:
    readings = AMBIGUOUS

    assert AmbiguousNameError("name", "x", "one reading", readings=readings).readings == readings


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        pytest.param("last.ckpt\n", 9, "\n", id="the rest of a text"),
        pytest.param("last", 4, "", id="the end of a text"),
        pytest.param("last", None, "last", id="a text without a position"),
        pytest.param(b"last", None, b"last", id="bytes"),
        pytest.param(22, 0, 22, id="an int, which has no positions"),
    ],
)
def test_found_is_the_text_from_the_position_on(text: object, position: int | None, found: object) -> None:
    assert SchemeError("name", text, "another", position).found == found


MEBIBYTE = 2**20


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * MEBIBYTE, id="letters"),
        pytest.param("-_" * MEBIBYTE, id="separators"),
        pytest.param("9" * MEBIBYTE, id="digits"),
        pytest.param("epoch-" + "9" * MEBIBYTE, id="digits of an epoch"),
        pytest.param("best-" + "a" * MEBIBYTE, id="letters of a metric"),
        pytest.param("a-" + "a" * MEBIBYTE + "_p_20251015_120000", id="letters of an architecture"),
        pytest.param("/" * MEBIBYTE, id="slashes"),
        pytest.param("a-b_c_20251015_120000/checkpoints/" * 2**15, id="run directories"),
        pytest.param("a-b_c_20251015_120000\\checkpoints\\" * 2**15 + "last.ckpt", id="a path with backslashes"),
        pytest.param("\\" * MEBIBYTE, id="backslashes, shown as two characters"),
        pytest.param("'\"" * MEBIBYTE, id="both quotes"),
        pytest.param("\n" * MEBIBYTE, id="line feeds, shown as two characters"),
        pytest.param("\0" * MEBIBYTE, id="NULs, shown as four characters"),
        pytest.param("\u202e" * MEBIBYTE, id="bidi marks, shown as six characters"),
        pytest.param("\ud800" * MEBIBYTE, id="half surrogate pairs, shown as six characters"),
        pytest.param("\U0001f600" * MEBIBYTE, id="astral characters, shown as ten characters"),
    ],
)
@pytest.mark.parametrize("parser", [RunId, CheckpointName, RunDirectory, CheckpointPath])
def test_error_for_a_mebibyte_keeps_the_text_and_shortens_the_message(
    parser: type[RunId | CheckpointName | RunDirectory | CheckpointPath], text: str
) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        parser.parse(text)

    assert caught.value.text == text
    assert len(str(caught.value)) < 400
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


class _RaisingRepr:
    def __repr__(self) -> str:
        raise LookupError


class _LongRepr:
    def __repr__(self) -> str:
        return "x" * MEBIBYTE


class _ColourfulRepr:
    def __repr__(self) -> str:
        return "\x1b[31m\u202e"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(_RaisingRepr(), "<_RaisingRepr>", id="a repr that raises"),
        pytest.param(_LongRepr(), "<_LongRepr>", id="a repr of a mebibyte"),
        pytest.param(10**5000, "<int>", id="an int too long for Python to print"),
        pytest.param("e\u0301\n\u202e", r"'e\u0301\n\u202e'", id="characters that would change the message"),
        pytest.param(b"\xff", r"b'\xff'", id="bytes"),
        pytest.param("a" * 60, f"'{'a' * 60}'", id="the length of an ordinary name"),
    ],
)
def test_message_shows_hostile_input_escaped_or_as_its_type(value: object, shown: str) -> None:
    error = FieldError("tag", value, "a word")

    assert str(error).startswith(f"invalid tag {shown}: expected a word")
    assert error.text is value


@pytest.mark.parametrize("value", [_ColourfulRepr(), [_ColourfulRepr()]])
def test_message_escapes_control_characters_of_a_repr(value: object) -> None:
    message = str(FieldError("tag", value, "a word"))

    assert message.isascii()
    assert message.isprintable()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"a" * MEBIBYTE, id="bytes"),
        pytest.param(b"\xff" * MEBIBYTE, id="bytes, shown as four characters"),
        pytest.param(bytearray(MEBIBYTE), id="a bytearray"),
        pytest.param([0] * MEBIBYTE, id="a list"),
        pytest.param(type("a" * MEBIBYTE, (), {})(), id="an object whose class has such a name"),
    ],
)
def test_error_for_a_long_object_shortens_the_message(value: object) -> None:
    error = FieldError("tag", value, "a word")

    assert error.text is value
    assert len(str(error)) < 400
