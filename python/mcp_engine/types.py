"""What servers have and say, as thin views of their JSON: nothing is copied, and ``fields`` has every member as the server wrote it."""

from __future__ import annotations

from typing import Any

from ._core import Message

__all__ = ["Prompt", "PromptResult", "Resource", "ResourceResult", "ResourceTemplate", "Tool", "ToolResult"]


class _Fields:
    __slots__ = ("fields",)

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

    @property
    def arguments(self) -> list[dict[str, Any]]:
        """What it may be given: objects with ``name``, ``description`` and ``required``."""
        return self.fields.get("arguments") or []


class Resource(_Named):
    """A resource of a server."""

    __slots__ = ()

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

    @property
    def contents(self) -> list[dict[str, Any]]:
        """Objects with ``uri``, ``mimeType``, and ``text`` or, in base 64, ``blob``."""
        return self.fields["contents"]

    @property
    def text(self) -> str:
        """The text of all contents that are text, each on lines of its own."""
        return "\n".join(part["text"] for part in self.contents if "text" in part)


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
        """Whether the tool has failed, and the content says why."""
        return self.message.is_error

    @property
    def text(self) -> str:
        """The text of all blocks that are text, each on lines of its own."""
        return self.message.text()

    @property
    def content(self) -> list[dict[str, Any]]:
        """The blocks: objects with ``type``, and ``text``, ``data`` or others."""
        return self.fields.get("content") or []

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
