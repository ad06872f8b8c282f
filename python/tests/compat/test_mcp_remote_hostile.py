"""The transports of mcp_engine.compat.mcp against servers of HTTP that refuse, redirect and forget, and what is left to the SDK."""

from __future__ import annotations

import json
import queue
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("mcp")

import httpx
import mcp
from loops import Run
from mcp import types
from mcp.shared.exceptions import McpError
from mcp.shared.message import ClientMessageMetadata
from raw_http import EVENTS, Answer, Raw, Request, legacy, raw, response, said

from mcp_engine import LimitError, Limits
from mcp_engine.compat.mcp import ClientSession, sse_client, stdio, streamable_http_client, streamablehttp_client, websocket_client

pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

SESSIONS = {"our session": ClientSession, "the SDK's session": mcp.ClientSession}
with_sessions = pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS.keys())


async def call(session: Any, name: str = "fine", **more: Any) -> str:
    result = await session.call_tool(name, {}, **more)
    return str(result.content[0].text)


def refused(run: Run, session: Any, answer: Answer, match: str | None, **options: Any) -> McpError:
    """Calls a tool that fails so, and another one that does not, in the same session. The exception comes back."""

    def calls(request: Request) -> Any:
        return said(request, "fine") if request.message["params"]["name"] == "fine" else answer(request)

    async def main(url: str) -> McpError:
        async with streamablehttp_client(url, **options) as (read, write, _), session(read, write) as opened:
            await opened.initialize()
            with pytest.raises(McpError, match=match) as raised:
                await call(opened, "odd")
            assert await call(opened) == "fine"
            return raised.value

    with raw(legacy(calls)) as server:
        return run(lambda: main(server.url))


@with_sessions
@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_status_fails_its_call_alone(run: Run, session: Any, status: int) -> None:
    error = refused(run, session, lambda _: response(f"{status} What", WWW_Authenticate="Bearer"), str(status))
    assert error.error.data == {"status": status, "challenge": None if status == 500 else "Bearer"}
    if session is ClientSession:
        assert isinstance(error, httpx.HTTPStatusError) and error.response.status_code == status


@with_sessions
def test_a_call_that_is_not_found_is_a_session_that_was_terminated(run: Run, session: Any) -> None:
    error = refused(run, session, lambda _: response("404 Not Found"), "Session terminated")
    assert error.error.code == 32600


@with_sessions
def test_a_session_that_is_lost_is_over(run: Run, session: Any) -> None:
    async def main(url: str) -> None:
        async with streamablehttp_client(url) as (read, write, session_id), session(read, write) as opened:
            await opened.initialize()
            assert session_id() == "abc"
            with pytest.raises(McpError, match="Session terminated"):
                await call(opened)

    with raw(legacy(lambda _: response("404 Not Found"), Mcp_Session_Id="abc")) as server:
        run(lambda: main(server.url))


@with_sessions
@pytest.mark.parametrize("place", ["https://elsewhere.example/mcp", "http://127.0.0.1:1/"])
def test_a_redirection_elsewhere_is_not_followed(run: Run, session: Any, place: str) -> None:
    refused(run, session, lambda _: response("307 Temporary Redirect", Location=place), "redirection")


@with_sessions
@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_an_answer_that_is_no_message_fails_its_call_alone(run: Run, session: Any, body: bytes) -> None:
    refused(run, session, lambda _: response("200 OK", body, Content_Type="application/json"), None)


@with_sessions
def test_a_message_above_the_limit_fails_its_call_alone(run: Run, session: Any) -> None:
    assert stdio.LIMITS.message_bytes == 256 << 20
    refused(run, session, lambda request: said(request, "x" * 200_000), "message_bytes", limits=Limits(message_bytes=100_000))


def test_keys_that_come_twice_are_taken_as_the_sdk_takes_them(run: Run) -> None:
    def answer(request: Request) -> bytes:
        body = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"one","text":"two"}]}}' % request.message["id"]
        return response("200 OK", body, Content_Type="application/json")

    async def main(url: str) -> None:
        async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            assert await call(session) == "two"

    with raw(legacy(answer)) as server:
        run(lambda: main(server.url))


@with_sessions
def test_an_answer_with_two_results_fails_its_call_alone(run: Run, session: Any) -> None:
    def answer(request: Request) -> bytes:
        body = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[]},"result":{"content":[]}}' % request.message["id"]
        return response("200 OK", body, Content_Type="application/json")

    refused(run, session, answer, "must not appear twice")


def answering(*results: str) -> Callable[[dict[str, Any]], str | None]:
    """Answers pings so, in their order."""
    left = iter(results)
    opened = '{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{"name":"raw","version":"1"}}'

    def answer(message: dict[str, Any]) -> str | None:
        if "id" not in message:
            return None
        said = opened if message["method"] == "initialize" else next(left)
        return '{"jsonrpc":"2.0","id":%d,"result":%s}' % (message["id"], said)

    return answer


