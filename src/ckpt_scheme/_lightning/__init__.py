"""The adapter for PyTorch Lightning, behind `ckpt_scheme.lightning` and `ckpt_scheme.pytorch_lightning`.

`SchemeNaming` in ``naming`` is the whole adapter and imports no framework. ``for_lightning`` and
``for_pytorch_lightning`` each mix it into the ``ModelCheckpoint`` of one namespace. ``names`` and ``model`` read no
file; ``folder`` and ``claims`` do.
"""
