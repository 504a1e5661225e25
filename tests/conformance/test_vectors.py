"""The library passes the vectors, and the vectors keep the rules of a good suite."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

import legacy_vectors
from ckpt_scheme import SPEC_VERSION, SchemeError
from ckpt_scheme.conformance import LEVELS, Case, Outcome, answer, cases, run

FOLDER: Final = resources.files("ckpt_scheme.conformance")
MANIFEST: Final[Mapping[str, Any]] = json.loads((FOLDER / "v1" / "manifest.json").read_text(encoding="ascii"))
FILES: Final[Mapping[str, Mapping[str, Any]]] = {
    name: json.loads((FOLDER / "v1" / name).read_text(encoding="ascii")) for name in MANIFEST["files"]
}
CASES: Final = cases()
DOCS: Final = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("requirement", sorted({case.requirement for case in CASES}))
def test_the_library_passes_the_cases_of_the_requirement(requirement: str) -> None:
    given = [case for case in CASES if case.requirement == requirement]

    outcomes = run(answer, given)

    assert [outcome for outcome in outcomes if not outcome.passed] == []
    refused = [outcome for outcome in outcomes if outcome.case.error is not None]
    assert [positions(outcome) for outcome in refused if len(set(positions(outcome)[1:])) > 1] == []


def positions(outcome: Outcome) -> tuple[str, object, object]:
    """Return the id of a refused case, the position of its fault, and the position that the library states."""
    return outcome.case.id, (outcome.case.error or {})["position"], (outcome.error or {})["position"]


def named(text: str, expected: dict[str, object] | None) -> Case:
    return Case(
        id="none-000",
        level="core",
        requirement="CKS-001",
        flags=(),
        description="a name",
        operation="parse_checkpoint_name",
        input={"text": text},
        expected=expected,
        error={"position": 0} if expected is None else None,
    )


class TestCases:
    def test_level_selects_its_cases(self) -> None:
        by_level = [case for level in LEVELS for case in cases(level)]

        assert sorted(by_level, key=str) == sorted(CASES, key=str)
        assert {case.level for case in cases(level="labels")} == {"labels"}

    def test_unknown_level_is_refused(self) -> None:
        with pytest.raises(SchemeError, match="patterns"):
            cases("everything")  # type: ignore[arg-type]

    def test_text_of_a_case_is_its_id(self) -> None:
        assert str(CASES[0]) == CASES[0].id

    def test_readings_of_one_rank_are_accepted_in_any_order(self) -> None:
        first, second, third = ({"format": letter} for letter in "abc")
        case = ranked({"readings": [first, second, third]}, (2, 1))

        assert case.accepts({"readings": [first, second, third]})
        assert case.accepts({"readings": [second, first, third]})

    @pytest.mark.parametrize("order", ["acb", "cab", "ab", "abcc", "abb", ""])
    def test_readings_of_another_rank_are_not_accepted(self, order: str) -> None:
        case = ranked({"readings": [{"format": letter} for letter in "abc"]}, (2, 1))

        assert not case.accepts({"readings": [{"format": letter} for letter in order]})

    @pytest.mark.parametrize("answer", [{}, {"readings": None}, {"readings": {}}, {"name": "a"}])
    def test_answer_without_readings_is_not_accepted(self, answer: dict[str, object]) -> None:
        case = ranked({"readings": [{"format": "a"}]}, (1,))

        assert not case.accepts(answer)

    def test_answer_to_an_input_that_must_be_refused_is_not_accepted(self) -> None:
        assert not named("Last.ckpt", None).accepts({})


def ranked(expected: dict[str, object], ranks: tuple[int, ...]) -> Case:
    return Case(
        id="none-000",
        level="legacy",
        requirement="CKS-084",
        flags=(),
        description="a name",
        operation="readings",
        input={"name": "a"},
        expected=expected,
        ranks=ranks,
    )


class TestFiles:
    def test_files_are_valid_by_the_schema(self) -> None:
        schema = json.loads((FOLDER / "vectors.schema.json").read_text(encoding="ascii"))
        jsonschema.Draft202012Validator.check_schema(schema)

        for file in FILES.values():
            jsonschema.validate(file, schema)

    def test_formats_of_the_cases_are_valid_by_the_schema_of_a_framework(self) -> None:
        text = (resources.files("ckpt_scheme.legacy") / "framework.schema.json").read_text(encoding="utf-8")
        validator = jsonschema.Draft202012Validator(json.loads(text))

        for case in CASES:
            for file in case.input.get("formats", ()):
                formats = [{**declared, "examples": ["a name"]} for declared in file["formats"]]
                assert [error.message for error in validator.iter_errors({**file, "formats": formats})] == []

    def test_generated_files_follow_from_the_formats(self) -> None:
        assert (legacy_vectors.FOLDER / "legacy_examples.json").read_text(encoding="ascii") == legacy_vectors.layout(
            legacy_vectors.examples()
        ), "run `python tests/support/legacy_vectors.py`"

    @pytest.mark.parametrize("name", [name for name in FILES if name.startswith("legacy_")])
    def test_file_has_the_layout(self, name: str) -> None:
        assert (FOLDER / "v1" / name).read_text(encoding="ascii") == legacy_vectors.layout(FILES[name])

    def test_manifest_counts_the_cases(self) -> None:
        levels = {level: cases(level) for level in LEVELS}

        assert {
            "spec": SPEC_VERSION,
            "files": MANIFEST["files"],
            "levels": {
                level: {
                    "cases": len(found),
                    "valid": sum(case.error is None for case in found),
                    "invalid": sum(case.error is not None for case in found),
                }
                for level, found in levels.items()
            },
        } == MANIFEST

    def test_manifest_lists_each_file(self) -> None:
        files = [file.name for file in (FOLDER / "v1").iterdir()]

        assert sorted([*MANIFEST["files"], "manifest.json"]) == sorted(files)

    def test_file_explains_each_flag_of_its_cases(self) -> None:
        for file in FILES.values():
            flags = {flag for case in file["cases"] for flag in case["flags"]}

            assert list(file["flags"]) == sorted(flags)

    def test_flag_has_one_note_in_all_files(self) -> None:
        notes = {(flag, note) for file in FILES.values() for flag, note in file["flags"].items()}

        assert len(notes) == len({flag for flag, _ in notes})

    def test_id_names_its_file(self) -> None:
        for name, file in FILES.items():
            for case in file["cases"]:
                assert case["id"].rpartition("-")[0] == name.removesuffix(".json")

    def test_ids_are_unique(self) -> None:
        assert len({case.id for case in CASES}) == len(CASES)

    def test_inputs_are_unique(self) -> None:
        inputs = [json.dumps([case.operation, case.input, case.level], sort_keys=True) for case in CASES]

        assert len(set(inputs)) == len(inputs), "two cases with one input prove no more than one"

    def test_descriptions_are_unique_for_an_operation(self) -> None:
        described = [(case.operation, case.requirement, case.description) for case in CASES]

        assert len(set(described)) == len(described), "say what is different about each case"

    def test_descriptions_state_a_fact(self) -> None:
        for case in CASES:
            assert not re.search(r"\b(should|must|shall|can|tests?)\b", case.description), "say what it is"
            assert not case.description.endswith("."), "a description is no sentence"

    def test_every_operation_is_known_and_used(self) -> None:
        schema = json.loads((FOLDER / "vectors.schema.json").read_text(encoding="ascii"))
        operations = schema["$defs"]["case"]["properties"]["operation"]["enum"]

        assert {case.operation for case in CASES} == set(operations)
        readme = (FOLDER / "README.md").read_text(encoding="utf-8")
        assert all(f"`{operation}`" in readme for operation in operations)

    def test_data_needs_no_more_than_a_json_parser(self) -> None:
        for case in CASES:
            assert_portable({name: value for name, value in case.input.items() if name != "formats"})
            assert_portable(case.expected)


# The negative answers that are no refusal.
NO: Final[tuple[Mapping[str, object], ...]] = (
    {"matches": False},
    {"groups": None},
    {"name": None},
    {"framework": None},
    {"equal": False},
    {"readings": []},
)

# Requirements without a valid case, by the reason.
WITHOUT_A_VALID_CASE: Final = {
    "it demands a refusal, and another requirement has the answers to the same operation": """
        CKS-003 CKS-006 CKS-007 CKS-059 CKS-073 CKS-085 CKS-086 CKS-088 CKS-094 CKS-095 CKS-097 CKS-098 CKS-106
        CKS-109 CKS-110 CKS-121 CKS-126 CKS-132 CKS-137 CKS-143 CKS-158
    """,
    "it demands that the answer is no": "CKS-111 CKS-124 CKS-145 CKS-146",
}

# Requirements without an invalid case, by the reason.
WITHOUT_AN_INVALID_CASE: Final = {
    "it says which text or value an accepted input has": "CKS-001 CKS-004 CKS-008 CKS-034 CKS-070 CKS-071 CKS-072",
    "it says how a value is rounded, and another requirement which values are refused": "CKS-023 CKS-028 CKS-029",
    "it says in which order names are": "CKS-040 CKS-041 CKS-044 CKS-045 CKS-046",
    "it says which name is chosen, and another requirement when none is": """
        CKS-048 CKS-049 CKS-103 CKS-107 CKS-108 CKS-112 CKS-129 CKS-130 CKS-131 CKS-133 CKS-134
        CKS-135 CKS-136 CKS-151 CKS-153
    """,
    "it says how a glob is spelled, and another requirement which globs are refused": """
        CKS-050 CKS-051 CKS-052 CKS-056 CKS-057 CKS-058 CKS-114
    """,
    "it says what a group holds, and another requirement which names have groups": "CKS-122",
    "it says what a reading or an upgrade holds, and another requirement what is not read or is refused": """
        CKS-060 CKS-062 CKS-063 CKS-064 CKS-065 CKS-066 CKS-067 CKS-069 CKS-080 CKS-083 CKS-084 CKS-087 CKS-090 CKS-091
        CKS-092 CKS-093 CKS-125 CKS-140 CKS-141 CKS-142 CKS-147 CKS-148 CKS-155 CKS-163 CKS-165
    """,
}


class TestCoverage:
    def test_cases_are_enough(self) -> None:
        core = cases("core")

        assert len(CASES) >= 750
        assert sum(case.error is not None for case in core) >= 0.45 * len(core)

    def test_level_is_that_of_the_requirement(self) -> None:
        levels = levels_of_requirements()

        assert {case.id: case.level for case in CASES} == {case.id: levels[case.requirement] for case in CASES}

    def test_requirement_has_a_valid_case(self) -> None:
        valid = {case.requirement for case in CASES if case.error is None and case.expected not in NO}

        assert {case.requirement for case in CASES} - valid == requirements(WITHOUT_A_VALID_CASE)

    def test_requirement_that_can_be_broken_has_an_invalid_case(self) -> None:
        invalid = {case.requirement for case in CASES if case.error is not None or case.expected in NO}

        assert {case.requirement for case in CASES} - invalid == requirements(WITHOUT_AN_INVALID_CASE)


def requirements(by_reason: Mapping[str, str]) -> set[str]:
    return {requirement for listed in by_reason.values() for requirement in listed.split()}


def levels_of_requirements() -> dict[str, str]:
    """Return the level of each requirement, by the table of levels and the sections of the specification."""
    scheme = (DOCS / "spec.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-z]+)` \| sections? ([0-9]) ?(?:and ([0-9]))? \|$", scheme, re.MULTILINE)
    by_section = {section: level for level, *sections in table for section in sections if section}
    levels: dict[str, str] = {}
    for section, text in re.findall(r"^## ([0-9]+)\. (.*?)(?=^## |\Z)", scheme, re.MULTILINE | re.DOTALL):
        for requirement in re.findall(r"^#### (CKS-[0-9]{3})$", text, re.MULTILINE):
            levels[requirement] = by_section[section]
    legacy = (DOCS / "spec-legacy.md").read_text(encoding="utf-8")
    return levels | dict.fromkeys(re.findall(r"^#### (CKS-[0-9]{3})$", legacy, re.MULTILINE), "legacy")


def assert_portable(value: object) -> None:
    """Assert that *value* means the same in a language whose only number is a double."""
    if isinstance(value, dict):
        for key, member in value.items():
            assert isinstance(key, str)
            assert_portable(member)
    elif isinstance(value, list):
        for member in value:
            assert_portable(member)
    else:
        assert value is None or isinstance(value, (str, bool, float)), "numbers of names are text"
