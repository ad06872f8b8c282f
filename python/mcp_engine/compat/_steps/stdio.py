"""The step ``stdio``: programs of mcp-agent are started, read and written by the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any

from .._patches import Patch, Undo

__all__ = ["FilteredStdio", "stdio_patches"]

#: A transport: of a server's name and parameters.
Filtered = Callable[..., AbstractAsyncContextManager[Any]]


def stdio_patches() -> list[Patch]:
    """One for each module that has the function."""
    own = ("stdio_transport", "mcp_connection_manager", "mcp_server_registry")
    return [FilteredStdio(f"mcp_agent.mcp.{name}") for name in own]


class FilteredStdio(Patch):
    """``filtered_stdio_client`` is the engine's, and so is the ``stdio_client`` below it, unless somebody has put another one there."""

    def __init__(self, module: str) -> None:
        self.module = module

    def apply(self, module: ModuleType) -> Undo:
        from ..mcp.stdio import stdio_client

        found: Any = module.filtered_stdio_client
        legacy: Filtered = getattr(found, "legacy", found)
        before = {"filtered_stdio_client": legacy}
        module.filtered_stdio_client = filtered(legacy)  # type: ignore[attr-defined]
        if hasattr(module, "stdio_client"):
            before["stdio_client"] = module.stdio_client
            module.stdio_client = stdio_client  # type: ignore[attr-defined]

        def undo() -> None:
            vars(module).update(before)

        return undo


def filtered(legacy: Any) -> Filtered:
    """``filtered_stdio_client``, with what the legacy one has around it."""
    transport: dict[str, Any] = legacy.__globals__ if not hasattr(legacy, "__wrapped__") else legacy.__wrapped__.__globals__

    @asynccontextmanager
    async def filtered_stdio_client(server_name: str, server: Any) -> AsyncIterator[tuple[Any, Any]]:
        from ..mcp import stdio

        line = None
        if transport["stdio_client"].__module__ in (stdio.__name__, "mcp.client.stdio"):
            try:
                line = stdio.open_line(server)
            except stdio.Undriven as reason:
                stdio.fall_back(str(reason))
        if line is None:
            async with legacy(server_name=server_name, server=server) as both:
                yield both
            return
        line.ignores = _noise(transport, server_name)
        async with stdio.served(line) as both:
            yield both

    filtered_stdio_client.legacy = legacy  # type: ignore[attr-defined]
    return filtered_stdio_client


def _noise(transport: dict[str, Any], server_name: str) -> Callable[[Exception], bool]:
    """Whether a line is no message and not meant to be one, which is told to whoever debugs."""

    def ignores(error: Exception) -> bool:
        if not transport["_should_ignore_exception"](error):
            return False
        errors = error.errors()  # type: ignore[attr-defined]
        line = transport["_truncate"](str(errors[0].get("input", "")))
        transport["logger"].debug(f"{server_name}: ignoring non-JSON stdout: {line}")
        return True

    return ignores
