"""What the transports of servers that run already share: whether the engine can do what a call of the SDK's function asks for, and the streams.

What it cannot is left to the SDK, and said once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from mcp.shared._httpx_utils import create_mcp_http_client

from ..._core import Limits, Remote, Wire
from ...errors import TransportError
from ._auth import Flows, Sends, can_drive, send_by
from ._line import Line
from .stdio import LIMITS, Undriven, driven_loop

__all__ = ["Asked", "check_proxy", "connect", "of_client", "of_keywords", "open_http", "seconds"]

#: A timeout that nobody waits for.
NEVER = 365 * 24 * 3600.0
#: How often a stream that has broken is opened again in vain, as with the SDK.
RECONNECTS = 2
#: Headers that a client of HTTP adds by itself, and those that the SDK sets, whoever has given others.
NOT_TAKEN = {"accept", "accept-encoding", "connection", "content-type"}


class Asked:
    """What a call of one of the SDK's functions asks for.

    Attributes:
        headers: Go with every request.
        connect: Seconds for a connection to be made.
        read: Seconds for a response to bring something.
        flows: Authorize requests, each by itself.
    """

    def __init__(self, headers: httpx.Headers, connect: float, read: float, flows: Flows | None) -> None:
        self.headers = headers
        self.connect = connect
        self.read = read
        self.flows = flows


def of_keywords(
    url: str,
    headers: Mapping[str, str] | None,
    timeout: float | timedelta | None,
    sse_read_timeout: float | timedelta | None,
    auth: httpx.Auth | None,
) -> Asked:
    """What keywords of the SDK's functions ask for.

    Raises:
        Undriven: the engine cannot do it.
    """
    check_proxy(url)
    own = httpx.Headers(headers)
    connect, read = seconds(timeout), seconds(sse_read_timeout)

    async def send(request: httpx.Request) -> httpx.Response:
        async with create_mcp_http_client(timeout=httpx.Timeout(connect, read=read)) as client:
            return await send_by(client, request)

    return Asked(own, connect, read, _authorize(own, auth, url, send))


def of_client(url: str, client: Any) -> Asked:
    """What a client of httpx would do.

    Raises:
        Undriven: the engine cannot do it, or it cannot be seen.
    """
    if urlsplit(url).scheme == "https":
        raise Undriven("an httpx client for https, whose certificates cannot be seen")
    if not _is_plain(client):
        raise Undriven("an httpx client with more than headers and timeouts")
    own = httpx.Headers(client.headers)
    flows = _authorize(own, client.auth, url, partial(send_by, client))
    return Asked(own, seconds(client.timeout.connect), seconds(client.timeout.read), flows)


def check_proxy(url: str) -> None:
    """Looks whether the environment names a proxy for a URL.

    Raises:
        Undriven: it does.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    if (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(parts.hostname or ""):
        raise Undriven("a proxy that the environment names")


def seconds(timeout: float | timedelta | None) -> float:
    """A timeout in one of its spellings."""
    if timeout is None:
        return NEVER
    return min(timeout.total_seconds() if isinstance(timeout, timedelta) else timeout, NEVER)


def open_http(url: str, asked: Asked, limits: Limits | None, logger: logging.Logger, **options: Any) -> Line:
    """Begins to connect to a server of HTTP.

    Raises:
        Undriven: the engine cannot do it.
    """
    headers = [(name, value) for name, value in asked.headers.items() if name not in NOT_TAKEN]
    flows = asked.flows
    options |= {"connect_timeout": asked.connect, "read_timeout": asked.read, "reconnects": RECONNECTS}
    try:
        remote = Remote.http(url, headers, authorizer=None if flows is None else flows.authorizer, **options)
    except ValueError as error:
        raise Undriven(f"{error}") from error
    line = connect(remote, limits, logger)
    if flows is not None:
        flows.start(line.loop)
        line.at_end = flows.stop
    return line


def connect(remote: Remote, limits: Limits | None, logger: logging.Logger) -> Line:
    """Begins to connect.

    Raises:
        Undriven: the engine cannot do it.
    """
    loop = driven_loop()
    try:
        wire = Wire.open(remote, limits or LIMITS)
    except (RuntimeError, TransportError) as error:
        raise Undriven(str(error)) from error
    line = Line(loop, wire)
    line.logger = logger
    return line


def _authorize(headers: httpx.Headers, auth: httpx.Auth | None, url: str, sends: Sends) -> Flows | None:
    """Adds what an authentication adds to every request alike, or makes flows of it."""
    if auth is None:
        return None
    if type(auth) is httpx.BasicAuth:
        request = next(auth.sync_auth_flow(httpx.Request("POST", url)))
        headers["Authorization"] = request.headers["Authorization"]
        return None
    if not isinstance(auth, httpx.Auth) or not can_drive(auth):
        raise Undriven(f"the authentication {type(auth).__module__}.{type(auth).__qualname__}")
    return Flows(auth, sends)


def _is_plain(client: Any) -> bool:
    """Whether a client of httpx has nothing but headers, timeouts and an authentication."""
    if type(client) is not httpx.AsyncClient or any(client.event_hooks.values()):
        return False
    if client.cookies or client.params or str(client.base_url) or client.is_closed:
        return False
    transport = getattr(client, "_transport", None)
    pool = getattr(transport, "_pool", None)
    is_usual = type(transport) is httpx.AsyncHTTPTransport and type(pool).__name__ == "AsyncConnectionPool"
    is_direct = getattr(pool, "_uds", None) is None and getattr(pool, "_local_address", None) is None
    return is_usual and is_direct and not getattr(client, "_mounts", True)
