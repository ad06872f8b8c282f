"""What functions return, as answers of MCP."""

from __future__ import annotations

import typing
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core import Call, dumps
from ._plain import plain
from ._schema import Types

__all__ = ["Audio", "Image", "Message", "ToolResult", "answer_prompt", "answer_resource", "answer_tool", "output_of"]

#: What stands in content, and by which member it is known.
BLOCKS = {"text": "text", "image": "data", "audio": "data", "resource": "resource", "resource_link": "uri"}
#: How the files of pictures and sounds begin.
_BEGINNINGS = (
    (b"\x89PNG", "image", "image/png"),
    (b"\xff\xd8\xff", "image", "image/jpeg"),
    (b"GIF8", "image", "image/gif"),
    (b"ID3", "audio", "audio/mpeg"),
    (b"OggS", "audio", "audio/ogg"),
)
_WHOLE = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Image:
    """A picture among the content of a result or a prompt."""

    data: bytes
    mime_type: str = "image/png"

    def block(self) -> dict[str, Any]:
        """The block of content that it is."""
        return {"type": "image", "data": b64encode(self.data).decode(), "mimeType": self.mime_type}


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound among the content of a result or a prompt."""

    data: bytes
    mime_type: str = "audio/wav"

    def block(self) -> dict[str, Any]:
        """The block of content that it is."""
        return {"type": "audio", "data": b64encode(self.data).decode(), "mimeType": self.mime_type}


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a prompt.

    Attributes:
        content: Text, a picture, a sound, or a block of content as a dict.
        role: "user" or "assistant".
    """

    content: Any
    role: str = "user"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A whole result of a tool.

    Attributes:
        content: What a tool may return as content: text, blocks, or a list of them.
        structured: What fits the output schema of the tool; None for nothing.
        is_error: Whether the tool has failed, and the content says why.
        meta: ``_meta``.
    """

    content: Any = None
    structured: Any = None
    is_error: bool = False
    meta: dict[str, Any] = field(default_factory=dict)


_CONTENT = (Image, Audio, Message, ToolResult)


def output_of(annotation: Any) -> tuple[str, dict[str, Any] | None]:
    """How the results of a tool are wrapped, and the schema of what they become: an object is its own structured content, any other value is the member
    ``result`` of one, and content has none."""
    types = Types("serialization")
    if annotation is Any or _is_content(annotation):
        return "no", None
    try:
        schema, _ = types.root(annotation)
    except TypeError:
        return "no", None
    if schema.get("type") == "object":
        return "object", schema
    if not schema:
        return "no", None
    schema, _ = types.of(annotation)
    whole = {"type": "object", "properties": {"result": schema}, "required": ["result"]}
    return "result", types.whole(whole)


def _is_content(annotation: Any) -> bool:
    if isinstance(annotation, type) and (issubclass(annotation, _CONTENT) or annotation is bytes):
        return True
    # The blocks and results of the SDK.
    fields = getattr(annotation, "model_fields", None)
    if isinstance(fields, dict):
        kinds = typing.get_args(getattr(fields.get("type"), "annotation", None))
        return "isError" in fields or any(kind in BLOCKS for kind in kinds if isinstance(kind, str))
    return any(_is_content(own) for own in typing.get_args(annotation))


def answer_tool(call: Call, value: Any, wraps: str) -> None:
    """Answers the call of a tool.

    Raises:
        ValueError: JSON cannot say that, or it is no result.
    """
    if type(value) in _WHOLE:
        call.answer(value)
        return
    if isinstance(value, ToolResult):
        more: dict[str, Any] = {"isError": True} if value.is_error else {}
        if value.meta:
            more["_meta"] = value.meta
        structured = None if value.structured is None else plain(value.structured)
        call.answer_parts(_blocks(value.content), structured, more)
        return
    if isinstance(value, (Image, Audio, bytes)):
        call.answer_parts(_blocks(value))
        return
    known = plain(value)
    if isinstance(known, dict) and not (wraps == "no" and _is_block(known)):
        if wraps == "no" and _is_result(known):
            whole = _without_none(known)
            call.answer_parts(whole.pop("content"), whole.pop("structuredContent", None), whole)
        else:
            call.answer(known)
        return
    structured = None
    if wraps != "no":
        structured = {"result": known} if wraps == "result" else known
    call.answer_parts(_blocks(value), structured)


def answer_prompt(call: Call, value: Any) -> None:
    """Answers a request for a prompt.

    Raises:
        ValueError: it is no prompt.
    """
    if type(value) is str:
        call.answer(value)
        return
    if not isinstance(value, (str, Message, Image, Audio)) and isinstance(known := plain(value), dict) and "messages" in known:
        call.answer(_without_none(known))
        return
    messages = value if isinstance(value, (list, tuple)) else [value]
    call.answer({"messages": [_message(own) for own in messages]})


def answer_resource(call: Call, value: Any, mime_type: str | None) -> None:
    """Answers a request to read a resource.

    Raises:
        ValueError: it is no content of a resource.
    """
    if type(value) is str or type(value) is bytes:
        call.answer(value)
        return
    known = plain(value)
    if isinstance(known, dict) and "contents" in known:
        call.answer(_without_none(known))
    elif isinstance(known, list) and known and all(_is_contents(own) for own in known):
        call.answer({"contents": [_without_none(own) for own in known]})
    elif _is_contents(known):
        call.answer({"contents": [_without_none(known)]})
    else:
        text = dumps(known).decode()
        call.answer({"contents": [{"uri": call.uri, "mimeType": mime_type or "application/json", "text": text}]})


def _is_contents(value: Any) -> bool:
    return isinstance(value, dict) and "uri" in value and ("text" in value or "blob" in value)


def _is_result(value: Mapping[str, Any]) -> bool:
    return "content" in value and ("isError" in value or "structuredContent" in value)


def _is_block(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and BLOCKS.get(kind, "") in value


def _message(value: Any) -> dict[str, Any]:
    if isinstance(value, Message):
        return {"role": value.role, "content": _block(value.content)}
    known = value if isinstance(value, (str, Image, Audio)) else plain(value)
    if isinstance(known, dict) and "role" in known:
        return {"role": known["role"], "content": _block(known.get("content"))}
    return {"role": "user", "content": _block(value)}


def _blocks(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [block for own in value for block in _blocks(own)]
    return [_block(value)]


def _block(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"type": "text", "text": value}
    if isinstance(value, (Image, Audio)):
        return value.block()
    if isinstance(value, bytes):
        return _binary(value)
    known = plain(value)
    if _is_block(known):
        return _without_none(known)
    return {"type": "text", "text": dumps(known).decode()}


def _binary(value: bytes) -> dict[str, Any]:
    """A picture or a sound where its beginning says so, else a resource that is only here."""
    text = b64encode(value).decode()
    for beginning, kind, mime_type in _BEGINNINGS:
        if value.startswith(beginning):
            return {"type": kind, "data": text, "mimeType": mime_type}
    contents = {"uri": "attachment:///result", "mimeType": "application/octet-stream", "blob": text}
    return {"type": "resource", "resource": contents}


def _without_none(value: Any) -> Any:
    """Models say null where they say nothing."""
    if isinstance(value, Mapping):
        return {name: _without_none(own) for name, own in value.items() if own is not None}
    if isinstance(value, list):
        return [_without_none(own) for own in value]
    return value
