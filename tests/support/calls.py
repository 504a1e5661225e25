"""Calls that the library refuses, and calls that a type checker refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ckpt_scheme.errors import FieldError


def raised(call: Callable[[], object]) -> FieldError:
    """Return the error that *call* raises."""
    with pytest.raises(FieldError) as caught:
        call()
    return caught.value


def untyped(function: Callable[..., object]) -> Callable[..., object]:
    """Return *function* without its types, for calls that a type checker refuses."""
    return function
