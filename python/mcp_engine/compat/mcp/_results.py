"""Answers as the SDK's models: built as they are where they are known to fit, and else as pydantic judges them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mcp import types
from pydantic import BaseModel

from ..._core import Message

__all__ = ["built", "error_of", "payload_of", "result_of"]

Result = TypeVar("Result", bound=BaseModel)


def result_of(message: Message, result_type: type[Result]) -> Result:
    """The result of a response, as a model.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return built(payload_of(message), result_type)


def built(payload: dict[str, Any], result_type: type[Result]) -> Result:
    """A result, as a model. Raises as ``result_of`` does."""
    if result_type is types.CallToolResult:
        result = _call_tool_result(payload)
        if result is not None:
            return result
    return result_type.model_validate(payload)


def error_of(message: Message) -> types.ErrorData:
    """The error of a response."""
    return types.ErrorData.model_validate(payload_of(message))


def payload_of(message: Message) -> Any:
    """What a response says, as Python objects."""
    try:
        return message.payload()
    except ValueError:
        # A number that no float can hold, which the SDK makes an infinity of.
        root: Any = types.JSONRPCMessage.model_validate_json(bytes(message)).root
        return root.error if isinstance(root, types.JSONRPCError) else root.result


def _call_tool_result(payload: dict[str, Any]) -> Any:
    """The result of a tool that has nothing but text and structured content; None for any other."""
    if not payload.keys() <= _MEMBERS:
        return None
    content = payload.get("content")
    if type(content) is not list or type(payload.get("isError", False)) is not bool:
        return None
    if "structuredContent" in payload and type(payload["structuredContent"]) is not dict:
        return None
    blocks = []
    for block in content:
        # Whatever has more than its text is for pydantic to judge.
        if type(block) is not dict or len(block) != 2 or block.get("type") != "text" or type(block.get("text")) is not str:
            return None
        blocks.append(_text(block))
    payload["content"] = blocks
    return _result(payload)


def _builder(model: type[BaseModel], sample: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """Builds models of a class from members that fit: as ``model_construct``, with what it finds out at every call found out once."""
    whole = model.model_validate(sample)
    # In the order of the fields; what the sample has is always given.
    fields = dict(whole.__dict__)
    extra, private = whole.__pydantic_extra__, whole.__pydantic_private__
    assert not extra and private is None

    def build(members: dict[str, Any]) -> Any:
        own = model.__new__(model)
        _set(own, "__dict__", {**fields, **members})
        _set(own, "__pydantic_fields_set__", set(members))
        _set(own, "__pydantic_extra__", None if extra is None else {})
        _set(own, "__pydantic_private__", None)
        return own

    return build


_set = object.__setattr__
_MEMBERS = {"content", "structuredContent", "isError"}
_text = _builder(types.TextContent, {"type": "text", "text": ""})
_result = _builder(types.CallToolResult, {"content": []})
