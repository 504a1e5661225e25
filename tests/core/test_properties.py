"""Properties of every value and every text: both directions, both ways to build, order, rounding, errors."""

from __future__ import annotations

import decimal
import math
import os
import re
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import listing_strategies
from ckpt_scheme import (
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    EpochCheckpoint,
    FieldError,
    LastCheckpoint,
    Metric,
    NameSyntaxError,
    RunDirectory,
    RunId,
    _fields,
    _grammar,
    best,
    furthest,
    group_by_run,
    latest,
    sanitize_label,
    strategies,
)
from ckpt_scheme._fields import LabelField


class Name(attrs.AttrsInstance, Protocol):
    def format(self) -> str: ...


class Parser(Protocol):
    def parse(self, text: str, /) -> Name: ...

    def is_valid(self, text: str, /) -> bool: ...


NOON: Final = datetime(2025, 10, 15, 12)
ANY_TEXTS: Final = strategies.texts()


class Language:
    """The texts of one of the four classes that parse: the class, the pattern, strategies for values and texts.

    The strategies are built once: building one takes longer than drawing from it.
    """

    def __init__(
        self,
        parser: Parser,
        pattern: str,
        values: st.SearchStrategy[Name],
        texts: st.SearchStrategy[str],
        sloppy: st.SearchStrategy[str],
    ) -> None:
        self.parser, self.pattern = parser, pattern
        self.values, self.siblings, self.texts = values, listing_strategies.siblings(values), texts
        self.generated = st.from_regex(pattern, fullmatch=True)
        self.near_misses = strategies.near_misses(texts) | sloppy | ANY_TEXTS
        self.hostile = self.near_misses | st.text(strategies._NASTY, min_size=100)

    def __repr__(self) -> str:
        # Hypothesis prints the arguments of a failed test, and strategies of this size fill pages.
        return f"<Language of {self.parser}>"


RUNS: Final = Language(
    RunId,
    _grammar.RUN_ID,
    strategies.run_ids(),
    strategies.run_id_texts(),
    strategies.run_id_texts().map(" {}\n".format),
)
NAMES: Final = Language(
    CheckpointName,
    _grammar.CHECKPOINT_NAME,
    strategies.checkpoint_names(),
    strategies.checkpoint_texts(),
    strategies.sloppy_texts(),
)
DIRECTORIES: Final = Language(
    RunDirectory,
    rf"(?:{_grammar.ROOT}/)?{_grammar.RUN_ID}",
    strategies.run_directories(),
    strategies.run_directory_texts(),
    strategies.run_directory_texts().map("/{}".format),
)
PATHS: Final = Language(
    CheckpointPath,
    _grammar.CHECKPOINT_PATH,
    strategies.checkpoint_paths(),
    strategies.path_texts(),
    st.builds("{}/checkpoints/{}".format, strategies.run_directory_texts(), strategies.sloppy_texts())
    | strategies.path_texts().map(lambda text: text.replace("/", "\\")),
)

every_language = pytest.mark.parametrize(
    "language",
    [
        pytest.param(RUNS, id="RunId"),
        pytest.param(NAMES, id="CheckpointName"),
        pytest.param(DIRECTORIES, id="RunDirectory"),
        pytest.param(PATHS, id="CheckpointPath"),
    ],
)

# --------------------------------------------------------------------------------------------------------------------
# The two directions.


@every_language
@given(data=st.data())
def test_parse_of_a_formatted_value_returns_an_equal_value(language: Language, data: st.DataObject) -> None:
    value = data.draw(language.values)

    parsed = language.parser.parse(value.format())

    assert parsed == value
    assert hash(parsed) == hash(value)
    assert language.parser.is_valid(value.format())


@every_language
@given(data=st.data())
def test_format_of_a_parsed_text_returns_the_text(language: Language, data: st.DataObject) -> None:
    text = data.draw(language.texts)

    assert language.parser.parse(text).format() == text


@every_language
@given(data=st.data())
def test_format_of_a_text_that_the_pattern_generates_returns_the_text(language: Language, data: st.DataObject) -> None:
    text = data.draw(language.generated)

    assert language.parser.parse(text).format() == text


@every_language
@given(data=st.data())
def test_values_are_equal_if_and_only_if_their_texts_are(language: Language, data: st.DataObject) -> None:
    one, other = data.draw(language.siblings)

    assert (one == other) is (one.format() == other.format())
    assert (hash(one) == hash(other)) or one != other


@given(listing_strategies.siblings(strategies.metrics()))
def test_metrics_are_equal_if_and_only_if_their_texts_are(pair: tuple[Metric, Metric]) -> None:
    one, other = pair

    assert (one == other) is (one.format() == other.format())


