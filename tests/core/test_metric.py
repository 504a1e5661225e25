"""`Metric`: its text, its rounding, its refusals, and `from_logged`."""

from __future__ import annotations

import pytest

from calls import untyped
from ckpt_scheme import FieldError, Metric


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (Metric("hmean", 0.8756), "hmean-0.8756"),
        (Metric("hmean", 0.89204), "hmean-0.8920"),
        (Metric("loss", -0.00001), "loss-0.0000"),
        (Metric("loss", -12.5), "loss--12.5000"),
        (Metric(name="loss", value=3), "loss-3.0000"),
    ],
)
def test_format_rounds_to_four_decimals(metric: Metric, text: str) -> None:
    assert metric.format() == text
    assert str(metric) == text


def test_metrics_with_the_same_text_are_equal() -> None:
    assert Metric("hmean", 0.89204) == Metric("hmean", 0.89196) == Metric("hmean", 0.892)
    assert hash(Metric("hmean", 0.89204)) == hash(Metric("hmean", 0.89196))
    assert Metric("loss", -0.0) == Metric("loss", 0)
    assert str(Metric("loss", -0.0)) == str(Metric("loss", 0))


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("val/hmean", 0.5, "metric name"), ("hmean", float("nan"), "metric value"), (None, 0.5, "metric name")],
)
def test_metric_refuses_an_invalid_name_or_value(name: object, value: float, kind: str) -> None:
    with pytest.raises(FieldError) as caught:
        untyped(Metric)(name, value)

    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("hmean", "hmean", id="a name already"),
        pytest.param("val/hmean", "hmean", id="the last part"),
        pytest.param("val/det/hmean", "hmean", id="the last of three parts"),
        pytest.param("val_loss", "val_loss", id="no parts"),
        pytest.param("val/h-mean @0.5", "h_mean_0_5", id="made valid"),
        pytest.param("/hmean", "hmean", id="slash first"),
        pytest.param("val/hmean/dataloader_idx_0", "hmean_dl0", id="first loader"),
        pytest.param("val/hmean/dataloader_idx_12", "hmean_dl12", id="loader of two digits"),
        pytest.param("hmean/dataloader_idx_1", "hmean_dl1", id="loader without parts before it"),
        pytest.param("dataloader_idx_1", "dataloader_idx_1", id="loader's words without a slash"),
        pytest.param("val/hmean/dataloader_idx_", "dataloader_idx_", id="loader without a number"),
        pytest.param("val/hmean/dataloader_idx_\u0661", "dataloader_idx", id="loader with a digit that is not ASCII"),
        pytest.param("a/dataloader_idx_1/hmean", "hmean", id="loader that is not last"),
        pytest.param("x" * 100, "x" * 64, id="cut to 64"),
    ],
)
def test_from_logged_makes_a_name_of_the_last_part_of_the_key(key: str, name: str) -> None:
    assert Metric.from_logged(key, 0.892) == Metric(name, 0.892)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("", 0.5, id="empty key"),
        pytest.param("/", 0.5, id="slash alone"),
        pytest.param("val/", 0.5, id="nothing after the last slash"),
        pytest.param("\u00e9", 0.5, id="nothing to keep"),
        pytest.param(b"hmean", 0.5, id="bytes"),
        pytest.param(None, 0.5, id="None"),
        pytest.param("hmean", float("nan"), id="nan"),
        pytest.param("hmean", "0.5", id="text for a value"),
    ],
)
def test_from_logged_refuses_a_key_without_name_and_an_invalid_value(key: object, value: object) -> None:
    with pytest.raises(FieldError):
        untyped(Metric.from_logged)(key, value)
