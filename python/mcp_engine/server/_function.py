"""Functions that serve requests: what their arguments are, and how they are called."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import PeerError
from ._bounds import is_field
from ._context import Context
from ._models import add_default
from ._scalars import Loader
from ._schema import Types

__all__ = ["Function"]


class Function:
    """A function with the schema of its arguments.

    Attributes:
        call: The function.
        is_async: Whether its result has to be awaited.
        on_thread: Whether it is called on a thread of its own.
        schema: That of its arguments, an object.
        returns: Its annotation, or ``inspect.Signature.empty``.
    """

    def __init__(self, call: Callable[..., Any], *, on_thread: bool = False) -> None:
        if not callable(call):
            raise TypeError(f"it is no function: {call!r}")
        self.call = call
        own = call if inspect.isroutine(call) or isinstance(call, functools.partial) else type(call).__call__
        self.is_async = inspect.iscoroutinefunction(own)
        self.on_thread = on_thread
        if on_thread and self.is_async:
            raise TypeError("a coroutine function runs on the event loop, and not on a thread")
        signature, hints = _signature(call), _hints(call)
        self.returns = hints.get("return", inspect.Signature.empty)
        self.context: str | None = None
        #: Whether it takes arguments of every name.
        self.is_open = False
        self.loaders: list[tuple[str, Loader]] = []
        self.names: frozenset[str] = frozenset()
        #: What makes the defaults that Python does not know of.
        self._standards: dict[str, Callable[[], Any]] = {}
        self.schema = self._describe(signature, hints)

    @property
    def name(self) -> str:
        """What it is called."""
        own = self.call.func if isinstance(self.call, functools.partial) else self.call
        return getattr(own, "__name__", None) or type(own).__name__

    @property
    def description(self) -> str | None:
        """What it says of itself."""
        own = self.call.func if isinstance(self.call, functools.partial) else self.call
        return inspect.getdoc(own) if inspect.isroutine(own) or type(own).__doc__ else None

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What it is called with, but for its context. Raises ValueError for what is no value of its type."""
        if self.is_open or given.keys() <= self.names:
            arguments = given if isinstance(given, dict) else dict(given)
        else:
            arguments = {name: value for name, value in given.items() if name in self.names}
        for name, load in self.loaders:
            if name in arguments:
                arguments[name] = _loaded(name, load, arguments[name])
        return self.completed(arguments)

    def completed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments with the defaults that a ``Field`` of pydantic has."""
        for name, make in self._standards.items():
            if name not in arguments:
                arguments[name] = make()
        return arguments

    def _describe(self, signature: inspect.Signature, hints: Mapping[str, Any]) -> dict[str, Any]:
        types, names = Types(), []
        properties: dict[str, Any] = {}
        required = []
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.is_open = True
                continue
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
                raise TypeError(f"a client gives arguments by their names, and {parameter.name!r} of {self.name} cannot be given so")
            name, hint = parameter.name, hints.get(parameter.name, Any)
            if _is_context(hint):
                if self.context is not None:
                    raise TypeError(f"{self.name} has two parameters for its context: {self.context!r} and {name!r}")
                self.context = name
                continue
            properties[name] = self._argument(types, parameter, hint)
            if parameter.default is parameter.empty or is_field(parameter.default):
                required.append(name)
            names.append(name)
        self.names = frozenset(names)
        whole: dict[str, Any] = {"type": "object", "properties": properties}
        required = [name for name in required if name not in self._standards]
        if required:
            whole["required"] = required
        return types.whole(whole)

    def _argument(self, types: Types, parameter: inspect.Parameter, hint: Any) -> dict[str, Any]:
        name, default = parameter.name, parameter.default
        if is_field(default):
            hint = typing.Annotated[hint, default]
        try:
            schema, load = types.of(hint)
        except TypeError as error:
            raise TypeError(f"the argument {name!r} of {self.name}: {error}") from error
        if load is not None:
            self.loaders.append((name, load))
        if default is parameter.empty or is_field(default):
            for own in typing.get_args(hint)[1:]:
                if is_field(own) and not own.is_required():
                    self._standards[name] = functools.partial(own.get_default, call_default_factory=True)
                    # What a factory makes is made for each call, and for nothing else.
                    default = own.default if own.default_factory is None else parameter.empty
        if default is not parameter.empty and not is_field(default):
            add_default(schema, default)
        return schema


def _signature(call: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(call)
    except ValueError as error:
        raise TypeError(f"nobody knows what arguments {call!r} takes: write a function that calls it") from error


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    own: Any = call
    while isinstance(own, functools.partial):
        own = own.func
    if not inspect.isroutine(own):
        own = type(own).__call__
    try:
        return typing.get_type_hints(own, include_extras=True)
    except NameError as error:
        raise TypeError(f"the annotations of {own.__qualname__} cannot be read: {error}") from error


def _loaded(name: str, load: Loader, value: Any) -> Any:
    """The value of an argument. Raises ValueError, which names it as a schema does."""
    try:
        return load(value)
    except PeerError:
        raise
    except Exception as error:
        raise ValueError(f"/{name}: {error}") from error


def _is_context(hint: Any) -> bool:
    return hint is Context or Context in typing.get_args(hint)
