"""Types of Python as JSON Schema 2020-12, and the values of JSON as those types.

Every type has a schema and a loader, which is ``None`` where the value of JSON is the value of Python already. What has a name of its own goes into
``$defs``, so that types may contain themselves.
"""

from __future__ import annotations

import collections.abc as abc
import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import types
import typing
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from .._core import compile_schema

__all__ = ["Argument", "Loader", "Types", "plain"]

#: Makes the value of a type from a value of JSON that fits its schema.
Loader = Callable[[Any], Any]


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


#: Members of a schema for attributes of what stands in ``Annotated``; those of ``annotated_types`` and of pydantic have the same names.
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "title": "title",
    "description": "description",
    "examples": "examples",
    "header": "x-mcp-header",
}


def _integer(value: Any) -> Any:
    # In JSON Schema 1.0 is an integer.
    return int(value) if type(value) is float else value


def _float(value: Any) -> Any:
    return float(value) if type(value) is int else value


_SIMPLE: dict[Any, tuple[dict[str, Any], Loader | None]] = {
    Any: ({}, None),
    object: ({}, None),
    None: ({"type": "null"}, None),
    types.NoneType: ({"type": "null"}, None),
    bool: ({"type": "boolean"}, None),
    int: ({"type": "integer"}, _integer),
    float: ({"type": "number"}, _float),
    str: ({"type": "string"}, None),
    bytes: ({"type": "string", "contentEncoding": "base64"}, b64decode),
    datetime.datetime: ({"type": "string", "format": "date-time"}, datetime.datetime.fromisoformat),
    datetime.date: ({"type": "string", "format": "date"}, datetime.date.fromisoformat),
    datetime.time: ({"type": "string", "format": "time"}, datetime.time.fromisoformat),
    uuid.UUID: ({"type": "string", "format": "uuid"}, uuid.UUID),
    decimal.Decimal: ({"type": ["number", "string"]}, lambda value: decimal.Decimal(str(value))),
    pathlib.Path: ({"type": "string"}, pathlib.Path),
    dict: ({"type": "object"}, None),
    list: ({"type": "array"}, None),
    tuple: ({"type": "array"}, tuple),
    set: ({"type": "array", "uniqueItems": True}, set),
    frozenset: ({"type": "array", "uniqueItems": True}, frozenset),
}
_ARRAYS: dict[Any, Callable[[Any], Any]] = {
    list: list,
    abc.Sequence: list,
    abc.Iterable: list,
    abc.Collection: list,
    abc.MutableSequence: list,
    set: set,
    abc.Set: set,
    frozenset: frozenset,
}
_OBJECTS = (dict, abc.Mapping, abc.MutableMapping)
_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


