"""`RunArchive`: the name of an archive of a whole run."""

from __future__ import annotations

import pathlib
from enum import StrEnum

import pytest

from ckpt_scheme import NameSyntaxError, RunArchive, RunArchivePattern, RunId

RUN = RunId.parse("ocr-dbnet_training_20251015_120000")


class Format(StrEnum):
    GZIP = "gz"


@pytest.mark.parametrize(
    ("compression", "ending"), [(None, ".tar"), ("gz", ".tar.gz"), ("zst", ".tar.zst"), ("xz", ".tar.xz")]
)
def test_format_and_parse_are_inverse(compression: object, ending: str) -> None:
    archive = RunArchive(RUN, compression)  # type: ignore[arg-type]

    assert str(archive) == f"{RUN}{ending}"
    assert RunArchive.parse(pathlib.PurePath(str(archive))) == archive
    assert RunArchive.is_valid(str(archive))
    assert RunArchivePattern(RUN, compression).matches(str(archive))  # type: ignore[arg-type]


def test_compression_of_a_str_enum_becomes_plain_text() -> None:
    archive = RunArchive(RUN, Format.GZIP)  # type: ignore[arg-type]

    assert repr(archive.compression) == "'gz'"
    assert archive == RunArchive(RUN, "gz")


def test_a_builder_that_fills_fields_past_the_constructor_gets_them_converted() -> None:
    archive = object.__new__(RunArchive)
    object.__setattr__(archive, "run", RUN)
    object.__setattr__(archive, "compression", Format.GZIP)

    archive.__attrs_post_init__()

    assert repr(archive.compression) == "'gz'"


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        (f"{RUN}.tar.GZ", len(f"{RUN}.tar"), f"{RUN}.tar.gz"),
        (f"{RUN}.tar.bz2", len(f"{RUN}.tar"), None),
        (f"{RUN}.zip", None, None),
        ("ocr.tar", 3, None),
        ("", None, None),
    ],
)
def test_parse_refuses_another_name(text: str, position: int | None, suggestion: str | None) -> None:
    with pytest.raises(NameSyntaxError) as caught:
        RunArchive.parse(text)

    assert caught.value.text == text
    assert position is None or caught.value.position == position
    assert caught.value.suggestion == suggestion
    assert not RunArchive.is_valid(text)
