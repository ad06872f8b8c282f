"""What stands beside a type in ``Annotated``: words and bounds, which become members of its schema.

A bound that JSON Schema cannot say, as that of a date or of the length of bytes, is judged when the value is made.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ._scalars import Found, Loader, apply

__all__ = ["Argument", "is_field", "is_of_pydantic", "narrowed"]


@dataclasses.dataclass(frozen=True, slots=True)
class Argument:
    """What the schema of an argument says beside its type, in ``Annotated[int, Argument("How many.", ge=1)]``.

    Attributes:
        description: What it means, for the model.
        title: What people call it.
        ge, gt, le, lt, multiple_of: Bounds of a number.
        min_length, max_length: Bounds of the length of a text, an array or an object.
        pattern: What a text must match.
        examples: Values that show what is meant.
        header: The header that repeats it over HTTP (``x-mcp-header``, MCP 2026-07-28).
    """

    description: str | None = None
    title: str | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    examples: list[Any] | None = None
    header: str | None = None


# The names of attributes are those of ``annotated_types`` and of pydantic, too.
_WORDS = {"title": "title", "description": "description", "examples": "examples", "header": "x-mcp-header"}
_NUMBERS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "multiple_of": "multipleOf"}
_LENGTHS = {"min_length": "min", "max_length": "max"}
_COUNTED = {"array": "Items", "object": "Properties", "string": "Length"}
_CHECKS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
    "multiple_of": (lambda value, of: not value % of, "a multiple of"),
    "min_length": (lambda value, most: len(value) >= most, "of a length of at least"),
    "max_length": (lambda value, most: len(value) <= most, "of a length of at most"),
}
#: What a schema cannot say, and pydantic does.
_OF_PYDANTIC = (
    "discriminator",
    "strict",
    "strip_whitespace",
    "to_lower",
    "to_upper",
    "max_digits",
    "decimal_places",
    "allow_inf_nan",
    "coerce_numbers_to_str",
)


def narrowed(found: Found, metadata: tuple[Any, ...], definitions: Mapping[str, Any]) -> Found:
    """A type with what stands beside it."""
    schema, load = found
    checks: list[tuple[str, Any]] = []
    for own in _parts(metadata):
        if isinstance(own, str):
            schema["description"] = own
            continue
        schema.update({member: value for name, member in _WORDS.items() if (value := _said(own, name)) is not None})
        extra = getattr(own, "json_schema_extra", None)
        if isinstance(extra, dict):
            schema.update(extra)
        for name in (*_NUMBERS, *_LENGTHS, "pattern"):
            value = _said(own, name)
            if value is not None and not _narrow(schema, name, value, definitions) and name in _CHECKS:
                checks.append((name, value))
    return schema, _Checked(load, checks) if checks else load


def is_of_pydantic(metadata: tuple[Any, ...]) -> bool:
    """Whether only pydantic knows what that means: validators, discriminators and the like."""
    return any(
        hasattr(own, "__get_pydantic_core_schema__")
        or hasattr(own, "__get_pydantic_json_schema__")
        or any(_said(own, name) is not None for name in _OF_PYDANTIC)
        for own in _parts(metadata)
        if not isinstance(own, str)
    )


def is_field(own: Any) -> bool:
    """Whether it is a ``Field`` of pydantic, which may stand in ``Annotated`` or for a default."""
    return callable(getattr(own, "is_required", None)) and callable(getattr(own, "get_default", None))


def _parts(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for own in metadata:
        yield own
        inside = getattr(own, "metadata", None)
        if isinstance(inside, (list, tuple)):
            yield from inside


def _said(own: Any, name: str) -> Any:
    value = getattr(own, name, None)
    return None if callable(value) else value


def _narrow(schema: dict[str, Any], name: str, value: Any, definitions: Mapping[str, Any]) -> bool:
    """Adds a bound where it means something. Says whether the schema says all of it then."""
    members = schema.get("anyOf")
    if isinstance(members, list):
        own = [member for member in members if member.get("type") != "null"]
        return all([_narrow(member, name, value, definitions) for member in own])
    reference = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    kind = definitions.get(reference, schema).get("type")
    if name in _NUMBERS:
        if kind not in (None, "integer", "number") or isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        schema[_NUMBERS[name]] = value
    elif name in _LENGTHS:
        if kind not in (None, *_COUNTED) or "format" in schema or "contentEncoding" in schema:
            return False
        for counted in _COUNTED.values() if kind is None else (_COUNTED[kind],):
            schema[_LENGTHS[name] + counted] = value
    else:
        # A pattern that was compiled has it as its attribute.
        schema[name] = getattr(value, "pattern", value)
    return True


class _Checked:
    """Makes a value, and judges it."""

    def __init__(self, load: Loader | None, checks: list[tuple[str, Any]]) -> None:
        self._load, self._checks = load, checks

    def __call__(self, value: Any) -> Any:
        made = apply(self._load, value)
        for name, bound in self._checks:
            fits, words = _CHECKS[name]
            try:
                is_fitting = made is None or fits(made, bound)
            except TypeError:
                # It is of another member of a union, for which the bound means nothing.
                continue
            if not is_fitting:
                raise ValueError(f"{value!r} is not {words} {bound}")
        return made
