"""How a family declares many formats in a short form: what each of them says is told by its place, the rest by name.

It is for frameworks of which a few lines say everything but what a name looks like. Where most formats say more than
that, ``partial(Format, framework=...)`` reads better, and does the same.
"""

from __future__ import annotations

from typing import Any, Final

from ckpt_scheme.legacy._format import Format
from ckpt_scheme.legacy._reading import Kind

STEP_DIRECTORY: Final[dict[str, Any]] = {"entry": "directory", "counts": "steps", "steps_behind": 0}
"""What is said of a directory whose number counts the steps that were made."""


def declare(
    framework: str,
    format: str,  # noqa: A002 - the word of the design
    kind: Kind,
    template: str,
    *examples: str,
    **more: Any,  # noqa: ANN401 - they are the fields of Format
) -> Format:
    """Return the format of these fields; *more* are its others, and `functools.partial` sets what many have in common.

    Raises:
        FieldError: As `Format` does.
    """
    return Format(framework=framework, format=format, kind=kind, template=template, examples=examples, **more)