class Types:
    """The types of one schema, with the definitions that they share.

    Args:
        mode: "validation" for what is taken, "serialization" for what is given: models of pydantic tell them apart.
    """

    def __init__(self, mode: str = "validation") -> None:
        self.mode = mode
        self.definitions: dict[str, Any] = {}
        self._loaders: dict[Any, Loader | None] = {}
        self._names: dict[Any, str] = {}

    def of(self, annotation: Any) -> tuple[dict[str, Any], Loader | None]:
        """The schema and the loader of a type.

        Raises:
            TypeError: JSON has nothing for it.
        """
        try:
            schema, load = _SIMPLE[annotation]
            return dict(schema), load
        except (KeyError, TypeError):
            pass
        origin = typing.get_origin(annotation)
        arguments = typing.get_args(annotation)
        if origin is typing.Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin in (typing.Required, typing.NotRequired, typing.Final):
            return self.of(arguments[0])
        if origin is typing.Literal:
            return self._literal(arguments)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        if origin is tuple:
            return self._tuple(arguments)
        if origin in _ARRAYS:
            return self._array(arguments[0], _ARRAYS[origin])
        if origin in _OBJECTS:
            return self._object(arguments)
        return self._named(annotation)

    def root(self, annotation: Any) -> tuple[dict[str, Any], Loader | None]:
        """The same as a whole schema: what it refers to is in it."""
        schema, load = self.of(annotation)
        reference = schema.get("$ref", "")
        if reference.startswith("#/$defs/"):
            own = self.definitions[reference.removeprefix("#/$defs/")]
            schema = {**own, **{name: value for name, value in schema.items() if name != "$ref"}}
        return self.whole(schema), load

    def whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with the definitions that it needs."""
        needed: dict[str, Any] = {}
        _find(schema, self.definitions, needed)
        return {**schema, "$defs": needed} if needed else schema

    def _annotated(self, base: Any, metadata: tuple[Any, ...]) -> tuple[dict[str, Any], Loader | None]:
        schema, load = self.of(base)
        for own in metadata:
            if isinstance(own, str):
                schema["description"] = own
                continue
            for part in (own, *(getattr(own, "metadata", None) or ())):
                _bound(schema, part)
        return schema, load

    def _literal(self, values: tuple[Any, ...]) -> tuple[dict[str, Any], Loader | None]:
        plain_values = [value.value if isinstance(value, enum.Enum) else value for value in values]
        return _choice(plain_values), None

    def _union(self, members: tuple[Any, ...]) -> tuple[dict[str, Any], Loader | None]:
        found = [self.of(member) for member in members]
        schema = {"anyOf": [schema for schema, _ in found]}
        if all(load is None or load in (_integer, _float) for _, load in found):
            return schema, None
        others = [(schema, load) for schema, load in found if schema != {"type": "null"}]
        if len(others) == 1:
            load = others[0][1]
            return schema, lambda value: None if value is None or load is None else load(value)
        return schema, _Union(self, found)

    def _tuple(self, members: tuple[Any, ...]) -> tuple[dict[str, Any], Loader | None]:
        if len(members) == 2 and members[1] is Ellipsis:
            return self._array(members[0], tuple)
        found = [self.of(member) for member in members if member != ()]
        schema: dict[str, Any] = {"type": "array", "prefixItems": [schema for schema, _ in found]}
        schema.update(minItems=len(found), maxItems=len(found))
        loads = [load for _, load in found]
        return schema, lambda values: tuple(_apply(load, value) for load, value in zip(loads, values, strict=True))

    def _array(self, member: Any, make: Callable[[Any], Any]) -> tuple[dict[str, Any], Loader | None]:
        items, load = self.of(member)
        schema: dict[str, Any] = {"type": "array", "items": items}
        if make in (set, frozenset):
            schema["uniqueItems"] = True
        if load is None:
            return schema, None if make is list else make
        return schema, lambda values: make([load(value) for value in values])

    def _object(self, members: tuple[Any, ...]) -> tuple[dict[str, Any], Loader | None]:
        key, value = members
        if key not in (str, Any):
            raise TypeError(f"the keys of an object of JSON are strings, and not {key!r}")
        schema, load = self.of(value)
        whole = {"type": "object", "additionalProperties": schema or True}
        if load is None:
            return whole, None
        return whole, lambda values: {name: load(value) for name, value in values.items()}

    def _named(self, annotation: Any) -> tuple[dict[str, Any], Loader | None]:
        """What has a name of its own."""
        for own in ("__supertype__", "__value__"):
            if not isinstance(annotation, type) and hasattr(annotation, own):
                return self.of(getattr(annotation, own))
        if isinstance(annotation, typing.TypeVar):
            return self.of(annotation.__bound__ or Any)
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return _choice([member.value for member in annotation]), annotation
        if hasattr(annotation, "model_json_schema") and hasattr(annotation, "model_validate"):
            schema = annotation.model_json_schema(mode=self.mode)
            return self._adopt(schema), annotation.model_validate
        if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
            return self._define(annotation, self._dataclass)
        if typing.is_typeddict(annotation):
            return self._define(annotation, self._typed_dict)
        if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
            return self._define(annotation, self._named_tuple)
        if "pydantic" in sys.modules:
            return self._adapted(annotation)
        raise TypeError(f"there is no JSON Schema for {annotation!r}")

    def _adapted(self, annotation: Any) -> tuple[dict[str, Any], Loader | None]:
        """What pydantic knows."""
        import pydantic

        try:
            adapter: Any = pydantic.TypeAdapter(annotation)
            return self._adopt(adapter.json_schema(mode=self.mode)), adapter.validate_python
        except pydantic.errors.PydanticUserError as error:
            raise TypeError(f"there is no JSON Schema for {annotation!r}") from error

    def _adopt(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema of pydantic's, whose definitions become ours."""
        self.definitions.update(schema.pop("$defs", {}))
        return schema

    def _define(
        self, annotation: Any, make: Callable[[Any], tuple[dict[str, Any], Loader | None]]
    ) -> tuple[dict[str, Any], Loader | None]:
        name = self._names.get(annotation)
        if name is None:
            name = self._names[annotation] = self._free(annotation.__name__)
            self.definitions[name] = {}
            # It may be in itself: then its loader is only known when it is made.
            self._loaders[annotation] = lambda value: _apply(self._loaders[annotation], value)
            self.definitions[name], self._loaders[annotation] = make(annotation)
        return {"$ref": f"#/$defs/{name}"}, self._loaders[annotation]

    def _free(self, name: str) -> str:
        number, free = 1, name
        while free in self.definitions:
            number += 1
            free = f"{name}{number}"
        return free

    def _members(self, hints: Mapping[str, Any], required: list[str]) -> tuple[dict[str, Any], dict[str, Loader]]:
        found = {name: self.of(hint) for name, hint in hints.items()}
        schema: dict[str, Any] = {"type": "object", "properties": {name: schema for name, (schema, _) in found.items()}}
        if required:
            schema["required"] = required
        return schema, {name: load for name, (_, load) in found.items() if load is not None}

    def _dataclass(self, own: Any) -> tuple[dict[str, Any], Loader | None]:
        fields = [field for field in dataclasses.fields(own) if field.init]
        hints = typing.get_type_hints(own, include_extras=True)
        missing = dataclasses.MISSING
        required = [field.name for field in fields if field.default is missing and field.default_factory is missing]
        schema, loads = self._members({field.name: hints[field.name] for field in fields}, required)
        for field in fields:
            if field.default is not missing:
                add_default(schema["properties"][field.name], field.default)
        names = frozenset(field.name for field in fields)
        describe(schema, own)

        def load(value: Any) -> Any:
            return own(**{name: _apply(loads.get(name), part) for name, part in value.items() if name in names})

        return schema, load

    def _typed_dict(self, own: Any) -> tuple[dict[str, Any], Loader | None]:
        hints = typing.get_type_hints(own, include_extras=True)
        schema, loads = self._members(hints, sorted(own.__required_keys__, key=list(hints).index))
        describe(schema, own)
        if not loads:
            return schema, None
        return schema, lambda value: {name: _apply(loads.get(name), part) for name, part in value.items()}

    def _named_tuple(self, own: Any) -> tuple[dict[str, Any], Loader | None]:
        hints = typing.get_type_hints(own, include_extras=True)
        schema, load = self._tuple(tuple(hints.get(name, Any) for name in own._fields))
        return schema, lambda value: own(*_apply(load, value))


