"""Types whose values are one value of JSON: their schemas, and what makes a value of Python of one that fits.

Loaders raise ``ValueError`` for what the schema cannot tell apart: a text that is no date, a number that is not finite.
"""

from __future__ import annotations

import binascii
import datetime
import decimal
import pathlib
import re
import types
import uuid
from base64 import b64decode
from collections.abc import Callable
from typing import Any

__all__ = ["FORMATS", "SIMPLE", "Found", "Loader", "apply", "as_float", "as_int"]

#: Makes the value of a type from a value of JSON that fits its schema.
Loader = Callable[[Any], Any]
#: A schema, and its loader; None where the value of JSON is the value of Python already.
Found = tuple[dict[str, Any], Loader | None]

_DURATION = re.compile(r"([-+])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{1,6})?)S)?)?")


def apply(load: Loader | None, value: Any) -> Any:
    """A value as a loader makes it, if there is one."""
    return value if load is None else load(value)


def as_int(value: Any) -> Any:
    """In JSON Schema 1.0 is an integer."""
    return int(value) if type(value) is float and value.is_integer() else value


def as_float(value: Any) -> Any:
    """A number is a float, however it is spelled."""
    return float(value) if type(value) is int else value


def _as_decimal(value: Any) -> decimal.Decimal:
    try:
        number = decimal.Decimal(str(value))
    except decimal.InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is no finite number")
    return number


def _as_bytes(value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is no base64") from None


def _as_duration(value: str) -> datetime.timedelta:
    found = _DURATION.fullmatch(value)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f"{value!r} is no duration such as P1DT2H30M")
    sign, *parts = found.groups()
    weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
    try:
        span = datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f"{value!r} is too long") from None
    return -span if sign == "-" else span


SIMPLE: dict[Any, Found] = {
    Any: ({}, None),
    object: ({}, None),
    None: ({"type": "null"}, None),
    types.NoneType: ({"type": "null"}, None),
    bool: ({"type": "boolean"}, None),
    int: ({"type": "integer"}, as_int),
    float: ({"type": "number"}, as_float),
    str: ({"type": "string"}, None),
    bytes: ({"type": "string", "contentEncoding": "base64"}, _as_bytes),
    bytearray: ({"type": "string", "contentEncoding": "base64"}, lambda value: bytearray(_as_bytes(value))),
    datetime.datetime: ({"type": "string", "format": "date-time"}, datetime.datetime.fromisoformat),
    datetime.date: ({"type": "string", "format": "date"}, datetime.date.fromisoformat),
    datetime.time: ({"type": "string", "format": "time"}, datetime.time.fromisoformat),
    datetime.timedelta: ({"type": "string", "format": "duration"}, _as_duration),
    uuid.UUID: ({"type": "string", "format": "uuid"}, uuid.UUID),
    decimal.Decimal: ({"type": ["number", "string"]}, _as_decimal),
    pathlib.Path: ({"type": "string"}, pathlib.Path),
    pathlib.PurePath: ({"type": "string"}, pathlib.PurePath),
    dict: ({"type": "object"}, None),
    list: ({"type": "array"}, None),
    tuple: ({"type": "array"}, tuple),
    set: ({"type": "array", "uniqueItems": True}, set),
    frozenset: ({"type": "array", "uniqueItems": True}, frozenset),
}
#: Formats of text by the module and the name of types that make themselves of it; so that nobody needs to import the module.
FORMATS = {
    ("ipaddress", "IPv4Address"): "ipv4",
    ("ipaddress", "IPv6Address"): "ipv6",
    ("ipaddress", "IPv4Network"): "ipv4network",
    ("ipaddress", "IPv6Network"): "ipv6network",
    ("ipaddress", "IPv4Interface"): "ipv4interface",
    ("ipaddress", "IPv6Interface"): "ipv6interface",
}