# --------------------------------------------------------------------------------------------------------------------
# Valid texts, and the errors for all others.


@every_language
@given(data=st.data())
def test_is_valid_if_and_only_if_the_published_pattern_matches(language: Language, data: st.DataObject) -> None:
    text = data.draw(language.near_misses)

    accepted = language.parser.is_valid(text)

    assert accepted is (re.fullmatch(language.pattern, text) is not None)
    if accepted:
        assert language.parser.parse(text).format() == text


@every_language
@given(data=st.data())
def test_invalid_text_is_refused_with_position_and_valid_suggestion(language: Language, data: st.DataObject) -> None:
    text = data.draw(language.hostile)

    error = _refusal(language.parser, text)

    assert (error is None) is language.parser.is_valid(text)
    if error is not None:
        assert error.text == text
        assert error.position is not None
        assert 0 <= error.position <= len(text)
        assert error.found == text[error.position :]
        assert error.requirement is not None
        assert error.suggestion != text
        assert error.suggestion is None or language.parser.is_valid(error.suggestion)
        message = str(error)
        assert message.isascii()
        assert message.isprintable()
        # A suggestion may be longer: it is there to be copied.
        assert len(message.partition("; did you mean ")[0]) < 400


def _refusal(parser: Parser, text: str) -> NameSyntaxError | None:
    try:
        parser.parse(text)
    except NameSyntaxError as error:
        return error
    return None


@given(strategies.checkpoint_texts() | strategies.sloppy_texts())
def test_valid_name_is_of_exactly_one_kind(text: str) -> None:
    kinds = [kind for kind in (EpochCheckpoint, BestCheckpoint, LastCheckpoint) if kind.is_valid(text)]

    assert len(kinds) == CheckpointName.is_valid(text)


# --------------------------------------------------------------------------------------------------------------------
# `parse` skips the checks of the constructor, and builds an equal value.


def _rebuilt(value: object) -> object:
    cls = type(value)
    if not attrs.has(cls):
        return value
    return cls(**{field.name: _rebuilt(getattr(value, field.name)) for field in attrs.fields(cls)})


def _types(value: object) -> object:
    cls = type(value)
    if not attrs.has(cls):
        return cls
    return cls, [_types(getattr(value, field.name)) for field in attrs.fields(cls)]


@every_language
@given(data=st.data())
def test_parsed_value_equals_the_constructed_one(language: Language, data: st.DataObject) -> None:
    parsed = language.parser.parse(data.draw(language.texts))

    built = _rebuilt(parsed)

    assert parsed == built
    assert built == parsed
    assert hash(parsed) == hash(built)
    assert repr(parsed) == repr(built)
    assert _types(parsed) == _types(built)
    for field in attrs.fields(type(parsed)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(parsed, field.name, getattr(parsed, field.name))

    assert not hasattr(parsed, "__dict__")


# --------------------------------------------------------------------------------------------------------------------
# Names need no quoting, and fit.


@given(strategies.run_ids() | strategies.checkpoint_names())
def test_name_has_only_plain_characters_and_at_most_243(name: RunId | CheckpointName) -> None:
    text = name.format()

    assert re.fullmatch(r"[0-9A-Za-z][0-9A-Z_a-z.-]*[0-9A-Za-z]", text)
    assert len(text) <= 243


@given(strategies.checkpoint_paths())
def test_path_is_its_directory_and_its_name(path: CheckpointPath) -> None:
    directory, separator, name = path.format().rpartition("/")

    assert separator == "/"
    assert directory == path.directory.checkpoints
    assert CheckpointName.parse(name) == path.name
    assert RunDirectory.parse(path.directory.format()) == path.directory
    assert CheckpointPath.parse(path) == path
    assert os.fspath(path) == path.format()


# --------------------------------------------------------------------------------------------------------------------
# Order.


@given(listing_strategies.siblings(strategies.run_ids()))
def test_run_ids_are_ordered_as_their_sort_keys(pair: tuple[RunId, RunId]) -> None:
    one, other = pair
    keys = one.sort_key(), other.sort_key()

    assert (one < other, one <= other) == (keys[0] < keys[1], keys[0] <= keys[1])
    assert (other < one, other <= one) == (keys[1] < keys[0], keys[1] <= keys[0])


@given(listing_strategies.siblings(strategies.epoch_checkpoints()))
def test_epochs_are_ordered_by_epoch_then_step(pair: tuple[EpochCheckpoint, EpochCheckpoint]) -> None:
    one, other = pair
    moments = (one.epoch, one.step), (other.epoch, other.step)

    assert moments[0] >= moments[1] or one.sort_key() < other.sort_key()
    assert moments[0] <= moments[1] or one.sort_key() > other.sort_key()


@given(listing_strategies.siblings(strategies.checkpoint_names()))
def test_sort_keys_of_names_are_equal_if_and_only_if_the_names_are(pair: tuple[CheckpointName, CheckpointName]) -> None:
    one, other = pair

    assert (one.sort_key() == other.sort_key()) is (one == other)


@given(strategies.best_checkpoints(), strategies.epoch_checkpoints())
def test_best_sorts_before_epochs_and_epochs_before_last(
    best_checkpoint: BestCheckpoint, epoch_checkpoint: EpochCheckpoint
) -> None:
    assert best_checkpoint.sort_key() < epoch_checkpoint.sort_key() < LastCheckpoint().sort_key()


@given(listing_strategies.siblings(strategies.best_checkpoints() | strategies.epoch_checkpoints()))
def test_name_without_metric_or_version_sorts_before_one_with_it(
    pair: tuple[BestCheckpoint | EpochCheckpoint, object],
) -> None:
    name, _ = pair
    without_version = attrs.evolve(name, version=None)
    without_metric = attrs.evolve(without_version, metric=None)

    assert without_metric.sort_key() <= without_version.sort_key() <= name.sort_key()


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 999_999))))
def test_names_of_one_width_sort_as_their_texts(moments: list[tuple[int, int]]) -> None:
    names = [EpochCheckpoint(epoch=epoch, step=step) for epoch, step in moments]

    assert [str(name) for name in sorted(names, key=CheckpointName.sort_key)] == sorted(map(str, names))


