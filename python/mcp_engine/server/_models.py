"""Types that have a name of their own: enums, dataclasses, ``TypedDict``, ``NamedTuple``, and what pydantic knows.

Those with members go into the definitions of the schema, where they may refer to themselves.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import pathlib
import sys
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._plain import can_be_said, plain
from ._scalars import FORMATS, Found, Loader, apply

if TYPE_CHECKING:
    from ._schema import Types

__all__ = ["add_default", "adapted", "choice", "named"]

_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def named(types: Types, annotation: Any) -> Found:
    """The schema and the loader of a type that has a name.

    Raises:
        TypeError: JSON has nothing for it.
    """
    for own in ("__supertype__", "__value__"):
        if not isinstance(annotation, type) and hasattr(annotation, own):
            return types.of(getattr(annotation, own))
    if isinstance(annotation, typing.TypeVar):
        if annotation.__constraints__:
            return types.of(typing.Union[annotation.__constraints__])
        return types.of(annotation.__bound__ or Any)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return choice([(member.value, member) for member in annotation], annotation)
    if hasattr(annotation, "model_json_schema") and hasattr(annotation, "model_validate"):
        return _model(types, annotation)
    if found := _members_of(types, annotation):
        return found
    if isinstance(annotation, type) and issubclass(annotation, pathlib.PurePath):
        return {"type": "string"}, annotation
    form = FORMATS.get((getattr(annotation, "__module__", ""), getattr(annotation, "__qualname__", "")))
    if form is not None:
        return {"type": "string", "format": form}, annotation
    return adapted(types, annotation)


def choice(members: list[tuple[Any, Any]], of: Any) -> Found:
    """One of several values, and what each stands for."""
    if not members:
        raise TypeError(f"there are no values of {of!r}")
    values = [plain(value) for value, _ in members]
    if not can_be_said(values):
        raise TypeError(f"JSON cannot say the values of {of!r}")
    kinds = {_JSON_TYPES.get(type(value)) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    schema = {"enum": values} if kind is None else {"type": kind, "enum": values}
    meant = [meant for _, meant in members]
    is_itself = all(one is other for one, other in zip(values, meant, strict=True))
    return schema, None if is_itself else _Choice(list(zip(values, meant, strict=True)))


class _Choice:
    """Finds what a value stands for."""

    def __init__(self, members: list[tuple[Any, Any]]) -> None:
        self._members = members

    def __call__(self, value: Any) -> Any:
        for own, meant in self._members:
            # In Python True is 1.
            if own == value and isinstance(own, bool) == isinstance(value, bool):
                return meant
        raise ValueError(f"{value!r} is none of the values that there are")


def adapted(types: Types, annotation: Any) -> Found:
    """What pydantic makes of a type.

    Raises:
        TypeError: it makes nothing of it, or is not there.
    """
    if "pydantic" not in sys.modules:
        raise TypeError(f"there is no JSON Schema for {annotation!r}")
    import pydantic

    try:
        adapter: Any = pydantic.TypeAdapter(annotation)
        return types.adopt(adapter.json_schema(mode=types.mode)), adapter.validate_python
    except (pydantic.errors.PydanticUserError, pydantic.errors.PydanticUndefinedAnnotation) as error:
        raise TypeError(f"there is no JSON Schema for {annotation!r}") from error


def _model(types: Types, own: Any) -> Found:
    import pydantic

    if own is pydantic.BaseModel:
        raise TypeError("there is no JSON Schema for BaseModel itself")
    try:
        return types.adopt(own.model_json_schema(mode=types.mode)), own.model_validate
    except (pydantic.errors.PydanticUserError, pydantic.errors.PydanticUndefinedAnnotation) as error:
        raise TypeError(f"there is no JSON Schema for {own!r}") from error


def _members_of(types: Types, annotation: Any) -> Found | None:
    """A type with members, perhaps one that is generic; None for another one."""
    own = typing.get_origin(annotation) or annotation
    if not isinstance(own, type) and not typing.is_typeddict(own):
        return None
    if dataclasses.is_dataclass(own):
        make = _dataclass
    elif typing.is_typeddict(own):
        make = _typed_dict
    elif issubclass(own, tuple) and hasattr(own, "_fields"):
        make = _named_tuple
    else:
        return None
    return types.define(annotation, own.__name__, lambda: make(types, own, _hints(annotation, own)))


def _hints(annotation: Any, own: Any) -> dict[str, Any]:
    """What its members are annotated with, where a generic one is of some types."""
    hints = typing.get_type_hints(own, include_extras=True)
    if annotation is own:
        return hints
    meant = dict(zip(own.__parameters__, typing.get_args(annotation), strict=False))
    return {name: _substituted(hint, meant) for name, hint in hints.items()}


def _substituted(hint: Any, meant: Mapping[Any, Any]) -> Any:
    if isinstance(hint, dataclasses.InitVar):
        return dataclasses.InitVar(_substituted(hint.type, meant))
    if isinstance(hint, typing.TypeVar):
        return meant.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if isinstance(hint, type) or not parameters:
        return hint
    return hint[tuple(meant.get(one, one) for one in parameters)]


def _dataclass(types: Types, own: Any, hints: Mapping[str, Any]) -> Found:
    # What it is made with, which is not what it has: there are fields that nobody gives, and values that it does not keep.
    taken = {
        parameter.name: parameter.default
        for parameter in inspect.signature(own).parameters.values()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    missing = inspect.Parameter.empty
    given = dataclasses.fields(own) if types.mode == "serialization" else ()
    names = [field.name for field in given] or list(taken)
    members = {name: hints.get(name, Any) for name in names}
    members = {name: hint.type if isinstance(hint, dataclasses.InitVar) else hint for name, hint in members.items()}
    schema, loads = _object(types, members, [name for name in names if taken.get(name) is missing])
    for name in names:
        if taken.get(name, missing) is not missing:
            add_default(schema["properties"][name], taken[name])
    _describe(schema, own)

    def load(value: Any) -> Any:
        return own(**{name: apply(loads.get(name), part) for name, part in value.items() if name in taken})

    return schema, load


def _typed_dict(types: Types, own: Any, hints: Mapping[str, Any]) -> Found:
    schema, loads = _object(types, hints, [name for name, hint in hints.items() if _is_needed(own, name, hint)])
    _describe(schema, own)
    if not loads:
        return schema, None
    return schema, lambda value: {name: apply(loads.get(name), part) for name, part in value.items()}


def _is_needed(own: Any, name: str, hint: Any) -> bool:
    """Whether a member of a ``TypedDict`` is, which the class does not know itself where its annotations are text."""
    while (origin := typing.get_origin(hint)) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    return origin is typing.Required or (origin is not typing.NotRequired and name in own.__required_keys__)


def _named_tuple(types: Types, own: Any, hints: Mapping[str, Any]) -> Found:
    schema, load = types.of_each([hints.get(name, Any) for name in own._fields], len(own._fields) - len(own._field_defaults))
    return schema, lambda value: own(*load(value))


def _object(types: Types, hints: Mapping[str, Any], required: list[str]) -> tuple[dict[str, Any], dict[str, Loader]]:
    found = {name: types.of(hint) for name, hint in hints.items()}
    schema: dict[str, Any] = {"type": "object", "properties": {name: schema for name, (schema, _) in found.items()}}
    if required:
        schema["required"] = required
    return schema, {name: load for name, (_, load) in found.items() if load is not None}


def _describe(schema: dict[str, Any], own: Any) -> None:
    """Adds what a class says of itself."""
    text = own.__doc__
    # The one that a dataclass is given says nothing new.
    if text and not text.startswith(f"{own.__name__}("):
        schema["description"] = text.strip()


def add_default(schema: dict[str, Any], default: Any) -> None:
    """Adds what counts where nothing is said, if JSON can say it."""
    try:
        value = plain(default)
    except Exception:
        # It is only shown; the function gets it all the same.
        return
    if can_be_said(value):
        schema["default"] = value