@contextmanager
def websocket(answer: Callable[[dict[str, Any]], str | None]) -> Iterator[str]:
    """The URL of a server of WebSockets."""
    serving = pytest.importorskip("websockets.sync.server")

    def serve(connection: Any) -> None:
        for text in connection:
            if (said := answer(json.loads(text))) is not None:
                connection.send(said)

    with serving.serve(serve, "127.0.0.1", 0, subprotocols=["mcp"]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"


@contextmanager
def event_stream(answer: Callable[[dict[str, Any]], str | None]) -> Iterator[str]:
    """The URL of a server of HTTP+SSE, for one client."""
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def serve(connection: Any) -> None:
        connection.sendall(EVENTS + b"event: endpoint\ndata: /messages\n\n")
        while (text := said.get()) is not None:
            connection.sendall(f"data: {text}\n\n".encode())

    def take(request: Request) -> Any:
        if request.method == "GET":
            return serve
        if (text := answer(request.message)) is not None:
            said.put(text)
        return response("202 Accepted")

    with raw(take) as server:
        yield server.url
        said.put(None)


@with_sessions
def test_keys_that_come_twice_over_a_websocket_are_taken_as_the_sdk_takes_them(run: Run, session: Any) -> None:
    async def main(url: str) -> None:
        async with websocket_client(url) as (read, write), session(read, write, timedelta(seconds=20)) as opened:
            await opened.initialize()
            for _ in range(3):
                assert (await opened.send_ping()).model_dump(exclude_none=True) in ({"n": 2}, {"n": {"n": 2}}, {"meta": {}})

    with websocket(answering('{"n":1,"n":2}', '{"n":{"n":1,"n":2}}', '{"_meta":{},"_meta":{}}')) as url:
        run(lambda: main(url))


def test_a_long_message_comes_on_a_stream_as_well(run: Run) -> None:
    async def main(url: str) -> None:
        async with sse_client(url) as (read, write), ClientSession(read, write, timedelta(seconds=20)) as opened:
            await opened.initialize()
            assert len((await opened.send_ping()).long) == 17 << 20  # type: ignore[attr-defined]

    with event_stream(answering('{"long":"%s"}' % ("x" * (17 << 20)))) as url:
        run(lambda: main(url))


@with_sessions
def test_a_message_above_the_limit_fails_its_call_alone_on_a_stream_for_all(run: Run, session: Any) -> None:
    async def main(url: str) -> None:
        async with sse_client(url, limits=Limits(event_bytes=100_000)) as (read, write), session(read, write, timedelta(seconds=20)) as opened:
            await opened.initialize()
            with pytest.raises(McpError, match="event_bytes"):
                await opened.send_ping()
            await opened.send_ping()

    with event_stream(answering('{"long":"%s"}' % ("x" * 200_000), "{}")) as url:
        run(lambda: main(url))


def test_more_requests_than_the_limit_are_refused(run_asyncio: Run) -> None:
    async def main(url: str) -> None:
        async with streamablehttp_client(url, limits=Limits(own_requests=1)) as (read, write, _):
            wire = read.line.wire  # type: ignore[attr-defined]
            wire.send('{"jsonrpc":"2.0","id":"a","method":"ping"}')
            with pytest.raises(LimitError, match="own_requests"):
                wire.send('{"jsonrpc":"2.0","id":"b","method":"ping"}')

    with raw(lambda _: response("202 Accepted")) as server:
        run_asyncio(lambda: main(server.url))


def test_ids_of_any_kind_get_their_answers(run: Run) -> None:
    async def main(url: str) -> None:
        async with streamablehttp_client(url) as (read, write, _):
            for id in (0, 7, "seven", -1):
                ping = types.JSONRPCRequest(jsonrpc="2.0", id=id, method="ping")
                await write.send(mcp.shared.message.SessionMessage(types.JSONRPCMessage(ping)))
                answer = await read.receive()
                assert isinstance(answer.message.root, types.JSONRPCError)  # type: ignore[union-attr]
                assert answer.message.root.id == id  # type: ignore[union-attr]

    with raw(lambda _: response("500 What")) as server:
        run(lambda: main(server.url))


def heard_of(run: Run, client: Callable[[str], Any]) -> Raw:
    """A server, after a call."""

    async def main(url: str) -> None:
        async with client(url) as (read, write, *_), ClientSession(read, write) as session:
            await session.initialize()
            assert await call(session) == "fine"

    with raw(legacy(lambda request: said(request, "fine"), Mcp_Session_Id="abc")) as server:
        run(lambda: main(server.url))
        return server


BASIC = "Basic dXNlcjpwYXNz"


@pytest.mark.parametrize(
    "client",
    [
        lambda url: streamablehttp_client(url, {"X-Key": "k", "Accept": "text/html"}, 5, timedelta(seconds=5), auth=httpx.BasicAuth("user", "pass")),
        lambda url: streamable_http_client(url, http_client=httpx.AsyncClient(headers={"X-Key": "k"}, auth=("user", "pass"))),
    ],
    ids=["keywords", "client"],
)
def test_headers_and_credentials_go_with_every_request(run: Run, client: Any) -> None:
    server = heard_of(run, client)
    assert [request.method for request in server.heard].count("POST") == 4
    for request in server.heard:
        assert (request.headers["x-key"], request.headers["authorization"]) == ("k", BASIC)
    assert all(request.headers["accept"] == "application/json, text/event-stream" for request in server.heard if request.method == "POST")


@pytest.mark.parametrize("ends", [True, False])
def test_the_session_is_ended_or_kept(run: Run, ends: bool) -> None:
    server = heard_of(run, lambda url: streamablehttp_client(url, terminate_on_close=ends))
    assert ("DELETE" in [request.method for request in server.heard]) == ends


@with_sessions
def test_a_server_that_is_killed_behind_an_event_id_is_told_with_the_reason(run: Run, session: Any) -> None:
    """Until the stream could not be opened again as often as it may be."""

    def answer(request: Request) -> Any:
        def once(connection: Any) -> None:
            listening[0].kill()
            connection.sendall(EVENTS + b"id: 1\nretry: 100\ndata:\n\n")

        return once

    async def main(url: str) -> None:
        async with streamablehttp_client(url) as (read, write, _), session(read, write) as opened:
            await opened.initialize()
            with pytest.raises(McpError, match="could not be reached: Connection refused"):
                await call(opened)

    listening: list[Raw] = []
    with raw(legacy(answer)) as server:
        listening.append(server)
        run(lambda: main(server.url))


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_stream_that_is_refused_is_what_httpx_raises(run: Run, status: int) -> None:
    async def main(url: str) -> None:
        with pytest.raises(httpx.HTTPStatusError) as raised:
            async with sse_client(url):
                pass
        assert raised.value.response.status_code == status

    with raw(lambda _: response(f"{status} What")) as server:
        run(lambda: main(server.url))


@with_sessions
def test_a_resumption_is_not_sent_as_another_call(run: Run, session: Any) -> None:
    request = types.ClientRequest(types.CallToolRequest(params=types.CallToolRequestParams(name="fine", arguments={})))
    metadata = ClientMessageMetadata(resumption_token="1")

    async def main(url: str) -> None:
        async with streamablehttp_client(url) as (read, write, _), session(read, write) as opened:
            await opened.initialize()
            with pytest.raises(NotImplementedError, match="resum"):
                await opened.send_request(request, types.CallToolResult, metadata=metadata)

    with raw(legacy(lambda request: said(request, "fine"))) as server:
        run(lambda: main(server.url))
        assert "tools/call" not in [request.asks for request in server.heard]


# What is left to the SDK


class Signed(httpx.Auth):
    requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["X-Signed"] = "yes"
        yield request


def factory(**options: Any) -> httpx.AsyncClient:
    options["headers"] = {"X-Signed": "yes"}
    return httpx.AsyncClient(**options)


async def sign(request: httpx.Request) -> None:
    request.headers["X-Signed"] = "yes"


@asynccontextmanager
async def hooked(url: str) -> AsyncIterator[Any]:
    async with httpx.AsyncClient(event_hooks={"request": [sign]}) as client, streamable_http_client(url, http_client=client) as streams:
        yield streams


@contextmanager
def told_once() -> Iterator[None]:
    stdio._told.clear()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        yield
    assert [str(one.message).startswith("mcp_engine leaves a connection to the SDK") for one in told if one.category is RuntimeWarning] == [True]
    stdio._told.clear()


@pytest.mark.parametrize(
    "client",
    [
        lambda url: streamablehttp_client(url, auth=Signed()),
        lambda url: streamablehttp_client(url, httpx_client_factory=factory),
        lambda url: hooked(url),
    ],
    ids=["auth", "factory", "client"],
)
def test_what_the_engine_cannot_do_is_left_to_the_sdk_and_told_once(run: Run, client: Any) -> None:
    with told_once():
        for _ in range(2):
            server = heard_of(run, client)
            assert {request.headers.get("x-signed") for request in server.heard} == {"yes"}


def test_a_proxy_of_the_environment_is_used(run_asyncio: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(legacy(lambda request: said(request, "fine"))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        async def main() -> None:
            async with streamablehttp_client("http://there.example/mcp") as (read, write, _), ClientSession(read, write) as session:
                await session.initialize()
                assert await call(session) == "fine"

        with told_once():
            run_asyncio(main)
        assert {request.path for request in proxy.heard} == {"http://there.example/mcp"}
