"""The transports of mcp_engine.compat.mcp with authentications of httpx, against servers that want tokens."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.request import parse_http_list, parse_keqv_list

import pytest

pytest.importorskip("mcp")

import anyio
import httpx
from loops import Run
from mcp.client import streamable_http as sdk
from mcp.shared.exceptions import McpError
from raw_http import EVENTS, Raw, Reply, Request, legacy, raw, response, said
from tokens import Guarded, echoed, guarded, provider

from mcp_engine.compat.mcp import ClientSession, sse_client, stdio, streamable_http_client, streamablehttp_client

# What is left of generators of httpx that nobody has read to the end is for trio to say.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def nothing_left_to_the_sdk() -> Iterator[None]:
    """A warning that the SDK does it would be an error."""
    stdio._told.clear()
    yield
    stdio._told.clear()


@asynccontextmanager
async def talking(url: str, *options: Any, auth: httpx.Auth, by: Any = streamablehttp_client) -> AsyncIterator[ClientSession]:
    """A session whose requests are authorized so."""
    async with by(url, *options, auth=auth) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def call(session: Any, text: str = "fine") -> str:
    result = await session.call_tool("echo", {"text": text})
    return str(result.content[0].text)


async def with_tokens(client: Any, url: str, server: Guarded) -> dict[str, list[str]]:
    """Many calls by the SDK's provider, before and after the token is another. What the server has seen comes back, in the order of names."""
    async with talking(url, auth=provider(url), by=client) as session:

        async def one(n: int) -> None:
            assert await call(session, f"{n}") == f"{n}"

        for _ in range(2):
            async with anyio.create_task_group() as group:
                for n in range(20):
                    group.start_soon(one, n)
            server.number += 1
            assert await call(session) == "fine"
    return {name: sorted(getattr(server, name)) for name in ("refused", "asked", "let_in")}


def test_the_provider_of_the_sdk_gets_tokens(run: Run) -> None:
    server = Guarded()
    with guarded(server) as listening:
        seen = run(lambda: with_tokens(streamablehttp_client, listening.url, server))
    # Each time one call was refused and sent once more, since the provider lets one at a time through.
    assert server.asked.count("/token") == 3 and server.asked.count("/register") == 1
    assert seen["refused"] == ["initialize", "tools/call", "tools/call"]
    assert seen["let_in"].count("tools/call") == 42
    assert "notifications/initialized" in seen["let_in"]


def test_a_server_sees_what_it_sees_with_the_sdk(run_asyncio: Run) -> None:
    def seen(client: Any) -> dict[str, list[str]]:
        server = Guarded(legacy(echoed, Mcp_Session_Id="abc"))
        with guarded(server) as listening:
            return dict(run_asyncio(lambda: with_tokens(client, listening.url, server)))

    assert seen(streamablehttp_client) == seen(sdk.streamablehttp_client)


def test_the_end_of_a_session_has_a_token_too(run: Run) -> None:
    def call_of(request: Request) -> bytes:
        return said(request, "fine")

    server = Guarded(legacy(call_of, Mcp_Session_Id="abc"))

    async def main(url: str) -> None:
        async with talking(url, auth=provider(url)) as session:
            assert await call(session) == "fine"

    with guarded(server) as listening:
        run(lambda: main(listening.url))
    assert server.let_in[-1] == "DELETE"


class Flow(httpx.Auth):
    """Does what a function does, and remembers what it was given."""

    def __init__(self, flow: Any) -> None:
        self._flow = flow
        self.requests: list[httpx.Request] = []

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self.requests.append(request)
        yield from self._flow(request)


def echo(request: Request) -> bytes:
    return said(request, request.headers.get("x-key", "") + request.path)


