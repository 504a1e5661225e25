"""The console script ``ckpt-scheme``, and ``python -m ckpt_scheme``."""

from __future__ import annotations

import importlib.util
import sys


def main() -> int:
    """Run the command line on the arguments of the process.

    Returns:
        The exit status: 0, 1 if the command has findings or refuses its input, 2 if it cannot run.
    """
    # The core works without these two.
    missing = [needed for needed in ("click", "rich") if importlib.util.find_spec(needed) is None]
    if missing:
        sys.stderr.write(
            f"ckpt-scheme: the command line needs {' and '.join(missing)}: pip install 'ckpt-scheme[cli]'\n"
            "Without an installation: uvx --from 'ckpt-scheme[cli]' ckpt-scheme --help\n"
        )
        return 2
    from ckpt_scheme._cli import commands  # noqa: PLC0415 - it imports click and rich, which may be missing

    return commands.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
