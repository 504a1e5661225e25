"""The names of PyTorch-Ignite, and of MONAI, which builds on it.

Ignite writes one number, which is the iteration unless the user's function makes it the epoch; the name does not say
which, so each name with a number has two readings. MONAI writes what the number is where Ignite writes what the score
is.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ckpt_scheme.legacy._families._declaring import declare
from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._reading import Kind

_ITS_TESTS: Final = "pytorch/ignite:tests/ignite/handlers/test_checkpoint.py"

_ignite = partial(declare, "ignite", source="pytorch/ignite:ignite/handlers/checkpoint.py")
_monai = partial(declare, "monai", source="Project-MONAI/MONAI:monai/handlers/checkpoint_saver.py")

_NUMERALS: Final[tuple[tuple[str, Kind, str, dict[str, Any]], ...]] = (
    ("iteration", "step", "{step:plain}", {"counts": "steps", "steps_behind": 0}),
    ("epoch", "epoch", "{epoch:plain}", {"counts": "epochs", "epoch_base": 1, "epochs_behind": 0}),
)

# The key of the one object that is saved, or the word for several.
_OBJECTS: Final = ("checkpoint", "model")

# What is before the object: the id, the template, the example. Only "best" says something of the kind.
_PREFIXES: Final = (("", "", ""), ("best-", "best_", "best_"), ("prefixed-", "{prefix:other_prefix}_", "myprefix_"))

# What is behind it, written with four decimals unless it is an integer: the id, the template, the example.
_SCORES: Final = (
    ("", "", ""),
    ("-scored", "_{metric:score}={value:number}", "_acc=0.9999"),
    ("-score", "_{score:decimal4}", "_0.9999"),
)


def _format(
    format: str,  # noqa: A002 - the word of the design
    kind: Kind,
    template: str,
    example: str,
    extensions: tuple[str, ...] = (".pt",),
    **more: Any,  # noqa: ANN401 - they are the fields of Format
) -> Format:
    if "{score:" in template:
        more["metrics"] = ("score",)
    return _ignite(format, kind, template, f"{example}{extensions[0]}", extensions=extensions, **more)


def _numbered(
    format: str,  # noqa: A002 - the word of the design
    template: str,
    example: str,
    *,
    is_best: bool = False,
    **more: Any,  # noqa: ANN401 - they are the fields of Format
) -> tuple[Format, ...]:
    """Return both readings of a template whose number is written ``{number}``."""
    return tuple(
        _format(
            format.replace("{number}", numeral),
            "best" if is_best else kind,
            template.replace("{number}", field),
            example,
            **counted,
            **more,
        )
        for numeral, kind, field, counted in _NUMERALS
    )


_DEFAULTS: Final = (
    *(
        part
        for name in _OBJECTS
        for prefix_id, prefix, prefixed in _PREFIXES
        for score_id, score, scored in _SCORES
        for part in _numbered(
            f"{prefix_id}{name}-{{number}}{score_id}",
            f"{prefix}{name}_{{number}}{score}",
            f"{prefixed}{name}_40{scored}",
            is_best=prefix_id == "best-",
            # Before 0.4 the extension was ".pth", which without a score is what others write.
            extensions=(".pt", ".pth") if score_id == "-scored" else (".pt",),
        )
    ),
    *(
        _format(
            f"{prefix_id}{name}{score_id}",
            "best" if prefix_id == "best-" else "metric",
            f"{prefix}{name}{score}",
            f"{prefixed}{name}{scored}",
            extensions=(".pt", ".pth") if score_id == "-scored" else (".pt",),
        )
        for name in _OBJECTS
        for prefix_id, prefix, prefixed in _PREFIXES
        for score_id, score, scored in _SCORES[1:]
    ),
    *(_format(f"best-{name}", "best", f"best_{name}", f"best_{name}") for name in _OBJECTS),
)

# The user's own pattern: those of its documentation and tests, where fields without a value are "None".
_PATTERNS: Final = (
    *(
        part
        for name in _OBJECTS
        for part in (
            *_numbered(f"pattern-{name}-first-{{number}}", f"{{number}}-{name}-{{score:number}}", f"30000-{name}-94"),
            *_numbered(
                f"pattern-{name}-first-{{number}}-chk",
                f"{{number}}-{name}-{{score:decimal4}}",
                f"12-{name}-0.9999",
                source=_ITS_TESTS,
                extensions=(".chk.pt",),
            ),
            *_numbered(
                f"pattern-{name}-unset-{{number}}",
                f"{{number}}-chk--{name}-None-None",
                f"203-chk--{name}-None-None",
                source=_ITS_TESTS,
            ),
            *_numbered(
                f"pattern-chk-{name}-{{number}}", f"chk-{name}--{{number}}", f"chk-{name}--203", source=_ITS_TESTS
            ),
            *_numbered(
                f"pattern-chk-best-{name}-{{number}}",
                f"chk-best--{name}--{{number}}",
                f"chk-best--{name}--203",
                is_best=True,
                source=_ITS_TESTS,
            ),
            *_numbered(
                f"pattern-chk-{name}-{{number}}-scored",
                f"chk-{name}-{{number}}-{{metric:score}}-{{value:number}}",
                f"chk-{name}-12-acc-0.9999",
                source=_ITS_TESTS,
            ),
            _format(
                f"pattern-chk-{name}-score",
                "metric",
                f"chk-{name}--{{score:decimal4}}",
                f"chk-{name}--0.9999",
                source=_ITS_TESTS,
            ),
            _format(
                f"pattern-chk-{name}-scored",
                "metric",
                f"chk-{name}--{{metric:score}}--{{value:number}}",
                f"chk-{name}--acc--0.9999",
                source=_ITS_TESTS,
            ),
            _format(
                f"pattern-save-{name}-scored",
                "metric",
                f"SAVE-{name}-{{metric:score}}-{{value:number}}",
                f"SAVE-{name}-acc-0.9999",
                source=_ITS_TESTS,
                extensions=(".pth",),
            ),
            _format(
                f"pattern-best-{name}-score",
                "best",
                f"best-{name}-{{score:decimal4}}",
                f"best-{name}-0.9999",
                source=_ITS_TESTS,
                extensions=(".chk",),
            ),
            _format(
                f"pattern-best-{name}-scored",
                "best",
                f"best-{name}-{{metric:score}}-{{value:number}}",
                f"best-{name}-acc-0.9999",
                source=_ITS_TESTS,
                extensions=(".chk",),
            ),
        )
    ),
)

_MONAI: Final = tuple(
    part
    for name in (*_OBJECTS, "net")
    for prefix_id, prefix, prefixed in (("", "", ""), ("prefixed-", "{prefix:word}_", "test_"))
    for part in (
        _monai(
            f"{prefix_id}{name}-epoch",
            "epoch",
            f"{prefix}{name}_epoch={{epoch:plain}}.pt",
            f"{prefixed}{name}_epoch=1.pt",
            counts="epochs",
            epoch_base=1,
            epochs_behind=0,
        ),
        _monai(
            f"{prefix_id}{name}-iteration",
            "step",
            f"{prefix}{name}_iteration={{step:plain}}.pt",
            f"{prefixed}{name}_iteration=400.pt",
            counts="steps",
            steps_behind=0,
        ),
        _monai(
            f"{prefix_id}{name}-final-iteration",
            "final",
            f"{prefix}{name}_final_iteration={{step:plain}}.pt",
            f"{prefixed}{name}_final_iteration=1000.pt",
            counts="steps",
            steps_behind=0,
        ),
        _monai(
            f"{prefix_id}{name}-key-metric",
            "best",
            f"{prefix}{name}_key_metric={{key_metric:number}}.pt",
            f"{prefixed}{name}_key_metric=0.9387.pt",
            metrics=("key_metric",),
        ),
    )
)

FORMATS: Final = (*_DEFAULTS, *_PATTERNS, *_MONAI)
