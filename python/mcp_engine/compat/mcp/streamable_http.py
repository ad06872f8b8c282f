"""``streamablehttp_client`` and ``streamable_http_client``: a server of Streamable HTTP, in place of the SDK's."""

from __future__ import annotations

import logging
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client import streamable_http as sdk
from mcp.shared._httpx_utils import McpHttpClientFactory, create_mcp_http_client
from mcp.shared.message import SessionMessage

from ..._core import Limits
from ._failures import lost
from ._line import Line
from ._remote import Asked, of_client, of_keywords, open_http
from .stdio import Undriven, fall_back, served

__all__ = ["streamable_http_client", "streamablehttp_client"]

logger = logging.getLogger("mcp.client.streamable_http")

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage], Callable[[], str | None]]

#: Seconds of the client that the SDK makes where none is given.
TIMEOUT, READ_TIMEOUT = 30.0, 300.0


@asynccontextmanager
async def streamablehttp_client(
    url: str,
    headers: dict[str, str] | None = None,
    timeout: float | timedelta = 30,
    sse_read_timeout: float | timedelta = 60 * 5,
    terminate_on_close: bool = True,
    httpx_client_factory: McpHttpClientFactory = create_mcp_http_client,
    auth: httpx.Auth | None = None,
    *,
    limits: Limits | None = None,
) -> AsyncIterator[Streams]:
    """Connects to a server. As ``mcp.client.streamable_http.streamablehttp_client``, and it may be left by any task.

    A request that gets no answer fails alone, with the reason. Where the engine cannot do what is asked for (an authentication that
    reads the bodies of all responses, a factory of clients, a proxy of the environment, a loop that watches no descriptors), the SDK does, and a
    warning says so once.

    Args:
        limits: What the server may make the connection hold, instead of ``LIMITS``: a message of more than 256 MiB is refused.
    """

    def ask() -> Asked:
        if httpx_client_factory is not create_mcp_http_client:
            raise Undriven("a factory of httpx clients")
        return of_keywords(url, headers, timeout, sse_read_timeout, auth)

    def legacy() -> Any:
        return sdk.streamablehttp_client(url, headers, timeout, sse_read_timeout, terminate_on_close, httpx_client_factory, auth)

    async with _connected(url, ask, legacy, terminate_on_close, limits) as all_three:
        yield all_three


@asynccontextmanager
async def streamable_http_client(
    url: str,
    *,
    http_client: httpx.AsyncClient | None = None,
    terminate_on_close: bool = True,
    limits: Limits | None = None,
) -> AsyncIterator[Streams]:
    """Connects to a server. As ``mcp.client.streamable_http.streamable_http_client`` of mcp 1.24 and newer, with what ``streamablehttp_client`` says.

    Of a client the engine takes headers, timeouts and its authentication. One that has more, such as a transport, hooks or cookies, and any for
    ``https``, is left to the SDK, and a warning says so once.
    """

    def ask() -> Asked:
        if http_client is None:
            return of_keywords(url, None, TIMEOUT, READ_TIMEOUT, None)
        return of_client(url, http_client)

    def legacy() -> Any:
        return sdk.streamable_http_client(url, http_client=http_client, terminate_on_close=terminate_on_close)

    async with _connected(url, ask, legacy, terminate_on_close, limits) as all_three:
        yield all_three


@asynccontextmanager
async def _connected(
    url: str,
    ask: Callable[[], Asked],
    legacy: Callable[[], AbstractAsyncContextManager[Streams]],
    ends_session: bool,
    limits: Limits | None,
) -> AsyncIterator[Streams]:
    try:
        line: Line = open_http(url, ask(), limits, logger, end_session=ends_session)
    except Undriven as reason:
        fall_back(str(reason))
        async with without_warning(legacy) as streams:
            yield streams
        return
    line.lost = lambda reason: lost(reason, url)
    line.cannot_resume = True
    async with served(line) as (read_stream, write_stream):
        yield read_stream, write_stream, lambda: line.wire.session_id


def without_warning(legacy: Callable[[], Any]) -> Any:
    """Calls a function of the SDK's that is deprecated, which whoever calls ours has not to hear of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return legacy()
