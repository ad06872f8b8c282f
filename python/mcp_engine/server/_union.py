"""Unions: the schema of any of their members, and what finds out of which one a value is.

Members are tried in the order of the annotation; of objects, the one that has most of the members of the value comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core import compile_schema
from ._scalars import Found, Loader, apply, as_float, as_int

if TYPE_CHECKING:
    from ._schema import Types

__all__ = ["union"]


def union(within: Types, found: list[Found]) -> Found:
    """The type of a value that is of any of these."""
    schema = {"anyOf": [schema for schema, _ in found]}
    loads = {load for _, load in found}
    if as_int in loads and as_float in loads:
        # A number is both, and stays what it was spelled as.
        found = [(own, None if load in (as_int, as_float) else load) for own, load in found]
    made = [load for _, load in found if load is not None]
    if not made:
        return schema, None
    if set(made) in ({as_int}, {as_float}):
        return schema, made[0]
    others = [load for own, load in found if own != {"type": "null"}]
    if len(others) == 1:
        load = others[0]
        return schema, lambda value: None if value is None else apply(load, value)
    return schema, _Union(within, found)


class _Union:
    """Finds out which member of a union a value is of."""

    def __init__(self, within: Types, found: list[Found]) -> None:
        self._within, self._found = within, found
        self._members: list[_Member] | None = None

    def __call__(self, value: Any) -> Any:
        if self._members is None:
            self._members = [_Member(self._within, own) for own in self._found]
        fitting = [own for own in self._members if own.compiled.is_valid(value)]
        if isinstance(value, dict):
            fitting.sort(key=lambda own: -len(own.names & value.keys()))
        refused: Exception | None = None
        for own in fitting:
            try:
                return apply(own.load, value)
            except Exception as error:
                # Its schema does not tell everything: the text may be a date, and the next member any text.
                refused = refused or error
        if refused is not None:
            raise refused
        return value


class _Member:
    def __init__(self, within: Types, found: Found) -> None:
        schema, self.load = found
        self.compiled = compile_schema(within.whole(schema))
        self.names = frozenset(within.resolved(schema).get("properties", ()))
