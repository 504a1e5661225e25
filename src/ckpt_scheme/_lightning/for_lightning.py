"""What `ckpt_scheme.lightning` offers: the adapter for ``lightning.pytorch``."""

from __future__ import annotations

from typing import Any, Literal

import lightning.pytorch as framework
from lightning.pytorch.callbacks import ModelCheckpoint

from ckpt_scheme._lightning.naming import SchemeNaming, has_safe_links


class SchemeCheckpoint(SchemeNaming, ModelCheckpoint):
    _framework = "lightning.pytorch"
    _has_safe_links = has_safe_links(framework)


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
    """Return the usual pair of callbacks: one for the best checkpoints, and one for epochs and ``last.ckpt``.

    The best ones come first, for Lightning takes ``ckpt_path="best"`` for the best of the first callback.

    Args:
        monitor: The key of the logged metric that the best ones are best by.
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        save_top_k: How many of the best to keep; -1: all.
        keep_epochs: 1 keeps the newest epoch, -1 all of them, 0 none.
        save_last: Whether to write ``last.ckpt``; ``"link"`` makes it a link to the newest epoch.
        metric_label: What the metric is called in names; None: derived from *monitor*.
        **shared: Whatever else `SchemeCheckpoint` takes, for both.
    """
    return [
        SchemeCheckpoint(
            kind="best", monitor=monitor, mode=mode, save_top_k=save_top_k, metric_label=metric_label, **shared
        ),
        SchemeCheckpoint(kind="epoch", save_top_k=keep_epochs, save_last=save_last, **shared),
    ]
