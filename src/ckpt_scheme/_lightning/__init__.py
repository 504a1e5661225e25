"""The adapter for PyTorch Lightning; its doors are `ckpt_scheme.lightning` and `ckpt_scheme.pytorch_lightning`.

`SchemeNaming` in ``naming`` is all that the adapter does, free of any framework; ``for_lightning`` and
``for_pytorch_lightning`` each join it to the stock callback of one namespace. ``names`` and ``model`` are pure;
``folder`` is what sees a file system.
"""
