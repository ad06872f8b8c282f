"""Tools, prompts, resources and completions: a function with what is said of it, and how its value becomes an answer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from .._core import Call
from ..errors import PeerError
from ._context import Question
from ._function import Function
from ._results import answer_prompt, answer_resource, answer_tool, output_of
from ._texts import Reader, readers

__all__ = ["Completions", "Entry", "Prompt", "Resource", "Tool"]

#: JSON-RPC: invalid parameters.
INVALID_PARAMS = -32602
#: MCP: there is no such resource.
RESOURCE_NOT_FOUND = -32002
_VARIABLE = re.compile(r"\{\+?([A-Za-z0-9_.]+)\}")


class Entry:
    """Something that a client can ask for.

    Attributes:
        kind: "tool", "prompt", "resource" or "template".
        name: What it is known by.
        definition: What the server says of it.
        function: Who serves it.
    """

    kind = ""
    wraps = "no"
    first: dict[str, Question] | None = None

    def __init__(self, name: str, definition: dict[str, Any], function: Function) -> None:
        self.name, self.function = name, function
        self.definition = {name: value for name, value in definition.items() if value not in (None, [], {})}

    def arguments(self, call: Call) -> dict[str, Any]:
        """What the function is called with. Raises PeerError for what it cannot be called with."""
        try:
            return self.function.arguments(call.arguments())
        except PeerError:
            raise
        except Exception as error:
            raise PeerError(INVALID_PARAMS, f"an argument is not right: {error}") from error

    def answer(self, call: Call, value: Any) -> None:
        """Answers with what the function has returned. Raises ValueError and TypeError for what is no answer."""
        raise NotImplementedError


class Tool(Entry):
    """A tool."""

    kind = "tool"

    def __init__(self, function: Function, name: str, said: Mapping[str, Any], structured: bool) -> None:
        output: dict[str, Any] | None = None
        if structured:
            self.wraps, output = output_of(_returned(function))
        if said.get("outputSchema") is not None:
            self.wraps, output = "object", said["outputSchema"]
        schema = said.get("inputSchema") or function.schema
        whole = {"name": name, "description": function.description, **_said(said), "inputSchema": schema, "outputSchema": output}
        super().__init__(name, whole, function)
        self.definition["inputSchema"] = schema

    def arguments(self, call: Call) -> dict[str, Any]:
        """See ``Entry``. What a loader says is for the model."""
        return self.function.arguments(call.arguments())

    def answer(self, call: Call, value: Any) -> None:
        """See ``Entry``."""
        answer_tool(call, value, self.wraps)


class Prompt(Entry):
    """A prompt."""

    kind = "prompt"

    def __init__(self, function: Function, name: str, said: Mapping[str, Any]) -> None:
        required = function.schema.get("required", [])
        arguments = [
            {
                "name": own,
                **({"description": schema["description"]} if "description" in schema else {}),
                "required": own in required,
            }
            for own, schema in function.schema["properties"].items()
        ]
        self._readers = readers(function)
        super().__init__(name, {"name": name, "description": function.description, "arguments": arguments, **_said(said)}, function)

    def arguments(self, call: Call) -> dict[str, Any]:
        """See ``Entry``. What is given is text."""
        given = call.arguments()
        try:
            read = _read(self._readers, given)
        except ValueError as error:
            raise PeerError(INVALID_PARAMS, str(error)) from error
        own = {name: value for name, value in read.items() if name in self.function.names or self.function.is_open}
        return self.function.completed(own)

    def answer(self, call: Call, value: Any) -> None:
        """See ``Entry``."""
        answer_prompt(call, value)


class Resource(Entry):
    """A resource, or those of a template."""

    def __init__(self, function: Function, uri: str, said: Mapping[str, Any]) -> None:
        variables = set(_VARIABLE.findall(uri))
        names = set(function.names)
        if "{" in uri and variables != names:
            raise TypeError(f"the template {uri!r} has {sorted(variables)}, and the function takes {sorted(names)}")
        if "{" not in uri and function.schema.get("required"):
            raise TypeError(f"the resource {uri!r} has no variables, and the function takes {sorted(names)}")
        self.kind = "template" if "{" in uri else "resource"
        self._readers = readers(function)
        self._mime_type = said.get("mimeType")
        member = "uriTemplate" if "{" in uri else "uri"
        own = {"name": function.name, "description": function.description, **_said(said), member: uri}
        super().__init__(uri, own, function)

    def arguments(self, call: Call) -> dict[str, Any]:
        """See ``Entry``. What cannot be a value is the URI of no resource."""
        try:
            return self.function.completed(_read(self._readers, call.arguments()))
        except ValueError as error:
            raise PeerError(RESOURCE_NOT_FOUND, f"there is no resource of that URI: {error}", {"uri": call.uri}) from error

    def answer(self, call: Call, value: Any) -> None:
        """See ``Entry``."""
        answer_resource(call, value, self._mime_type)


class Completions(Entry):
    """Everybody who completes arguments, by what they are of."""

    kind = "completion"

    def __init__(self) -> None:
        self._functions: dict[tuple[str, str], Function] = {}
        super().__init__("", {}, Function(self._none))

    def __bool__(self) -> bool:
        return bool(self._functions)

    def add(self, reference: str, argument: str, call: Callable[..., Any]) -> None:
        """Adds who completes an argument of a prompt, by its name, or of a template."""
        self._functions[reference, argument] = Function(call)

    def functions(self) -> list[Function]:
        """All of them."""
        return list(self._functions.values())

    def serve(self, call: Call) -> tuple[Function, dict[str, Any]]:
        """Who completes, and what with."""
        asked = call.arguments()
        try:
            reference, argument = asked["ref"], asked["argument"]
            own = self._functions.get((reference.get("name") or reference.get("uri"), argument["name"]))
            given = {"value": argument["value"], "context": (asked.get("context") or {}).get("arguments") or {}}
        except (AttributeError, KeyError, TypeError):
            raise PeerError(INVALID_PARAMS, "what is to be completed is not said") from None
        return own or self.function, {name: given[name] for name in (own or self.function).names if name in given}

    def answer(self, call: Call, value: Any) -> None:
        """Answers with the first values, as many as may be sent."""
        values = [str(own) for own in value]
        completion = {"values": values[:100], "total": len(values), "hasMore": len(values) > 100}
        call.answer({"completion": completion})

    @staticmethod
    def _none() -> list[str]:
        return []


def _returned(function: Function) -> Any:
    return Any if function.returns is inspect.Signature.empty else function.returns


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def _read(own: Mapping[str, Reader], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of arguments that were given as text. Raises ValueError with the name of one that is none."""
    read: dict[str, Any] = {}
    for name, text in given.items():
        try:
            read[name] = own[name](text) if name in own else text
        except Exception as error:
            raise ValueError(f"the argument {name!r} is not right: {error}") from error
    return read
