"""The vectors, run; and the vectors themselves, held to the rules of a good suite."""

from __future__ import annotations

import json
import re
from importlib import resources

import jsonschema
import pytest

from ckpt_scheme import SchemeError
from ckpt_scheme.conformance import Case, Outcome, answer, cases, run

FOLDER = resources.files("ckpt_scheme.conformance")
FILES = sorted((file for file in (FOLDER / "v1").iterdir()), key=lambda file: file.name)
CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_library_passes(case: Case) -> None:
    (outcome,) = run(answer, [case])

    assert outcome.passed, f"{case.description}: answered {outcome.answer}, refused with {outcome.refusal}"
    if case.error is not None:
        assert outcome.refusal is not None
        assert outcome.refusal.position == case.error["position"]


class TestRunner:
    def test_a_wrong_answer_fails(self) -> None:
        (outcome,) = run(lambda _operation, _given: {"kind": "best"}, [named("last.ckpt", {"kind": "last"})])

        assert not outcome.passed

    def test_a_refusal_of_what_is_expected_fails(self) -> None:
        def refuse(_operation: str, given: object) -> dict[str, object]:
            raise SchemeError("checkpoint name", given, "another")

        (outcome,) = run(refuse, [named("last.ckpt", {"kind": "last"})])

        assert not outcome.passed

    def test_an_answer_to_what_must_be_refused_fails(self) -> None:
        (outcome,) = run(lambda _operation, _given: {"kind": "last"}, [named("Last.ckpt", None)])

        assert not outcome.passed

    def test_no_answer_is_no_refusal(self) -> None:
        (outcome,) = run(lambda _operation, _given: None, [named("Last.ckpt", None)])  # type: ignore[arg-type, return-value]

        assert not outcome.passed

    def test_a_fault_of_the_implementation_is_not_a_refusal(self) -> None:
        def crash(_operation: str, _given: object) -> dict[str, object]:
            raise KeyError

        with pytest.raises(KeyError):
            run(crash, [named("Last.ckpt", None)])

    def test_an_unknown_operation_is_refused(self) -> None:
        with pytest.raises(SchemeError, match="parse_run_id"):
            answer("guess", {})

    def test_outcomes_and_cases_compare(self) -> None:
        case = named("last.ckpt", {"kind": "last"})

        assert Outcome(case, None, None) == Outcome(case, None, None)
        assert hash(case) == hash(named("last.ckpt", {"kind": "last"}))


def named(text: str, expected: dict[str, object] | None) -> Case:
    return Case(
        id="none-000",
        requirement="CKS-001",
        description="a name",
        operation="parse_checkpoint_name",
        input={"text": text},
        expected=expected,
        error={"position": 0} if expected is None else None,
    )


class TestVectors:
    def test_the_files_are_valid(self) -> None:
        schema = json.loads((FOLDER / "vectors.schema.json").read_text(encoding="ascii"))
        jsonschema.Draft202012Validator.check_schema(schema)

        for file in FILES:
            jsonschema.validate(json.loads(file.read_text(encoding="ascii")), schema)

    def test_an_id_names_its_file(self) -> None:
        for file in FILES:
            stem = file.name.removesuffix(".json")
            for case in json.loads(file.read_text(encoding="ascii"))["cases"]:
                assert case["id"].startswith(f"{stem}-"), "an id is the file's name and a number"

    def test_ids_are_unique(self) -> None:
        assert len({case.id for case in CASES}) == len(CASES)

    def test_inputs_are_unique(self) -> None:
        inputs = [json.dumps([case.operation, case.input], sort_keys=True) for case in CASES]

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

    def test_enough_is_refused(self) -> None:
        refused = sum(case.error is not None or case.expected == {"readings": []} for case in CASES)

        assert refused >= 0.4 * len(CASES)

    def test_the_data_needs_no_more_than_a_json_parser(self) -> None:
        for case in CASES:
            assert_portable(case.input)
            assert_portable(case.expected)


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
