"""Values of Python as JSON can say them: dates, enums, models and the like become what their schemas say.

What JSON has nothing for stays as it is, and is refused by whoever writes it.
"""

from __future__ import annotations

import collections
import collections.abc as abc
import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import uuid
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from .._core import dumps

__all__ = ["can_be_said", "plain"]

_LISTED = (list, tuple, set, frozenset, collections.deque, abc.Set, abc.ValuesView)
_SPELLED = (uuid.UUID, decimal.Decimal, pathlib.PurePath)


def plain(value: Any) -> Any:
    """A value as JSON can say it."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name if type(name) is str else _key(name): plain(part) for name, part in value.items()}
    if isinstance(value, _LISTED):
        return [plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return duration(value)
    if isinstance(value, _SPELLED) or type(value).__module__ == "ipaddress":
        return str(value)
    return _of_pydantic(value)


def can_be_said(value: Any) -> bool:
    """Whether a plain value is JSON."""
    try:
        dumps(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def duration(value: datetime.timedelta) -> str:
    """A span of time in the form of ISO 8601."""
    sign = "-" if value.days < 0 else ""
    value = abs(value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    parts = ((hours, f"{hours}H"), (minutes, f"{minutes}M"), (seconds or fraction, f"{seconds}{fraction}S"))
    time = "".join(text for is_there, text in parts if is_there)
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}T{time}" if time else f"{sign}P{days or 'T0S'}"


def _key(name: Any) -> str:
    own = plain(name)
    return own if isinstance(own, str) else str(own)


def _of_pydantic(value: Any) -> Any:
    """What pydantic knows how to say: its URLs, secrets and the like."""
    pydantic_core = sys.modules.get("pydantic_core")
    if pydantic_core is None or hasattr(value, "__next__"):
        # What can be read once is not read here.
        return value
    try:
        return pydantic_core.to_jsonable_python(value)
    except (ValueError, TypeError, RecursionError):
        return value
