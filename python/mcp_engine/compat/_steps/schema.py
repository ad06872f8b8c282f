"""The step ``schema``: the output of tools is judged by a schema that is compiled once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from ..._core import Schema, compile_schema
from ...errors import SchemaError
from .._patches import Patch, Undo

__all__ = ["ToolOutput", "matches"]


class ToolOutput(Patch):
    """``ClientSession`` judges the output of a tool by a schema that is compiled once.

    Whatever does not match, or cannot be compiled, is judged again as before, so that it fails with the same words.
    """

    module = "mcp.client.session"

    def apply(self, module: ModuleType) -> Undo:
        session = module.ClientSession
        legacy: Callable[[Any, str, Any], Awaitable[None]] = session._validate_tool_result

        async def validate(self: Any, name: str, result: Any) -> None:
            if not matches(self, name, result):
                await legacy(self, name, result)

        session._validate_tool_result = validate

        def undo() -> None:
            session._validate_tool_result = legacy

        return undo


def matches(session: Any, name: str, result: Any) -> bool:
    """Whether the output of a tool is known to match its schema."""
    schema = session._tool_output_schemas.get(name)
    if schema is None:
        # A tool that has none needs nothing; one that is not known has to be asked for.
        return name in session._tool_output_schemas
    content = result.structuredContent
    if content is None:
        return False
    compiled = _compiled(session, name, schema)
    try:
        return compiled is not None and compiled.is_valid(content)
    except ValueError:
        return False


def _compiled(session: Any, name: str, schema: Any) -> Schema | None:
    """The compiled schema of a tool, for as long as the session has the same one."""
    known: dict[str, tuple[Any, Schema | None]] = session.__dict__.setdefault("_mcp_engine_schemas", {})
    kept = known.get(name)
    if kept is not None and kept[0] is schema:
        return kept[1]
    try:
        compiled = compile_schema(schema)
    except (SchemaError, ValueError):
        compiled = None
    known[name] = (schema, compiled)
    return compiled
