"""Authentications of ``httpx`` for requests that the engine sends: each has a flow, as with ``httpx``.

A request of the flow that is ours gets its headers from it, and is sent by the engine; any other one, such as for a token, goes by ``httpx``. Of
responses to ours a flow sees the head.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

import httpx

from ..._core import Authorizer
from ..._loops import Loop, Timer

__all__ = ["Flows", "Sends", "can_drive", "send_by"]

#: Sends a request of a flow that is not ours, and reads the response.
Sends: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]

#: Bytes of a response to a request for tokens and the like.
LONGEST_BODY = 4 << 20


def can_drive(auth: httpx.Auth) -> bool:
    """Whether a flow makes do with the heads of responses, as far as can be seen."""
    reads_all = getattr(type(auth), "async_auth_flow", None) is httpx.Auth.async_auth_flow
    return not (auth.requires_response_body and reads_all)


class Flows:
    """The flows of the requests of one connection."""

    def __init__(self, auth: httpx.Auth, sends: Sends) -> None:
        self.authorizer = Authorizer()
        self._auth = auth
        self._sends = sends
        self._open: dict[int, _Flow] = {}

    def start(self, loop: Loop) -> None:
        """Authorizes from now on, in the context that this is called in."""
        self._loop = loop
        loop.watch_reads(self.authorizer.descriptor, self._asked)

    def stop(self) -> None:
        """Nothing is sent any more."""
        self._loop.unwatch_reads(self.authorizer.descriptor)
        self.authorizer.close()
        for flow in list(self._open.values()):
            flow.cancel()
        self._open.clear()

    def _asked(self) -> None:
        for number, asked in self.authorizer.take():
            flow = self._open.get(number)
            if asked is None:
                if flow is not None:
                    del self._open[number]
                    flow.cancel()
            elif len(asked) == 2:
                if flow is not None:
                    flow.hear(*asked)
            else:
                self._open[number] = _Flow(self._loop, self.authorizer, number, self._sends, self._auth, _Request.of(*asked))


class _Request(httpx.Request):
    """A request of ours, which can be copied, as mcp-agent wants it."""

    @classmethod
    def of(cls, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> _Request:
        return cls(method, url, headers=headers, content=body)

    def copy(self) -> _Request:
        return _Request.of(self.method, str(self.url), self.headers.multi_items(), self.content or None)


class _Flow:
    """The flow of one request."""

    def __init__(self, loop: Loop, authorizer: Authorizer, number: int, sends: Sends, auth: httpx.Auth, request: _Request) -> None:
        self._loop = loop
        self._authorizer = authorizer
        self._number = number
        self._sends = sends
        self._request = request
        self._place = (request.method, request.url, request.content)
        self._headers = set(request.headers.multi_items())
        self._response: Any = None
        self._task: Timer = loop.task(self._run(auth))

    def hear(self, status: int, headers: list[tuple[str, str]]) -> None:
        """A response to the request of ours has come."""
        if not self._response.done():
            self._response.set_result((status, headers))

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._task.cancel()

    async def _run(self, auth: httpx.Auth) -> None:
        flow = auth.async_auth_flow(self._request)
        try:
            request = await flow.__anext__()
            while True:
                response = await self._sent(request)
                request = await flow.asend(response)
        except StopAsyncIteration:
            self._authorizer.accept(self._number)
        except Exception as error:
            self._authorizer.refuse(self._number, f"{type(error).__name__}: {error}")
        finally:
            with suppress(Exception):
                await flow.aclose()

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        if not self._is_ours(request):
            return await self._sends(request)
        added = [one for one in request.headers.multi_items() if one not in self._headers]
        url = None if request.url == self._place[1] else str(request.url)
        self._response = self._loop.future()
        self._authorizer.send(self._number, added, url)
        status, headers = await self._response
        return httpx.Response(status, headers=headers, stream=_Unread(), request=request)

    def _is_ours(self, request: httpx.Request) -> bool:
        """Whether it is the request of ours, or a copy with other headers.

        Raises:
            ValueError: it is the one of ours, and more than its headers and its query is another.
        """
        method, url, body = self._place
        is_same = (request.method, request.url.copy_with(query=None)) == (method, url.copy_with(query=None)) and _body(request) == body
        if request is self._request and not is_same:
            raise ValueError("an authentication changes more than the headers and the query of a request")
        return is_same and (request is self._request or request.url == url)


class _Unread(httpx.AsyncByteStream):
    """The body of a response that the engine reads."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise httpx.StreamError("the engine reads the body of this response")


def _body(request: httpx.Request) -> bytes | None:
    try:
        return request.content
    except httpx.RequestNotRead:
        return None


async def send_by(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Sends a request of a flow as a client does that has one for another request."""
    return await _read(await client.send(request, auth=None, stream=True))


async def _read(response: httpx.Response) -> httpx.Response:
    """A response with its body, which is short."""
    try:
        read = bytearray()
        async for chunk in response.aiter_bytes():
            read += chunk
            if len(read) > LONGEST_BODY:
                raise httpx.DecodingError(f"a response of more than {LONGEST_BODY} bytes", request=response.request)
    finally:
        await response.aclose()
    response._content = bytes(read)
    return response
