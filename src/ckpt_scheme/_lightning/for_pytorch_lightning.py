"""The objects that `ckpt_scheme.pytorch_lightning` exports: the adapter for ``pytorch_lightning``."""

from __future__ import annotations

import pytorch_lightning as framework
from pytorch_lightning.callbacks import ModelCheckpoint

from ckpt_scheme._lightning.naming import SchemeNaming, has_safe_links


class SchemeCheckpoint(SchemeNaming, ModelCheckpoint):
    _framework = "pytorch_lightning"
    _has_safe_links = has_safe_links(framework)


scheme_checkpoints = SchemeCheckpoint.usual_pair
