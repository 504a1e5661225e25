"""The objects that `ckpt_scheme.lightning` exports: the adapter for ``lightning.pytorch``."""

from __future__ import annotations

import lightning.pytorch as framework
from lightning.pytorch.callbacks import ModelCheckpoint

from ckpt_scheme._lightning.naming import SchemeNaming, has_safe_links


class SchemeCheckpoint(SchemeNaming, ModelCheckpoint):
    _framework = "lightning.pytorch"
    _has_safe_links = has_safe_links(framework)


scheme_checkpoints = SchemeCheckpoint.usual_pair
