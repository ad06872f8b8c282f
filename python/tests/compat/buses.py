"""The bus of mcp-agent's events outlives its application, and then swallows the cancellation by which an event loop ends its tasks, now and then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["bus_that_ends"]


@asynccontextmanager
async def bus_that_ends() -> AsyncIterator[None]:
    """Stops the bus in the end, so that its loop can end."""
    from mcp_agent.logging.transport import AsyncEventBus

    try:
        yield
    finally:
        if AsyncEventBus._instance is not None:
            await AsyncEventBus._instance.stop()