@given(listing_strategies.siblings(strategies.run_ids()))
def test_runs_are_ordered_by_their_start(pair: tuple[RunId, RunId]) -> None:
    one, other = pair

    assert (one.sort_key() == other.sort_key()) is (one == other)
    assert one.timestamp >= other.timestamp or one.sort_key() < other.sort_key()


@given(listing_strategies.siblings(strategies.checkpoint_paths()))
def test_sort_keys_of_paths_are_equal_if_and_only_if_the_paths_are(pair: tuple[CheckpointPath, CheckpointPath]) -> None:
    one, other = pair

    assert (one.sort_key() == other.sort_key()) is (one == other)


# --------------------------------------------------------------------------------------------------------------------
# Selection, compared with its definition.


@given(st.lists(strategies.checkpoint_names() | strategies.checkpoint_texts()))
def test_furthest_returns_the_maximum_and_latest_prefers_last(names: list[CheckpointName | str]) -> None:
    parsed = [CheckpointName.parse(str(name)) for name in names]
    epochs = [name for name in parsed if isinstance(name, EpochCheckpoint)]

    found, resumed = furthest(names), latest(names)

    assert (found is None) is (not epochs)
    assert found is None or _moment(EpochCheckpoint.parse(str(found))) == max(map(_moment, epochs))
    assert str(resumed) == ("last.ckpt" if LastCheckpoint() in parsed else str(found))


@given(st.lists(strategies.checkpoint_names()), st.data())
def test_best_returns_the_extreme_then_the_first_in_order(names: list[CheckpointName], data: st.DataObject) -> None:
    scored = [name for name in names if isinstance(name, (EpochCheckpoint, BestCheckpoint)) and name.metric is not None]
    metric = data.draw(st.sampled_from([name.metric.name for name in scored if name.metric] + ["hmean"]))
    values = {name: name.metric.value for name in scored if name.metric and name.metric.name == metric}

    greatest, least = best(names, metric=metric), best(names, metric=metric, mode="min")

    assert (greatest is None) is (least is None) is (not values)
    for chosen, extreme in ((greatest, max), (least, min)):
        if chosen is not None:
            equal = [name for name, value in values.items() if value == extreme(values.values())]
            assert chosen == min(equal, key=CheckpointName.sort_key)


@given(st.lists(strategies.checkpoint_paths()))
def test_groups_hold_every_path_once_and_in_order(paths: list[CheckpointPath]) -> None:
    groups = group_by_run([path.format() for path in paths])

    grouped = [path for group in groups.values() for path in group]

    assert grouped == sorted(paths, key=CheckpointPath.sort_key)
    assert all(path.run == run for run, group in groups.items() for path in group)


def _moment(name: EpochCheckpoint) -> tuple[int, int, int]:
    return name.epoch, name.step, name.version or 0


# --------------------------------------------------------------------------------------------------------------------
# Metrics.

