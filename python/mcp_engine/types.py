"""What servers have and say, as thin views of their JSON: nothing is copied, and ``fields`` has every member as the server wrote it.

What a view needs is looked at when it is made: a server that leaves it out, or writes something else, is told by a ``ProtocolError`` that says where.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from ._core import Message
from .errors import ProtocolError

__all__ = ["Prompt", "PromptResult", "Resource", "ResourceResult", "ResourceTemplate", "Tool", "ToolResult", "listed", "text_of"]

_KINDS: dict[type, str] = {str: "a string", list: "an array", dict: "an object", bool: "a boolean"}


def _expect(value: Any, kind: type, where: str) -> Any:
    """A value of an answer, if it is of its kind.

    Raises:
        ProtocolError: it is not.
    """
    if isinstance(value, kind):
        return value
    reason = f"the server's answer breaks MCP: {where} must be {_KINDS[kind]}"
    raise ProtocolError(reason, "peer", "response-malformed", reason, None, -32603)


def listed(value: Any, where: str, kind: type) -> list[Any]:
    """An array of values of one kind. Raises ProtocolError for anything else."""
    for at, one in enumerate(_expect(value, list, where)):
        _expect(one, kind, f"{where}[{at}]")
    return value


def text_of(value: Any, where: str) -> str:
    """A string. Raises ProtocolError for anything else."""
    return _expect(value, str, where)


class _Fields:
    __slots__ = ("fields",)

    #: Members that there must be: what they are, and for an array what is in it.
    _needs: ClassVar[dict[str, type]] = {}

    @classmethod
    def read(cls, value: Any, where: str = "result") -> Self:
        """A view of a value of an answer.

        Raises:
            ProtocolError: it is none: which member, and what it must be.
        """
        fields = _expect(value, dict, where)
        for name, kind in cls._needs.items():
            if _expect(fields.get(name), kind, f"{where}.{name}") and kind is list:
                listed(fields[name], f"{where}.{name}", dict)
        return cls(fields)

    def __init__(self, fields: dict[str, Any]) -> None:
        #: Every member, by its name in MCP.
        self.fields = fields

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.fields!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fields) and type(other) is type(self) and self.fields == other.fields

    __hash__ = None  # type: ignore[assignment]

    @property
    def meta(self) -> dict[str, Any]:
        """``_meta``; empty where there is none."""
        return self.fields.get("_meta") or {}


class _Named(_Fields):
    __slots__ = ()

    @property
    def name(self) -> str:
        """What programs call it."""
        return self.fields["name"]

    @property
    def title(self) -> str | None:
        """What people call it."""
        return self.fields.get("title")

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self.fields.get("description")


class Tool(_Named):
    """A tool of a server."""

    __slots__ = ()
    _needs = {"name": str, "inputSchema": dict}

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return self.fields["inputSchema"]

    @property
    def output_schema(self) -> dict[str, Any] | None:
        """The JSON Schema of its structured content."""
        return self.fields.get("outputSchema")

    @property
    def annotations(self) -> dict[str, Any]:
        """Hints about what it does, as its server claims."""
        return self.fields.get("annotations") or {}


class Prompt(_Named):
    """A prompt of a server."""

    __slots__ = ()
    _needs = {"name": str}

    @property
    def arguments(self) -> list[dict[str, Any]]:
        """What it may be given: objects with ``name``, ``description`` and ``required``."""
        return self.fields.get("arguments") or []


class Resource(_Named):
    """A resource of a server."""

    __slots__ = ()
    _needs = {"name": str, "uri": str}

    @property
    def uri(self) -> str:
        """Where it is."""
        return self.fields["uri"]

    @property
    def mime_type(self) -> str | None:
        """What it is."""
        return self.fields.get("mimeType")


class ResourceTemplate(_Named):
    """Resources of a server whose URIs follow a template."""

    __slots__ = ()
    _needs = {"name": str, "uriTemplate": str}

    @property
    def uri_template(self) -> str:
        """The template (RFC 6570)."""
        return self.fields["uriTemplate"]

    @property
    def mime_type(self) -> str | None:
        """What they all are."""
        return self.fields.get("mimeType")


class PromptResult(_Fields):
    """What became of a prompt."""

    __slots__ = ()
    _needs = {"messages": list}

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self.fields.get("description")

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Objects with ``role`` and ``content``."""
        return self.fields["messages"]


class ResourceResult(_Fields):
    """What a resource holds."""

    __slots__ = ()
    _needs = {"contents": list}

    @property
    def contents(self) -> list[dict[str, Any]]:
        """Objects with ``uri``, ``mimeType``, and ``text`` or, in base 64, ``blob``."""
        return self.fields["contents"]

    @property
    def text(self) -> str:
        """The text of all contents that are text, each on lines of its own."""
        parts = enumerate(self.contents)
        return "\n".join(text_of(part["text"], f"result.contents[{at}].text") for at, part in parts if "text" in part)


class ToolResult:
    """What a tool returned. Nothing of it becomes Python objects before it is asked for."""

    __slots__ = ("_fields", "message")

    def __init__(self, message: Message) -> None:
        #: The message as it came.
        self.message = message
        self._fields: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Every member of the result."""
        if self._fields is None:
            self._fields = self.message.payload() or {}
        return self._fields

    @property
    def is_error(self) -> bool:
        """Whether the tool has failed, and the content says why.

        Raises:
            ProtocolError: the server says neither that it has nor that it has not.
        """
        if self.message.is_error:
            return True
        said = self.message.member("isError")
        return False if said is None else _expect(said, bool, "result.isError")

    @property
    def text(self) -> str:
        """The text of all blocks that are text, each on lines of its own."""
        return self.message.text()

    @property
    def content(self) -> list[dict[str, Any]]:
        """The blocks: objects with ``type``, and ``text``, ``data`` or others.

        Raises:
            ProtocolError: there is something else in their place.
        """
        content = self.fields.get("content")
        return [] if content is None else listed(content, "result.content", dict)

    @property
    def structured_content(self) -> Any:
        """What fits the output schema of the tool; None where there is none."""
        return self.fields.get("structuredContent")

    @property
    def meta(self) -> dict[str, Any]:
        """``_meta``; empty where there is none."""
        return self.message.meta() or {}

    def __repr__(self) -> str:
        return f"ToolResult({bytes(self.message.raw_payload or b'')!r:.200})"
