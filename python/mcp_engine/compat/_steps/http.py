"""The step ``http``: servers that mcp-agent reaches over HTTP, HTTP+SSE and WebSockets are connected to by the engine."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._patches import Patch, Undo

__all__ = ["Transports", "http_patches"]

#: The functions, by the module of the SDK that has them.
FUNCTIONS = {
    "streamablehttp_client": "mcp.client.streamable_http",
    "sse_client": "mcp.client.sse",
    "websocket_client": "mcp.client.websocket",
}


def http_patches() -> list[Patch]:
    """One for each module that connects."""
    return [Transports(f"mcp_agent.mcp.{name}") for name in ("mcp_connection_manager", "mcp_server_registry")]


class Transports(Patch):
    """The functions that connect are the engine's, unless somebody has put others there."""

    def __init__(self, module: str) -> None:
        self.module = module

    def caveat(self) -> str | None:
        from ..mcp.stdio import left_to_the_sdk

        reasons = left_to_the_sdk()
        return f"left to the SDK: {', '.join(reasons)}" if reasons else None

    def apply(self, module: ModuleType) -> Undo:
        from .. import mcp as ours

        before: dict[str, Any] = {}
        for name, home in FUNCTIONS.items():
            found = vars(module).get(name)
            if getattr(found, "__module__", None) == home:
                before[name] = found
                setattr(module, name, getattr(ours, name))

        def undo() -> None:
            vars(module).update(before)

        return undo
