"""Arguments that are text, those of prompts and of URIs, as values of types.

A text that fits the schema of its argument is the value; any other one is read as JSON, so that numbers, lists and objects can be said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core import compile_schema, loads
from ..errors import Error, ValidationError
from ._function import Function
from ._scalars import Loader, apply

__all__ = ["Reader", "readers"]

#: Makes a value of text. Raises ValueError or an Error for what is none.
Reader = Callable[[Any], Any]
#: What a schema says that every text fits.
_OPEN: tuple[dict[str, str], ...] = ({}, {"type": "string"})
_WORDS = ("default", "description", "title", "examples", "x-mcp-header")


def readers(function: Function) -> dict[str, Reader]:
    """What makes values of text, by argument; those that are text themselves need nobody.

    Raises:
        SchemaError: a schema cannot be used.
    """
    loaders = dict(function.loaders)
    definitions = function.schema.get("$defs", {})
    found: dict[str, Reader] = {}
    for name, schema in function.schema["properties"].items():
        own = {member: value for member, value in schema.items() if member not in _WORDS}
        if own not in _OPEN or name in loaders:
            found[name] = _Typed({**own, "$defs": definitions} if definitions else own, loaders.get(name))
        else:
            found[name] = _text
    return found


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("it is no text")
    return value


class _Typed:
    def __init__(self, schema: dict[str, Any], load: Loader | None) -> None:
        self._schema, self._load = compile_schema(schema), load

    def __call__(self, value: Any) -> Any:
        return apply(self._load, self._judged(_text(value)))

    def _judged(self, text: str) -> Any:
        try:
            self._schema.validate(text)
            return text
        except ValidationError as refused:
            try:
                value = loads(text)
            except (Error, ValueError):
                raise refused from None
            if isinstance(value, str):
                raise
            self._schema.validate(value)
            return value
