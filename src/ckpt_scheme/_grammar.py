r"""The grammar of ``docs/spec.md``, each rule in the specification's own words above the pattern that implements it.

The patterns are plain text without anchors, groups, look-around, back-references or classes such as ``\d``, so that
they mean the same in every regex engine; use them with a full match. No class holds a ``-`` outside a range, for
JavaScript's ``v`` flag reads it as an operator there and POSIX brackets have no escape for it. The patterns are exact:
they also hold the rules that the ABNF can only say in a comment (days that exist, no minus zero).
``tests/core/test_grammar.py`` proves both claims.
"""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = "1.0"

CHECKPOINTS: Final = "checkpoints"
LOGS: Final = "logs"
SUBMISSIONS: Final = "submissions"
EXTENSION: Final = ".ckpt"

# Limits that no single pattern shows. All other limits follow from the rules below.
MAX_LABEL: Final = 64
MAX_PHASE: Final = 32
MAX_DIGITS: Final = 18
MAX_NUMBER: Final = 10**MAX_DIGITS - 1
MAX_RUN_ID: Final = 243  # three labels, a phase, a timestamp, and the separators
MAX_INTEGER_DIGITS: Final = 11  # with four decimals 15 digits, which a double holds without loss

# alnum           = ALPHA / DIGIT
ALNUM: Final = r"[0-9A-Za-z]"

# nonzero         = %x31-39
NONZERO: Final = r"[1-9]"

# word            = alnum *63( alnum / "_" )
WORD: Final = r"[0-9A-Za-z][0-9A-Z_a-z]{0,63}"

# root            = 1*%x01-10FFFF          ; any path or URL prefix, not interpreted
ROOT: Final = r"[^\x00]+"

# version         = nonzero *17DIGIT
VERSION: Final = r"[1-9][0-9]{0,17}"

# Four digits that are not all zero: a year, and the decimals of a value between zero and minus one.
_NONZERO_4: Final = r"(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"

# value           = [ "-" ] ( "0" / nonzero *10DIGIT ) "." 4DIGIT     ; never "-0.0000"
VALUE: Final = rf"(?:-?[1-9][0-9]{{0,10}}\.[0-9]{{4}}|0\.[0-9]{{4}}|-0\.{_NONZERO_4})"

# step            = 6DIGIT / nonzero 6*17DIGIT       ; at least six digits, no needless zero
STEP: Final = r"(?:[0-9]{6}|[1-9][0-9]{6,17})"

# epoch           = 2DIGIT / nonzero 2*17DIGIT       ; at least two digits, no needless zero
EPOCH: Final = r"(?:[0-9]{2}|[1-9][0-9]{2,17})"

# metric-name     = word
METRIC_NAME: Final = WORD

# metric          = metric-name "-" value
METRIC: Final = rf"{METRIC_NAME}-{VALUE}"

# last-stem       = %s"last"
LAST_STEM: Final = r"last"

# best-stem       = %s"best" [ "-" metric ]
BEST_STEM: Final = rf"best(?:-{METRIC})?"

# epoch-stem      = %s"epoch-" epoch %s"_step-" step [ "_" metric ]
EPOCH_STEM: Final = rf"epoch-{EPOCH}_step-{STEP}(?:_{METRIC})?"

# checkpoint-name = ( ( epoch-stem / best-stem ) [ %s"_v" version ] / last-stem ) %s".ckpt"
CHECKPOINT_NAME: Final = rf"(?:(?:{EPOCH_STEM}|{BEST_STEM})(?:_v{VERSION})?|{LAST_STEM})\.ckpt"

# time            = 6DIGIT                 ; HHMMSS, 00 to 23 hours, 00 to 59 minutes and seconds
TIME: Final = r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"

# A month and a day that every year has.
_COMMON_DAY: Final = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
# The last two digits of a leap year, or the first two of a leap year that ends in "00".
_FOURTH: Final = r"(?:0[48]|[2468][048]|[13579][26])"

# date            = 8DIGIT                 ; YYYYMMDD, a day that exists in the proleptic Gregorian calendar, years 0001 to 9999
DATE: Final = rf"(?:{_NONZERO_4}{_COMMON_DAY}|(?:[0-9]{{2}}{_FOURTH}|{_FOURTH}00)0229)"

# timestamp       = date "_" time
TIMESTAMP: Final = rf"{DATE}_{TIME}"

# phase           = alnum *31( alnum / "-" )
PHASE: Final = r"[0-9A-Za-z](?:[0-9A-Za-z]|-){0,31}"

# encoder         = alnum *63( alnum / "_" / "-" )
ENCODER: Final = r"[0-9A-Za-z](?:[0-9A-Z_a-z]|-){0,63}"

# architecture    = word
ARCHITECTURE: Final = WORD

# tag             = word
TAG: Final = WORD

# model           = architecture [ "-" encoder ]
MODEL: Final = rf"{ARCHITECTURE}(?:-{ENCODER})?"

# run-id          = tag "-" model "_" phase "_" timestamp
RUN_ID: Final = rf"{TAG}-{MODEL}_{PHASE}_{TIMESTAMP}"

# run-archive     = run-id %s".tar" [ %s".gz" / %s".zst" / %s".xz" ]
RUN_ARCHIVE: Final = rf"{RUN_ID}\.tar(?:\.(?:gz|zst|xz))?"

# checkpoint-path = [ root "/" ] run-id "/" %s"checkpoints" "/" checkpoint-name
CHECKPOINT_PATH: Final = rf"(?:{ROOT}/)?{RUN_ID}/{CHECKPOINTS}/{CHECKPOINT_NAME}"

LAST_NAME: Final = "last.ckpt"


def has_extension(name: str) -> bool:
    """Return whether *name* ends in ``.ckpt``, in any case and with or without ``/`` behind it."""
    return name.rstrip("/")[-len(EXTENSION) :].lower() == EXTENSION
