"""``websocket_client``: a server of WebSockets, in place of the SDK's."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from ..._core import Limits, Remote
from ._remote import check_proxy, connect
from .stdio import Undriven, fall_back, served
from .streamable_http import without_warning

__all__ = ["websocket_client"]

logger = logging.getLogger("mcp.client.websocket")


@asynccontextmanager
async def websocket_client(
    url: str, *, limits: Limits | None = None
) -> AsyncIterator[tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]]:
    """Connects to a server, at ``ws://host:port/path`` or ``wss://…``. As ``mcp.client.websocket.websocket_client``, and it may be left by any task.

    The package ``websockets`` is not needed, but for what is left to the SDK: credentials in the URL, a proxy of the environment, and TLS where the
    engine has none. A warning says so once.

    Args:
        limits: See ``streamablehttp_client``.

    Raises:
        ConnectionError: the server cannot be reached, or speaks no WebSocket.
        TimeoutError: it takes too long.
    """
    try:
        if "@" in urlsplit(url).netloc:
            raise Undriven("a WebSocket with credentials in its URL")
        check_proxy(url.replace("ws", "http", 1))
        line = connect(_remote(url), limits, logger)
    except Undriven as reason:
        fall_back(str(reason))
        from mcp.client import websocket as sdk

        async with without_warning(lambda: sdk.websocket_client(url)) as both:
            yield both
        return
    async with served(line, _unreachable) as both:
        yield both


def _remote(url: str) -> Remote:
    try:
        return Remote.websocket(url)
    except ValueError as error:
        raise Undriven(str(error)) from error


def _unreachable(reason: Exception | None) -> Exception:
    return reason if isinstance(reason, TimeoutError) else ConnectionError(str(reason or "the connection was closed"))
