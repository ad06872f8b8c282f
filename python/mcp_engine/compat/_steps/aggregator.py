"""The step ``aggregator``: which server and tool a name means, and what ``MCPAggregator`` asks of its servers."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import timedelta
from types import ModuleType
from typing import Any

from .._patches import Patch, Undo
from .._switches import is_kept
from ._undo import undo_of

__all__ = ["Capabilities", "ReadTimeout", "Routing"]


class Routing(Patch):
    """Names of tools are resolved as the engine does it, and ``server_name`` counts."""

    module = "mcp_agent.mcp.mcp_aggregator"

    def apply(self, module: ModuleType) -> Undo:
        aggregator = module.MCPAggregator
        legacy, legacy_call = aggregator._parse_capability_name, aggregator.call_tool

        async def parse(self: Any, name: str, capability: str) -> tuple[str | None, str | None]:
            if isinstance(name, _Addressed):
                return _at(self, name.server, str(name))
            servers = [server for server in self.server_names if name.startswith(f"{server}_")]
            if not servers:
                return await legacy(self, name, capability)
            servers.sort(key=len, reverse=True)
            if len(servers) > 1 and capability == "tool" and not is_kept("prefix"):
                servers.sort(key=lambda server: name[len(server) + 1 :] not in _tools(self, server))
            return servers[0], name[len(servers[0]) + 1 :]

        async def call_tool(self: Any, name: str, arguments: Any = None, server_name: str | None = None) -> Any:
            if server_name and not is_kept("server_name"):
                name = _Addressed(name, server_name)
            result = await legacy_call(self, name, arguments)
            return result if is_kept("reason") else _with_reason(result)

        aggregator._parse_capability_name, aggregator.call_tool = parse, call_tool
        return undo_of(aggregator, _parse_capability_name=legacy, call_tool=legacy_call)


class _Addressed(str):
    """The name of a tool of a certain server."""

    server: str

    def __new__(cls, name: str, server: str) -> _Addressed:
        self = super().__new__(cls, name)
        self.server = server
        return self


def _at(aggregator: Any, server: str, name: str) -> tuple[str | None, str | None]:
    """What a name means at one server: its tool of that name, or of the name behind its own. Servers of others cannot be reached."""
    if server not in aggregator.server_names:
        return None, None
    behind = name.removeprefix(f"{server}_")
    tools = _tools(aggregator, server)
    return server, behind if name not in tools and behind in tools else name


def _tools(aggregator: Any, server: str) -> set[str]:
    """The names of the tools that a server has."""
    return {tool.tool.name for tool in aggregator._server_to_tool_map.get(server, ())}


def _with_reason(result: Any) -> Any:
    """A result that says why, where it says that a call has failed, and nothing more: so do errors of streams that were closed."""
    content: Any = getattr(result, "content", None)
    text = getattr(content[0], "text", None) if getattr(result, "isError", False) and content else None
    if isinstance(text, str) and text.startswith("Failed to call tool '") and text.endswith("': "):
        content[0].text = f"{text}the connection to the server is closed"
    return result


class Capabilities(Patch):
    """A server that is loaded over a temporary connection is asked for its capabilities once, by this connection."""

    module = "mcp_agent.mcp.mcp_aggregator"

    def apply(self, module: ModuleType) -> Undo:
        aggregator = module.MCPAggregator
        legacy_fetch, legacy_get = aggregator._fetch_capabilities, aggregator.get_capabilities
        known: ContextVar[tuple[Any, str, Any] | None] = ContextVar("known", default=None)

        async def fetch(self: Any, server_name: str) -> Any:
            if self.connection_persistence or is_kept("capabilities"):
                return await legacy_fetch(self, server_name)
            async with module.gen_client(server_name, server_registry=self.context.server_registry) as client:
                ask = getattr(client, "get_server_capabilities", None)
                capabilities = ask() if ask is not None else None
                token = known.set((self, server_name, capabilities) if capabilities is not None else None)
                try:
                    tools = await self._fetch_tools(client, server_name)
                    prompts = await self._fetch_prompts(client, server_name)
                    return server_name, tools, prompts, await self._fetch_resources(client, server_name)
                finally:
                    known.reset(token)

        async def capabilities_of(self: Any, server_name: str) -> Any:
            own = known.get()
            if own is not None and own[0] is self and own[1] == server_name:
                return own[2]
            return await legacy_get(self, server_name)

        aggregator._fetch_capabilities, aggregator.get_capabilities = fetch, capabilities_of
        return undo_of(aggregator, _fetch_capabilities=legacy_fetch, get_capabilities=legacy_get)


class ReadTimeout(Patch):
    """The read timeout of a temporary connection, which the registry takes for a number of days, is one of seconds."""

    module = "mcp_agent.mcp.mcp_server_registry"

    def apply(self, module: ModuleType) -> Undo:
        def seconds(number: float | None = None, **units: float) -> timedelta:
            if number is None or is_kept("read_timeout"):
                return timedelta(number or 0, **units)
            return timedelta(seconds=number)

        module.timedelta = seconds  # type: ignore[attr-defined]
        return undo_of(module, timedelta=timedelta)