class _Union:
    """Finds out which member of a union a value is of."""

    def __init__(self, within: Types, found: list[tuple[dict[str, Any], Loader | None]]) -> None:
        self._within, self._found = within, found
        self._compiled: list[Any] | None = None

    def __call__(self, value: Any) -> Any:
        if self._compiled is None:
            self._compiled = [compile_schema(self._within.whole(schema)) for schema, _ in self._found]
        for compiled, (_, load) in zip(self._compiled, self._found, strict=True):
            if compiled.is_valid(value):
                return _apply(load, value)
        return value


def _apply(load: Loader | None, value: Any) -> Any:
    return value if load is None else load(value)


def _choice(values: list[Any]) -> dict[str, Any]:
    kinds = {_JSON_TYPES.get(type(value)) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    return {"enum": values} if kind is None else {"type": kind, "enum": values}


def _bound(schema: dict[str, Any], own: Any) -> None:
    for name, member in _BOUNDS.items():
        value = getattr(own, name, None)
        if value is not None and not callable(value):
            schema[member] = value
    for name, suffix in (("min_length", "min"), ("max_length", "max")):
        value = getattr(own, name, None)
        if isinstance(value, int):
            of = {"array": "Items", "object": "Properties"}.get(str(schema.get("type")), "Length")
            schema[suffix + of] = value


def describe(schema: dict[str, Any], own: Any) -> None:
    """Adds what a class says of itself."""
    text = own.__doc__
    # The one that a dataclass is given says nothing new.
    if text and not text.startswith(f"{own.__name__}("):
        schema["description"] = text.strip()


def add_default(schema: dict[str, Any], default: Any) -> None:
    """Adds what counts where nothing is said, if JSON can say it."""
    value = plain(default)
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        schema["default"] = value


def _find(schema: Any, definitions: Mapping[str, Any], needed: dict[str, Any]) -> None:
    """Which definitions a schema needs."""
    if isinstance(schema, list):
        for part in schema:
            _find(part, definitions, needed)
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix("#/$defs/")
        if name in definitions and name not in needed:
            needed[name] = definitions[name]
            _find(definitions[name], definitions, needed)
    for part in schema.values():
        _find(part, definitions, needed)


def plain(value: Any) -> Any:
    """A value as JSON can say it: dataclasses, enums, models, dates and the like become what their schemas say. Others stay as they are."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name if isinstance(name, str) else str(plain(name)): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, decimal.Decimal, pathlib.PurePath)):
        return str(value)
    return value
