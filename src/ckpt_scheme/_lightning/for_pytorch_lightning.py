"""`SchemeCheckpoint` and `scheme_checkpoints` for ``pytorch_lightning``; the door to them is `ckpt_scheme.pytorch_lightning`."""

from __future__ import annotations

from typing import Any, Literal

from pytorch_lightning import __version__
from pytorch_lightning.callbacks import ModelCheckpoint

from ckpt_scheme._lightning.callback import SchemeNaming


class SchemeCheckpoint(SchemeNaming, ModelCheckpoint):
    __doc__ = SchemeNaming.__doc__

    _framework = "pytorch_lightning"
    # Before 2.6 a link may come to lead to itself.
    _links_are_safe = tuple(map(int, __version__.split(".")[:2])) >= (2, 6)


def scheme_checkpoints(
    *,
    monitor: str,
    mode: str = "min",
    save_top_k: int = 1,
    keep_epochs: int = 1,
    save_last: bool | Literal["link"] = True,
    metric_label: str | None = None,
    **shared: Any,  # noqa: ANN401 - whatever SchemeCheckpoint takes
) -> list[SchemeCheckpoint]:
    """Return the usual pair of callbacks: the best checkpoints, then those of epochs with ``last.ckpt``.

    The best ones come first, for they are what ``ckpt_path="best"`` means.

    Args:
        monitor: The key of the logged metric that the best ones are best by.
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        save_top_k: How many of the best to keep; -1: all.
        keep_epochs: Of the epochs, 1 keeps the newest, -1 all of them, 0 none.
        save_last: Whether to write ``last.ckpt``; ``"link"`` makes it a link to the newest epoch.
        metric_label: What the metric is called in names; None: derived from *monitor*.
        **shared: Whatever else both callbacks are to be given.
    """
    return [
        SchemeCheckpoint(
            kind="best", monitor=monitor, mode=mode, save_top_k=save_top_k, metric_label=metric_label, **shared
        ),
        SchemeCheckpoint(kind="epoch", save_top_k=keep_epochs, save_last=save_last, **shared),
    ]