# As many digits as the longest exact quotient of a double needs: 309 before the point and four after it.
_exact: Final = decimal.Context(prec=320, rounding=decimal.ROUND_HALF_EVEN)


@given(strategies.metric_values() | st.floats())
@example(-0.0)
@example(0.03125)
@example(0.09375)
@example(-0.00005)
@example(99_999_999_999.99994)
@example(99_999_999_999.99998)
def test_metric_value_is_the_exact_value_rounded_half_to_even(value: float) -> None:
    rounded = Decimal(value).quantize(Decimal("0.0001"), context=_exact) if math.isfinite(value) else Decimal("NaN")

    if rounded.is_nan() or abs(rounded) >= 10**11:
        with pytest.raises(FieldError):
            Metric("m", value)
    else:
        metric = Metric("m", value)
        assert metric.value == float(rounded)
        assert math.copysign(1, metric.value) == (-1 if rounded < 0 else 1)
        assert metric.format() == f"m-{abs(rounded) if rounded.is_zero() else rounded}"


_stored_values: Final = strategies.metrics().map(lambda metric: metric.value)


@given(st.floats() | _stored_values | st.builds(math.nextafter, _stored_values, st.sampled_from([-math.inf, math.inf])))
@example(-0.0)
@example(99_999_999_999.9999)
@example(math.nextafter(99_999_999_999.9999, math.inf))
@example(1e11)
def test_value_is_stored_unchanged_if_and_only_if_its_text_means_it(value: float) -> None:
    text = f"{value:.4f}"

    is_own_text = float(text) == value and abs(value) < 10**11 and text != "-0.0000"

    assert _fields.is_metric_value(value) == is_own_text


@given(strategies.metrics())
def test_rounding_a_metric_twice_changes_nothing(metric: Metric) -> None:
    assert Metric(metric.name, metric.value) == metric


# --------------------------------------------------------------------------------------------------------------------
# Labels made of other texts.

LABELS: Final[dict[LabelField, tuple[str, st.SearchStrategy[str]]]] = {
    "tag": (_grammar.TAG, strategies.tags()),
    "architecture": (_grammar.ARCHITECTURE, strategies.architectures()),
    "encoder": (_grammar.ENCODER, strategies.encoders()),
    "phase": (_grammar.PHASE, strategies.phases()),
    "metric": (_grammar.METRIC_NAME, strategies.metric_names()),
}
TEXTS_FOR_LABELS: Final = {
    field: ANY_TEXTS | strategies.near_misses(labels) | st.text(strategies._NASTY, min_size=64)
    for field, (_, labels) in LABELS.items()
}
every_field = pytest.mark.parametrize("field", LABELS)


@every_field
@given(data=st.data())
def test_sanitized_label_is_valid_and_stays_unchanged(field: LabelField, data: st.DataObject) -> None:
    pattern, _ = LABELS[field]
    text = data.draw(TEXTS_FOR_LABELS[field])

    if re.search(r"[0-9A-Za-z]", text):
        label = sanitize_label(text, field)
        assert re.fullmatch(pattern, label)
        assert sanitize_label(label, field) == label
    else:
        with pytest.raises(FieldError):
            sanitize_label(text, field)


@every_field
@given(data=st.data())
def test_valid_label_is_not_changed_by_sanitizing(field: LabelField, data: st.DataObject) -> None:
    _, labels = LABELS[field]
    label = data.draw(labels)

    assert sanitize_label(label, field) == label


@given(strategies.near_misses(strategies.tags()))
def test_tag_is_stored_or_refused_with_position_and_valid_suggestion(text: str) -> None:
    if re.fullmatch(_grammar.TAG, text):
        assert RunId(tag=text, architecture="a", phase="p", timestamp=NOON).tag == text
    else:
        with pytest.raises(FieldError) as caught:
            RunId(tag=text, architecture="a", phase="p", timestamp=NOON)
        assert caught.value.position is not None
        assert 0 <= caught.value.position <= len(text)
        assert caught.value.suggestion is None or re.fullmatch(_grammar.TAG, caught.value.suggestion)


@given(strategies.texts() | strategies.logged_keys(), strategies.metric_values())
def test_metric_of_a_logged_key_is_valid(key: str, value: float) -> None:
    if re.search(r"[0-9A-Za-z]", key.rpartition("/")[2]):
        metric = Metric.from_logged(key, value)
        assert re.fullmatch(_grammar.METRIC, metric.format())
        assert metric == Metric(metric.name, value)
    else:
        with pytest.raises(FieldError):
            Metric.from_logged(key, value)
