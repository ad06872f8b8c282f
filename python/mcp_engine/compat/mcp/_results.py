"""Answers as the SDK's models: built as they are where they are known to fit, and else as pydantic judges them."""

from __future__ import annotations

from typing import Any, TypeVar

from mcp import types
from pydantic import BaseModel

from ..._core import Message

__all__ = ["error_of", "result_of"]

Result = TypeVar("Result", bound=BaseModel)


def result_of(message: Message, result_type: type[Result]) -> Result:
    """The result of a response, as a model.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return result_type.model_validate(_payload(message))


def error_of(message: Message) -> types.ErrorData:
    """The error of a response."""
    return types.ErrorData.model_validate(_payload(message))


def _payload(message: Message) -> Any:
    try:
        return message.payload()
    except ValueError:
        # A number that no float can hold, which the SDK makes an infinity of.
        root: Any = types.JSONRPCMessage.model_validate_json(bytes(message)).root
        return root.error if isinstance(root, types.JSONRPCError) else root.result
