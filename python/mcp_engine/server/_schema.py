"""Types of Python as JSON Schema 2020-12, and the values of JSON as those types.

Every type has a schema and a loader, which is ``None`` where the value of JSON is the value of Python already. What has a name of its own goes into
``$defs``, so that types may contain themselves.
"""

from __future__ import annotations

import collections
import collections.abc as abc
import itertools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ._bounds import is_of_pydantic, narrowed
from ._models import adapted, choice, named
from ._scalars import SIMPLE, Found, Loader, apply
from ._union import union

__all__ = ["Types"]

_ARRAYS: dict[Any, Callable[[Any], Any]] = {
    list: list,
    abc.Sequence: list,
    abc.Iterable: list,
    abc.Collection: list,
    abc.MutableSequence: list,
    collections.deque: collections.deque,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
}
_OBJECTS = (dict, abc.Mapping, abc.MutableMapping)
#: What says of a member what no value shows.
_QUALIFIERS = (typing.Required, typing.NotRequired, typing.Final, getattr(typing, "ReadOnly", None))
_REFERENCE = "#/$defs/"
#: Members of a schema that are values.
_VALUES = frozenset({"default", "const", "enum", "examples"})
#: Those that are schemas by names of others.
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})


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

    def of(self, annotation: Any) -> Found:
        """The schema and the loader of a type.

        Raises:
            TypeError: JSON has nothing for it.
        """
        try:
            schema, load = SIMPLE[annotation]
            return dict(schema), load
        except (KeyError, TypeError):
            pass
        origin = typing.get_origin(annotation)
        arguments = typing.get_args(annotation)
        if origin is typing.Annotated:
            return self._annotated(annotation, arguments[1:])
        if origin is not None and origin in _QUALIFIERS:
            return self.of(arguments[0])
        if origin is typing.Literal:
            return self._literal(arguments)
        if origin in (typing.Union, types.UnionType):
            return union(self, [self.of(member) for member in arguments])
        if origin is tuple:
            return self.of(tuple) if annotation is typing.Tuple else self._tuple(arguments)
        # ``typing.List`` and its like may stand without brackets.
        if origin in _ARRAYS:
            return self._array(arguments[0] if arguments else Any, _ARRAYS[origin])
        if origin in _OBJECTS:
            return self._object(*(arguments or (str, Any)))
        return named(self, annotation)

    def of_each(self, members: typing.Sequence[Any], least: int) -> tuple[dict[str, Any], Loader]:
        """An array that has a type for each place, of which so many have to be there."""
        found = [self.of(member) for member in members]
        schema: dict[str, Any] = {"type": "array"}
        if found:
            schema["prefixItems"] = [schema for schema, _ in found]
        schema.update(minItems=least, maxItems=len(found))
        loads = [load for _, load in found]
        return schema, lambda values: tuple(apply(load, value) for load, value in zip(loads, values, strict=False))

    def root(self, annotation: Any) -> Found:
        """The same as a whole schema: what it refers to is in it."""
        schema, load = self.of(annotation)
        if "$ref" in schema:
            schema = {**self.resolved(schema), **{name: value for name, value in schema.items() if name != "$ref"}}
        return self.whole(schema), load

    def whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with the definitions that it needs."""
        needed = _needed(schema, self.definitions)
        return {**schema, "$defs": {name: own for name, own in self.definitions.items() if name in needed}} if needed else schema

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a schema refers to, or itself."""
        own: dict[str, Any] = self.definitions.get(schema.get("$ref", "").removeprefix(_REFERENCE), schema)
        return own

    def define(self, annotation: Any, name: str, make: Callable[[], Found]) -> Found:
        """A reference to what is defined here once."""
        own = self._names.get(annotation)
        if own is None:
            own = self._names[annotation] = self._free(name)
            self.definitions[own] = {}
            # It may be in itself: then its loader is only known when it is made.
            self._loaders[annotation] = lambda value: apply(self._loaders[annotation], value)
            self.definitions[own], self._loaders[annotation] = make()
        return {"$ref": _REFERENCE + own}, self._loaders[annotation]

    def adopt(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema of others, whose definitions become ours: under another name where ours of that name says something else."""
        own: dict[str, Any] = schema.pop("$defs", {})
        numbers = dict.fromkeys(own, 1)
        while True:
            names = {name: _numbered(name, number) for name, number in numbers.items()}
            found = {name: _renamed(definition, names) for name, definition in own.items()}
            clashing = {name for name, definition in found.items() if not self._is_free(names, name, definition)}
            if not clashing:
                break
            # What refers to another one that clashes may be the same as ours once that has its name.
            for name in {name for name in clashing if not _needed(own[name], own) & clashing - {name}} or clashing:
                numbers[name] += 1
        self.definitions.update((names[name], definition) for name, definition in found.items())
        renamed: dict[str, Any] = _renamed(schema, names)
        return renamed

    def _is_free(self, names: Mapping[str, str], name: str, definition: Any) -> bool:
        """Whether a definition can have its new name, which it may have already."""
        new = names[name]
        is_taken = sum(other == new for other in names.values()) > 1
        return not is_taken and self.definitions.get(new, definition) == definition

    def _annotated(self, annotation: Any, metadata: tuple[Any, ...]) -> Found:
        if is_of_pydantic(metadata):
            return adapted(self, annotation)
        return narrowed(self.of(typing.get_args(annotation)[0]), metadata, self.definitions)

    def _literal(self, values: tuple[Any, ...]) -> Found:
        return choice([(value, value) for value in values], typing.Literal)

    def _tuple(self, members: tuple[Any, ...]) -> Found:
        if len(members) == 2 and members[1] is Ellipsis:
            return self._array(members[0], tuple)
        return self.of_each(members, len(members))

    def _array(self, member: Any, make: Callable[[Any], Any]) -> Found:
        items, load = self.of(member)
        schema: dict[str, Any] = {"type": "array", "items": items}
        if make in (set, frozenset):
            schema["uniqueItems"] = True
        if load is None:
            return schema, None if make is list else make
        return schema, lambda values: make([load(value) for value in values])

    def _object(self, key: Any, value: Any) -> Found:
        schema, load = self.of(value)
        whole: dict[str, Any] = {"type": "object", "additionalProperties": schema or True}
        load_key = self._keys(key, whole)
        if load is None and load_key is None:
            return whole, None
        return whole, lambda values: {apply(load_key, name): apply(load, value) for name, value in values.items()}

    def _keys(self, key: Any, whole: dict[str, Any]) -> Loader | None:
        """Adds what the names of an object have to be, and returns what makes keys of them."""
        if key in (str, Any):
            return None
        if key is int:
            whole["propertyNames"] = {"pattern": "^-?[0-9]+$"}
            return int
        schema, load = self.of(key)
        if self.resolved(schema).get("type") != "string":
            raise TypeError(f"the keys of an object of JSON are text, and not {key!r}")
        whole["propertyNames"] = schema
        return load

    def _free(self, name: str) -> str:
        numbered = (_numbered(name, number) for number in itertools.count(1))
        return next(own for own in numbered if own not in self.definitions)


def _needed(schema: Any, definitions: Mapping[str, Any]) -> set[str]:
    """Which definitions a schema refers to, and these in turn."""
    needed: set[str] = set()
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(_REFERENCE)
            if name in definitions and name not in needed:
                needed.add(name)
                left.append(definitions[name])
        left.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return needed


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}{number}"


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """A schema whose references have other names."""
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _renamed_member(name, part, names) for name, part in schema.items()}


def _renamed_member(name: str, part: Any, names: Mapping[str, str]) -> Any:
    if name in _VALUES:
        return part
    if name in _NAMED and isinstance(part, dict):
        return {own: _renamed(schema, names) for own, schema in part.items()}
    if name == "$ref" and isinstance(part, str) and part.startswith(_REFERENCE):
        own = part.removeprefix(_REFERENCE)
        return _REFERENCE + names.get(own, own)
    if name == "discriminator" and isinstance(part, dict) and isinstance(part.get("mapping"), dict):
        mapping = {own: _renamed_member("$ref", reference, names) for own, reference in part["mapping"].items()}
        return {**part, "mapping": mapping}
    return _renamed(part, names)
