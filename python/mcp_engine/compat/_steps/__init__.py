"""The steps of ``mcp_engine.compat.mcp_agent``: what each changes, and how."""

from __future__ import annotations

from collections.abc import Callable

from .._patches import Patch
from .aggregator import Capabilities, ReadTimeout, Routing
from .connections import Closing, Connections, Lifecycle
from .cosine import Cosine
from .events import EventBus, EventGate, SessionEvents, Spans, TracedArguments
from .executor import Executing
from .http import http_patches
from .schema import ToolOutput
from .session import AgentSession
from .signals import Signalling
from .stdio import stdio_patches
from .workflows import Registering, Running

__all__ = ["STEPS"]

#: Modules that open spans at every call.
SPANNED = ("mcp_agent.agents.agent", "mcp_agent.mcp.mcp_aggregator")
#: The steps, by name.
STEPS: dict[str, Callable[[], list[Patch]]] = {
    "schema": lambda: [ToolOutput()],
    "cosine": lambda: [Cosine()],
    "events": lambda: [EventBus(), EventGate(), SessionEvents(), TracedArguments(), *map(Spans, SPANNED)],
    "aggregator": lambda: [Routing(), Capabilities(), ReadTimeout(), Connections(), Lifecycle(), Closing()],
    "stdio": stdio_patches,
    "http": http_patches,
    "session": lambda: [AgentSession()],
    "executor": lambda: [Executing(), Signalling(), Running(), Registering()],
}
