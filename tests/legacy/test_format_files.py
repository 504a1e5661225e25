"""The files of formats and field types: their schemas, their layout, and the engines that take their patterns."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry as Schemas
from referencing import Resource

from ckpt_scheme.legacy import REGISTRY, _data
from ckpt_scheme.legacy._data import shared_types
from ckpt_scheme.legacy._parsing import check
from format_files import FILES, LEGACY, layout
from regex_engines import package, tool

CONTENTS: Final[dict[Path, Any]] = {path: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
FRAMEWORKS: Final = {path: content for path, content in CONTENTS.items() if "framework" in content}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LEGACY / name).read_text(encoding="utf-8"))
    return found


SCHEMAS: Final = Schemas().with_resource(
    "framework.schema.json", Resource.from_contents(schema("framework.schema.json"))
)

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def refusals(content: Any, name: str) -> list[str]:  # noqa: ANN401 - JSON
    validator = Draft202012Validator(schema(name), registry=SCHEMAS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


@pytest.mark.parametrize("name", ["framework.schema.json", "field_types.schema.json", "words.schema.json"])
def test_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@each_file
def test_file_is_valid_by_its_schema(path: Path) -> None:
    name = Path(CONTENTS[path]["$schema"]).name

    assert refusals(CONTENTS[path], name) == []
    assert (path.parent / CONTENTS[path]["$schema"]).is_file()


def test_each_word_has_one_meaning() -> None:
    content = CONTENTS[LEGACY / "words.json"]
    lists = [content[member] for member in ("metrics", "decimal_metrics", "nouns", "plain", "other")]
    lists += [*content["marks"].values(), *content["before_number"].values(), *content["beside_value"].values()]
    every = [word for listed in lists for word in listed]

    assert sorted(every) == sorted(set(every))
    assert set(content["flags"]) <= content["marks"].keys()


@each_file
def test_file_has_the_layout(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == layout(CONTENTS[path]), "run `python tests/support/format_files.py`"


def test_schema_refuses_a_pattern_that_looks_ahead() -> None:
    for pattern in ("(?!a)b", "(?=a)b", "(?<=a)b", "(a)", r"(?:a)\1", r"\d", "(?i:a)"):
        content = {"field_types": {"x": {"pattern": pattern, "longest": 1}}}

        assert refusals(content, "field_types.schema.json") != [], pattern


def test_schema_refuses_unknown_members_and_words() -> None:
    good = {"id": "a", "kind": "step", "template": "a", "examples": ["a"]}
    members: dict[str, object] = {"kinds": 1, "kind": "checkpoint", "examples": [], "epoch_base": 2, "source": "here"}
    for change in ({member: value} for member, value in members.items()):
        content = {"framework": "one", "formats": [{**good, **change}]}

        assert refusals(content, "framework.schema.json") != [], change
    assert refusals({"framework": "one", "formats": [good]}, "framework.schema.json") == []


@pytest.mark.parametrize("path", FRAMEWORKS, ids=lambda path: path.name)
def test_file_is_named_for_its_framework_and_redefines_no_shared_type(path: Path) -> None:
    content = FRAMEWORKS[path]

    assert path.stem == content["framework"]
    assert not content.get("field_types", {}).keys() & shared_types().keys()


def test_every_type_is_used() -> None:
    used: set[str] = set()
    for content in CONTENTS.values():
        own = content.get("field_types", {})
        texts = [content.get("defaults", {}), *content.get("formats", ())]
        here = {name for text in texts for name in re.findall(r"\{\w+:(\w+)\}", json.dumps(text))}
        here |= {members["like"] for members in own.values() if "like" in members}
        assert here >= own.keys() or "framework" not in content, content.get("framework")
        used |= here

    assert used >= shared_types().keys()


def test_parse_accepts_every_template() -> None:
    for declared in REGISTRY.formats:
        for template in declared.templates:
            check(template.text, {name: declared.field_types[name] for name in template.fields.values()})
        assert set(declared.metrics) <= declared.templates[0].fields.keys()


def test_data_in_an_archive_is_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = [path.stem for path in FRAMEWORKS]
    files = [dict(_data.framework(name)) for name in names]

    monkeypatch.setattr(_data, "_FOLDER", str(tmp_path / "archive.zip" / "ckpt_scheme"))

    assert [dict(_data.framework(name)) for name in names] == files
    assert dict(_data.shared_types.__wrapped__()) == dict(shared_types())
    assert _data.words.__wrapped__() == _data.words()
    assert _data.format_index.__wrapped__() == _data.format_index()
    assert len(files) == len(FRAMEWORKS)


# --------------------------------------------------------------------------------------------------------------------
# Engines.


def patterns() -> Iterator[str]:
    """Yield all patterns of types, and those of all templates, in which a field that comes again has no name."""
    for content in CONTENTS.values():
        for members in content.get("field_types", {}).values():
            yield from filter(None, (members.get("pattern"), *members.get("refuse", ())))


def templates() -> Iterator[list[str]]:
    """Yield the literal texts and the patterns of each template, in turn."""
    for declared in REGISTRY.formats:
        for template in declared.templates:
            parts = re.split(r"\{\w+:(\w+)\}", template.text)
            yield [part if place % 2 == 0 else declared.field_types[part].pattern for place, part in enumerate(parts)]


PATTERNS: Final = sorted(set(patterns()))
TEMPLATES: Final = list(templates())


def joined(parts: list[str], escape: Callable[[str], str]) -> str:
    return "".join(f"({part})" if place % 2 else escape(part) for place, part in enumerate(parts))


def test_re2_takes_every_pattern() -> None:
    re2 = package("re2", "google-re2")

    for pattern in (*PATTERNS, *(joined(parts, re2.escape) for parts in TEMPLATES)):
        re2.compile(pattern)


def test_rust_takes_every_pattern() -> None:
    series = package("polars", "polars").Series(["x"])

    for pattern in (*PATTERNS, *(joined(parts, re.escape) for parts in TEMPLATES)):
        series.str.contains(f"^(?:{pattern})$")


def test_javascript_takes_every_pattern_with_the_flag_v() -> None:
    node = tool("node", "nodejs")
    escape = re.compile(r"[\^$\\.*+?()\[\]{}|/]")
    every = [*PATTERNS, *(joined(parts, lambda text: escape.sub(r"\\\g<0>", text)) for parts in TEMPLATES)]
    script = """
        const wrong = [];
        for (const pattern of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
            try { new RegExp(`^(?:${pattern})$`, "v"); } catch (error) { wrong.push(String(error)); }
        }
        console.log(JSON.stringify(wrong));
    """

    run = subprocess.run([node, "-e", script], input=json.dumps(every), capture_output=True, check=True, text=True)  # noqa: S603 - the program is in this repository

    assert json.loads(run.stdout) == []
