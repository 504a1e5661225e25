"""The page of ``report``: its figures are those of the catalog, and no name is ever markup."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import get_args

import attrs
import pytest

from ckpt_scheme import catalog
from ckpt_scheme._cli import table
from ckpt_scheme._cli.page.rendering import Limits
from ckpt_scheme._cli.page.rows import words
from ckpt_scheme.catalog import RunWarning, WarningKind
from example_tree import grow_example
from page_runs import NOW, RUN, Parts, epochs, listed, page

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(2)>",
    '" onmouseover="alert(3)" x=\'',
    "&lt;b&gt;&#60;i&#62;",
    "{{ 7 * 7 }}{% raw %}",
    "a\n\r\tb",
    "a\x1b[31m\x00b",
    "a\u202egnp.exe\u2066b",
    "a\udcff\udc80b",
    "--><!--",
    "]]>",
)


def test_page_shows_the_figures_of_the_catalog(tmp_path: Path) -> None:
    grow_example(tmp_path, NOW)
    runs = list(catalog.scan(tmp_path))

    parts = Parts(page(runs))

    assert parts.texts["total-runs"] == str(len(runs))
    assert parts.texts["total-checkpoints"] == str(sum(len(run.checkpoints) for run in runs))
    assert parts.texts["total-size"] == table.size(sum(run.size for run in runs))
    assert parts.texts["total-unread"] == "1"
    assert parts.texts["total-warned"] == "2"
    assert parts.texts["total-freed"] == "11.8 GB"


def test_row_of_a_run_has_the_texts_of_ls(tmp_path: Path) -> None:
    grow_example(tmp_path, NOW)
    runs = sorted(catalog.scan(tmp_path), key=lambda run: run.path)

    rows = Parts(page(runs)).rows[1 : len(runs) + 1]

    for row, run in zip(rows, runs, strict=True):
        heads = [column.head for column in table.RUN_LAYOUT]
        cells = dict(zip(heads, table.run_cells(run, "", NOW), strict=True))
        path = run.path.removeprefix(f"{tmp_path}/")
        texts = [cells[column][0] for column in ("FRAMEWORK", "CKPTS", "SIZE", "LATEST", "BEST", "AGE")]
        assert [row[0], *row[1:4], *row[5:7], row[7].split()[1]] == [path, *texts]


def test_runs_are_counted_as_ls_counts_them() -> None:
    runs = listed(*epochs(2), "photos/model weights.safetensors")

    parts = Parts(page(runs))

    assert len(runs) == 2
    assert parts.texts["total-runs"] == "1"
    assert parts.texts["total-unread"] == "1"
    assert "photos names not read (1): model weights.safetensors" in parts.words


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_text_in_each_place(name: str) -> None:
    name = name.replace("/", "\u2044")  # no file name holds a slash

    def shown(text: str) -> Parts:
        folder = f"{text}/checkpoints"
        numbered = [f"{folder}/epoch={epoch}-step={epoch}-{text}=0.{epoch}.ckpt" for epoch in range(1, 4)]
        names = [*numbered, f"{folder}/{text}.ckpt", f"{folder}/{text}.safetensors", *epochs(9, run=f"{text}/r")]
        return Parts(page(listed(*names), unreadable=[f"cannot read {text}"]))

    hostile, plain = shown(name), shown("plain")

    assert Counter(tag for tag, _ in hostile.tags if tag != "wbr") >= Counter({"script": 1, "style": 1})
    assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in plain.tags} | {"wbr"}
    assert {key for _, attributes in hostile.tags for key in attributes} == {
        key for _, attributes in plain.tags for key in attributes
    }
    assert hostile.code == plain.code


def test_name_without_meaning_for_a_browser_is_shown_as_it_is() -> None:
    parts = Parts(page(listed("<b>\u8a13\u7df4 & 'x'\u202e\udcff\n/last.ckpt")))

    assert parts.rows[1][0] == "<b>\u8a13\u7df4 & 'x'\\u202e\\udcff\\n"


def test_page_can_be_encoded_and_holds_no_control_character() -> None:
    text = page(listed(*(f"{name.replace('/', '')}/last.ckpt" for name in HOSTILE)))

    assert text.encode("utf-8")
    assert not [char for char in text if not char.isprintable() and char != "\n"]


def test_policy_allows_only_the_style_and_the_script_of_the_page() -> None:
    parts = Parts(page(listed(*epochs(5))))
    (policy,) = [
        attributes["content"]
        for tag, attributes in parts.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]

    hashes = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for tag, text in parts.code.items()
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}';"
        " base-uri 'none'; form-action 'none'"
    )


def test_page_refers_to_no_other_resource() -> None:
    tags = Parts(page(listed(*epochs(9)))).tags

    links = [
        attributes[key] for _, attributes in tags for key in ("src", "href", "action", "data") if key in attributes
    ]
    ids = {f"#{attributes['id']}" for _, attributes in tags if "id" in attributes}
    assert links
    assert set(links) <= ids
    assert not [key for _, attributes in tags for key in attributes if key == "style" or key.startswith("on")]


def test_each_id_is_unique_and_each_reference_leads_to_an_id(tmp_path: Path) -> None:
    grow_example(tmp_path, NOW)
    tags = Parts(page(catalog.scan(tmp_path), unreadable=["x"])).tags

    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    references = [
        id_
        for _, attributes in tags
        for key in ("aria-labelledby", "aria-describedby", "for")
        for id_ in (attributes.get(key) or "").split()
    ]
    assert len(ids) == len(set(ids))
    assert set(references) <= set(ids)


def test_same_arguments_make_the_same_page() -> None:
    assert page(listed(*epochs(9))) == page(listed(*epochs(9)))


def test_page_without_runs_has_a_sentence_in_each_section() -> None:
    parts = Parts(page([]))

    for sentence in (
        "There are no runs.",
        "No size is known.",
        "No run states a metric in the names of two numbered checkpoints.",
        "There are no candidates.",
        "There are no warnings, and every name of weights was read.",
    ):
        assert sentence in parts.words
    assert "Left out" not in parts.words


def test_page_shows_its_time_and_its_root() -> None:
    parts = Parts(page([]))

    assert "Checkpoints in outputs" in parts.words
    assert "Read on 2026-11-27 at 12:00 UTC." in parts.words


def test_page_shows_paths_that_could_not_be_read() -> None:
    parts = Parts(page(listed(*epochs(2)), ["cannot read outputs/a: Permission denied"]))

    assert "1 path could not be read cannot read outputs/a: Permission denied" in parts.words


def test_page_states_the_number_of_left_out_items_of_each_kind() -> None:
    first = NOW - timedelta(days=9)
    runs = [
        run
        for number in range(4)
        for run in listed(
            *epochs(9, run=f"r{number}"),
            *(f"r{number}/checkpoints/my weights {letter}.safetensors" for letter in "abc"),
            modified=first + timedelta(days=number),
            size=1000 + number,
        )
    ]
    limits = Limits(rows=3, bars=2, plots=1, pruned=2, judged=5, noted=1, names=2)

    parts = Parts(page(runs, ["x"] * 4, limits))

    assert parts.texts["total-runs"] == "4"
    assert [row[0] for row in parts.rows[1:4]] == ["r1", "r2", "r3"]  # those written last
    for left in (
        "1 of 4 runs, those written longest ago. The totals count them",
        "2 smaller runs",
        ("3 runs that state a metric: they were written longer ago or state it in fewer than two numbered checkpoints"),
        "2 runs with less to free",
        "4 more checkpoints of this run",
        "3 more runs with warnings",
        "2 more paths",
    ):
        assert f"Left out: {left}." in parts.words
    assert (
        "names not read (3): checkpoints/my weights a.safetensors, checkpoints/my weights b.safetensors and 1 more"
        in parts.words
    )


def test_warning_states_the_number_of_paths_that_it_leaves_out() -> None:
    (run,) = listed(*epochs(2))
    run = attrs.evolve(run, warnings=(RunWarning(kind="unfinished_checkpoints", paths=("a", "b"), count=7),))

    parts = Parts(page([run]))

    assert "unfinished checkpoints (7): a, b and 5 more" in parts.words


def test_archive_and_run_without_sizes_have_rows() -> None:
    runs = [
        *listed(f"{RUN}.tar.zst", size=70),
        *catalog.scan(catalog.Listing.from_names([f"b/{name}" for name in epochs(2)])),
    ]

    parts = Parts(page(runs))

    assert parts.rows[1][:4] == [f"b/{RUN}", "scheme", "2", "0 B"]
    assert parts.rows[1][7] == ""
    assert parts.rows[2][:4] == [f"{RUN}.tar.zst", "archive", "-", "70 B"]


@pytest.mark.parametrize("kind", get_args(WarningKind))
def test_each_kind_of_warning_has_a_text(kind: WarningKind) -> None:
    assert words(RunWarning(kind=kind, count=3)).isprintable()
