"""The types of the fields that are a time, in each of the spellings that are in names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ckpt_scheme import _grammar
from ckpt_scheme.legacy._field_type import FieldType

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _moment(*units: str) -> datetime | None:
    """Return the time of year, month, day, hour, minute, second and microsecond, or None if there is none such."""
    day, time, fraction = "-".join(units[:3]), ":".join(units[3:6]), "".join(units[6:])
    try:
        return datetime.fromisoformat(f"{day}T{time or '00'}{'.' if fraction else ''}{fraction}")
    except ValueError:
        return None


def _spelled_moment(text: str) -> datetime | None:
    """Return the time whose units are the numbers of *text*, the largest first."""
    return _moment(*re.findall("[0-9]+", text))


def _coqui_moment(text: str) -> datetime | None:
    """Return the time of such as ``October-12-2023_02+15PM``, whatever the locale."""
    month, day, year, hour, minute = re.split("[-_+]", text)
    hours = int(hour) % 12 + 12 * minute.endswith("PM")
    return _moment(year, f"{_MONTHS.index(month) + 1:02}", day, f"{hours:02}", minute[:2])


def _day(text: str) -> datetime | None:
    return _moment(text[:4], text[4:6], text[6:])


def _hyphenated_stamp(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("-", "_"))


def _minute(text: str) -> datetime | None:
    return _moment(text[:4], text[4:6], text[6:8], text[9:11], text[11:])


def _dataset_minute(text: str) -> dict[str, Any]:
    """Return the run and its time, of such as ``coco20171029T2315``."""
    return {"run": text, "timestamp": _minute(text[-13:])}


_DATED: Final = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
COQUI_TIME: Final = (
    rf"(?:{'|'.join(_MONTHS)})-(?:0[1-9]|[12][0-9]|3[01])-20[0-9]{{2}}_(?:0[1-9]|1[0-2])\+[0-5][0-9][AP]M"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3])-[0-5][0-9]-[0-5][0-9]"

TIMES: Final[Mapping[str, FieldType]] = {
    "day": FieldType(_grammar.DATE, 8, _day, "0"),
    "dashed_time": FieldType(f"{_DATED}-{_CLOCK}", 19, _spelled_moment, "0-0-0-0-0-0"),
    "plus_time": FieldType(rf"{_DATED}\+{_CLOCK}", 19, _spelled_moment, "0-0-0+0-0-0"),
    "ray_second": FieldType(f"{_DATED}_{_CLOCK}", 19, _spelled_moment, "0-0-0_0-0-0"),
    "ray_time": FieldType(rf"{_DATED}_{_CLOCK}\.[0-9]{{6}}", 26, _spelled_moment, "0-0-0_0-0-0.0"),
    "hyphenated_stamp": FieldType(f"{_grammar.DATE}-{_grammar.TIME}", 15, _hyphenated_stamp, "0-0"),
    "coqui_time": FieldType(COQUI_TIME, 25, _coqui_moment),
    "minute": FieldType(rf"{_grammar.DATE}T(?:[01][0-9]|2[0-3])[0-5][0-9]", 13, _minute, "0T0"),
    "dataset_minute": FieldType(
        rf"[A-Za-z][A-Za-z_-]{{0,31}}{_grammar.DATE}T(?:[01][0-9]|2[0-3])[0-5][0-9]", 45, _dataset_minute, is_free=True
    ),
    "dated": FieldType(f"{_DATED}/{_CLOCK}", 19, _spelled_moment, "0-0-0/0-0-0", slashes=1),
}
"""The types that are a time, by their name."""
