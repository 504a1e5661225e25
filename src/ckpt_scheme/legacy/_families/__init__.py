"""The families: how all frameworks name their checkpoints, declared.

A family is a module of frameworks that belong together, because they build on one another or do the same work. It
declares their formats and does nothing else; no function of its own reads a name.

A format is added to the module of its family, beside the others of its framework; `Format` says what its fields
mean. A new family is a new module, whose `FORMATS` take their place among those of all families below.
"""

from __future__ import annotations

from typing import Final

from ckpt_scheme.legacy._families import (
    control,
    deepspeed,
    early_frameworks,
    generative,
    hugging_face,
    ignite,
    jax,
    keras,
    kohya,
    language_models,
    lightning,
    megatron,
    nemo,
    ocr_project,
    ocr_project_runs,
    openmmlab,
    pytorch,
    speech,
    tensorflow,
    text_recognition,
    trainers,
    translation,
    trees,
    tuning,
    vision,
    vision_research,
    voices,
)

__all__ = ["FORMATS"]

FORMATS: Final = (
    *ocr_project.FORMATS,
    *ocr_project_runs.FORMATS,
    *lightning.FORMATS,
    *nemo.FORMATS,
    *hugging_face.FORMATS,
    *trainers.FORMATS,
    *ignite.FORMATS,
    *deepspeed.FORMATS,
    *megatron.FORMATS,
    *pytorch.FORMATS,
    *language_models.FORMATS,
    *openmmlab.FORMATS,
    *vision.FORMATS,
    *vision_research.FORMATS,
    *early_frameworks.FORMATS,
    *text_recognition.FORMATS,
    *generative.FORMATS,
    *kohya.FORMATS,
    *translation.FORMATS,
    *speech.FORMATS,
    *voices.FORMATS,
    *tensorflow.FORMATS,
    *keras.FORMATS,
    *jax.FORMATS,
    *control.FORMATS,
    *tuning.FORMATS,
    *trees.FORMATS,
)
"""The formats of all families. Of two that are equally specific, the reading in the first one comes first."""