def test_a_flow_sees_the_whole_request(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        request.headers["X-Key"] = f"{request.headers['mcp-protocol-version'] if request.method == 'POST' and b'call' in request.content else ''}"
        yield request

    auth = Flow(flow)

    async def main(url: str) -> None:
        async with talking(url, {"X-Own": "1"}, auth=auth) as session:
            assert await call(session) == "2025-11-25/mcp"

    with raw(legacy(echo)) as server:
        run(lambda: main(server.url))
        [asked] = [request for request in auth.requests if b"tools/call" in request.content]
        assert asked.url == server.url and asked.method == "POST" and asked.headers["x-own"] == "1"


def test_an_answer_of_401_goes_into_the_flow_and_its_next_request_is_sent(run: Run) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("x-key") is None:
            return response("401 Unauthorized", WWW_Authenticate='Key next="7"')
        return inside(request)

    def flow(request: httpx.Request) -> Any:
        answered = yield request
        assert answered.status_code == 401
        again = request.copy()  # type: ignore[attr-defined]
        again.headers["X-Key"] = answered.headers["www-authenticate"]
        assert (yield again).status_code < 300

    inside = legacy(echo)

    async def main(url: str) -> None:
        async with talking(url, auth=Flow(flow)) as session:
            assert await call(session) == 'Key next="7"/mcp'

    with raw(answer) as server:
        run(lambda: main(server.url))


def test_a_flow_may_change_the_query(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        request.url = request.url.copy_merge_params({"key": "7"})
        yield request

    async def main(url: str) -> None:
        async with talking(url, auth=Flow(flow)) as session:
            assert await call(session) == "/mcp?key=7"

    with raw(legacy(echo)) as server:
        run(lambda: main(server.url))


def test_what_else_a_flow_changes_is_refused_by_name(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        if b"tools/call" in request.content:
            request.url = httpx.URL("http://elsewhere.example/")
        yield request

    refused(run, Flow(flow), "more than the headers and the query")


def test_a_header_of_the_protocol_is_none_of_a_flow(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        if b"tools/call" in request.content:
            request.headers["Mcp-Protocol-Version"] = "another"
        yield request

    refused(run, Flow(flow), "mcp-protocol-version")


def test_a_flow_that_fails_fails_its_call_alone(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        if b"tools/call" in request.content:
            raise LookupError("no token")
        yield request

    refused(run, Flow(flow), "LookupError: no token")


def test_a_flow_that_reads_the_body_of_an_answer_is_told(run: Run) -> None:
    class Reading(httpx.Auth):
        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            answered = yield request
            if b"tools/call" in request.content:
                await answered.aread()

    refused(run, Reading(), "StreamError: the engine reads the body")


def test_a_flow_that_never_has_enough_is_ended(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        while b"tools/call" in request.content:
            yield request
        yield request

    server = refused(run, Flow(flow), "HttpClientLimits::attempts")
    assert sum(request.asks == "tools/call" for request in server.heard) == 21


def test_a_flow_that_is_told_too_much_is_ended(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        if b"tools/call" in request.content:
            yield httpx.Request("GET", f"{request.url}/long")
        yield request

    refused(run, Flow(flow), "a response of more than")


def refused(run: Run, auth: Any, match: str) -> Raw:
    """A call fails so, and a ping after it does not."""

    def answer(request: Request) -> Reply:
        if request.path.endswith("/long"):
            return response("200 OK", bytes(5 << 20))
        return inside(request)

    inside = legacy(echo)

    async def main(url: str) -> None:
        async with talking(url, auth=auth) as session:
            with pytest.raises(McpError, match=match):
                await call(session)
            await session.send_notification(initialized())

    with raw(answer) as server:
        run(lambda: main(server.url))
        return server


def initialized() -> Any:
    from mcp import types

    return types.ClientNotification(types.InitializedNotification())


def test_a_call_that_is_given_up_ends_its_flow(run: Run) -> None:
    class Locked(httpx.Auth):
        """Lets one request through at a time, as the SDK's provider does."""

        def __init__(self) -> None:
            self.lock = anyio.Lock()
            self.ended = 0

        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            async with self.lock:
                try:
                    if b"slow" in request.content:
                        await anyio.sleep(60)
                    yield request
                finally:
                    self.ended += 1

    auth = Locked()

    async def main(url: str) -> None:
        async with talking(url, auth=auth) as session:
            before = auth.ended
            with pytest.raises(McpError, match="Timed out"):
                await session.call_tool("echo", {"text": "slow"}, timedelta(seconds=0.1))
            assert await call(session) == "/mcp"
            assert auth.ended >= before + 2

    with raw(legacy(echo)) as server:
        run(lambda: main(server.url))


def test_a_client_of_httpx_sends_what_its_authentication_asks(run: Run) -> None:
    def flow(request: httpx.Request) -> Any:
        answered = yield httpx.Request("POST", request.url.copy_with(path="/token"), content=b"please")
        request.headers["X-Key"] = answered.text
        yield request

    def answer(request: Request) -> Reply:
        return response("200 OK", b"key") if request.path == "/token" else inside(request)

    inside = legacy(echo)

    async def main(url: str) -> None:
        async with httpx.AsyncClient(auth=Flow(flow)) as client:
            async with streamable_http_client(url, http_client=client) as (read, write, _), ClientSession(read, write) as session:
                await session.initialize()
                assert await call(session) == "key/mcp"

    with raw(answer) as server:
        run(lambda: main(server.url))


def test_the_stream_of_sse_is_authorized(run: Run) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer 7":
            return response("401 Unauthorized")
        return lambda connection: connection.sendall(EVENTS + b"event: endpoint\ndata: /messages?session_id=9\n\n")

    def flow(request: httpx.Request) -> Any:
        if (yield request).status_code == 401:
            request.headers["Authorization"] = "Bearer 7"
            yield request

    async def main(url: str) -> None:
        told: list[str] = []
        async with sse_client(url, auth=Flow(flow), on_session_created=told.append):
            assert told == ["9"]

    with raw(answer) as server:
        run(lambda: main(server.url))


def test_digests_are_made_for_each_request(run: Run) -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    def answer(request: Request) -> Reply:
        said = request.headers.get("authorization", "")
        if not said.startswith("Digest "):
            return response("401 Unauthorized", WWW_Authenticate='Digest realm="r", nonce="n", qop="auth", algorithm=MD5')
        given = parse_keqv_list(parse_http_list(said.removeprefix("Digest ")))
        secret, place = md5("me:r:secret"), md5(f"{request.method}:{given['uri']}")
        assert given["response"] == md5(f"{secret}:n:{given['nc']}:{given['cnonce']}:auth:{place}")
        return inside(request)

    inside = legacy(echo)

    async def main(url: str) -> None:
        async with talking(url, auth=httpx.DigestAuth("me", "secret")) as session:
            assert await call(session) == "/mcp"

    with raw(answer) as server:
        run(lambda: main(server.url))
