"""``sse_client``: a server of HTTP+SSE (MCP 2024-11-05), in place of the SDK's."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client import sse as sdk
from mcp.shared._httpx_utils import McpHttpClientFactory, create_mcp_http_client
from mcp.shared.message import SessionMessage

from ..._core import Limits
from ._failures import lost, unreachable
from ._remote import of_keywords, open_http, seconds
from .stdio import Undriven, fall_back, served

__all__ = ["sse_client"]

logger = logging.getLogger("mcp.client.sse")


@asynccontextmanager
async def sse_client(
    url: str,
    headers: dict[str, Any] | None = None,
    timeout: float = 5,
    sse_read_timeout: float = 60 * 5,
    httpx_client_factory: McpHttpClientFactory = create_mcp_http_client,
    auth: httpx.Auth | None = None,
    on_session_created: Callable[[str], None] | None = None,
    *,
    limits: Limits | None = None,
) -> AsyncIterator[tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]]:
    """Connects to a server by the URL of its stream. As ``mcp.client.sse.sse_client``, and it may be left by any task.

    Where the engine cannot do what is asked for, the SDK does, as ``streamablehttp_client`` says, which says what ``limits`` are, too.

    Raises:
        httpx.HTTPError: the server cannot be reached, or refuses.
    """
    try:
        if httpx_client_factory is not create_mcp_http_client:
            raise Undriven("a factory of httpx clients")
        asked = of_keywords(url, headers, timeout, sse_read_timeout, auth)
        line = open_http(url, asked, limits, logger, kind="sse", stream_timeout=seconds(sse_read_timeout))
    except Undriven as reason:
        fall_back(str(reason))
        async with sdk.sse_client(url, headers, timeout, sse_read_timeout, httpx_client_factory, auth, on_session_created) as both:
            yield both
        return
    line.lost = lambda reason: lost(reason, url)
    async with served(line, lambda reason: unreachable(reason, url)) as (read_stream, write_stream):
        session_id = _session_id(line.wire.endpoint or "")
        if on_session_created is not None and session_id is not None:
            on_session_created(session_id)
        yield read_stream, write_stream


def _session_id(endpoint: str) -> str | None:
    query = parse_qs(urlsplit(endpoint).query)
    found = query.get("sessionId") or query.get("session_id")
    return found[0] if found else None
