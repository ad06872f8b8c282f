"""The client against servers of HTTP that do what they should not, or what is rare."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from loops import Run
from raw_http import EVENTS, Answer, Request, legacy, raw, response, result, said

from mcp_engine import Authorizer, ClosedError, LimitError, Limits, ProtocolError, Remote, TransportError
from mcp_engine.client import Client

OPTIONS: dict[str, Any] = {"versions": ["2025-11-25"], "listen": False}


def event(value: dict[str, Any], id: str = "") -> bytes:
    head = f"id: {id}\n" if id else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def answered(request: Request, text: str, id: str = "") -> bytes:
    content = {"content": [{"type": "text", "text": text}]}
    return event({"jsonrpc": "2.0", "id": request.message["id"], "result": content}, id)


def sends(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Sends that, and hangs up."""
    return lambda connection: [connection.sendall(piece) for piece in pieces] and None


def broken(run: Run, call: Answer, expected: Any, match: str | None = None, **options: Any) -> Any:
    """Calls a tool that fails so, and another one that does not, with the same client. The exception comes back."""

    def answer(request: Request) -> Any:
        return said(request, "fine") if request.message["params"]["name"] == "fine" else call(request)

    async def main(url: str) -> Any:
        async with Client.http(url, **OPTIONS, **options) as client:
            with pytest.raises(expected, match=match) as raised:
                await client.call_tool("odd")
            assert (await client.call_tool("fine")).text == "fine"
            return raised.value

    with raw(legacy(answer)) as server:
        return run(lambda: main(server.url))


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_server_that_wants_credentials_is_told_with_its_challenge(run: Run, status: str) -> None:
    wanted = 'Bearer realm="here", error="insufficient_scope"'
    error = broken(run, lambda _: response(status, WWW_Authenticate=wanted), TransportError, "credentials")
    assert (error.rule, error.status, error.challenge) == ("unauthorized", int(status[:3]), wanted)
    assert wanted in str(error)


@pytest.mark.parametrize("kind", ["http", "sse"])
def test_a_handshake_without_credentials_is_told_with_its_challenge(run: Run, kind: str) -> None:
    async def main(url: str) -> None:
        with pytest.raises(TransportError) as raised:
            await (Client.sse if kind == "sse" else Client.http)(url).connect()
        assert (raised.value.status, raised.value.challenge) == (401, "Bearer")

    with raw(lambda _: response("401 Unauthorized", WWW_Authenticate="Bearer")) as server:
        run(lambda: main(server.url))


def test_credentials_go_with_every_request(run: Run) -> None:
    async def main(url: str) -> None:
        async with Client.http(url, headers={"Authorization": "Bearer secret"}) as client:
            assert (await client.call_tool("any")).text == "fine"
            assert "secret" not in repr(client._server)

    with raw(legacy(lambda request: said(request, "fine"))) as server:
        run(lambda: main(server.url))
        assert {request.headers.get("authorization") for request in server.heard} == {"Bearer secret"}


@pytest.mark.parametrize("status", [400, 404, 405, 408, 410, 413, 418, 429, 500, 503])
def test_a_status_fails_its_call_alone(run: Run, status: int) -> None:
    error = broken(run, lambda _: response(f"{status} What", Retry_After="0"), TransportError, str(status))
    assert error.status == status
    assert error.fault == ("limit" if status in (413, 429) else "transport")


def test_an_error_of_the_server_about_no_request_is_told(run: Run) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": "server-error", "error": {"code": -32600, "message": "go away"}})
    refused = response("400 Bad Request", body.encode(), Content_Type="application/json")
    assert broken(run, lambda _: refused, TransportError, "go away").status == 400


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", ""])
def test_another_content_type_is_no_answer(run: Run, kind: str) -> None:
    headers = {"Content_Type": kind} if kind else {}
    broken(run, lambda _: response("200 OK", b"<html>", **headers), TransportError)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"jsonrpc":"2.0"}', b"\xff\xfe", b""])
def test_a_body_that_is_no_message_fails_its_call_alone(run: Run, body: bytes) -> None:
    answer = response("200 OK", body, Content_Type="application/json")
    broken(run, lambda _: answer, (TransportError, ProtocolError))


def test_a_body_above_the_limit_fails_its_call_alone(run: Run) -> None:
    broken(run, lambda request: said(request, "x" * 200_000), LimitError, limits=Limits(message_bytes=100_000))


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"HTTP/1.1 200 OK\r\nContent-",),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",),
        (b"SSH-2.0-OpenSSH_9.9\r\n",),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * (1 << 20),),
        (EVENTS, b"data: {"),
    ],
    ids=["nothing", "head", "body", "other", "long head", "event"],
)
def test_a_response_that_is_cut_fails_its_call_alone(run: Run, pieces: tuple[bytes, ...]) -> None:
    broken(run, lambda _: sends(*pieces), TransportError)


@pytest.mark.parametrize("place", ["https://elsewhere.example/mcp", "http://127.0.0.1:1/", "ftp://x/", "http://user@x/"])
def test_a_redirection_elsewhere_is_not_followed(run: Run, place: str) -> None:
    broken(run, lambda _: response("307 Temporary Redirect", Location=place), TransportError)


def test_redirections_in_a_circle_end(run: Run) -> None:
    broken(run, lambda _: response("307 Temporary Redirect", Location="/mcp"), TransportError)


def test_a_redirection_on_the_same_server_is_followed(run: Run) -> None:
    def call(request: Request) -> bytes:
        if request.path == "/mcp":
            return response("308 Permanent Redirect", Location="/there")
        return said(request, "moved")

    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            assert (await client.call_tool("any")).text == "moved"

    with raw(legacy(call)) as server:
        run(lambda: main(server.url))


def silent(until: threading.Event) -> Answer:
    """Says nothing until then."""

    def answer(_: Request) -> Callable[[socket.socket], None]:
        return lambda _: until.wait(30) and None

    return answer


def test_a_server_that_says_nothing_is_given_up_in_time(run: Run) -> None:
    until = threading.Event()
    broken(run, silent(until), TimeoutError, timeout=0.2)
    broken(run, silent(until), TimeoutError, "read_timeout|head_ms", read_timeout=0.2)
    until.set()


def test_a_server_that_drips_is_given_up_in_time(run: Run) -> None:
    until = threading.Event()

    def drip(_: Request) -> Callable[[socket.socket], None]:
        def drop(connection: socket.socket) -> None:
            connection.sendall(EVENTS)
            while not until.wait(0.02):
                connection.sendall(b": still here\n\n")

        return drop

    broken(run, drip, TimeoutError, timeout=0.3)
    until.set()


def test_a_session_that_is_lost_is_begun_anew_once(run: Run) -> None:
    sessions = itertools.count(1)
    lost = {"1"}

    def answer(request: Request) -> Any:
        session = request.headers.get("mcp-session-id")
        if request.asks == "initialize":
            return legacy(lambda _: b"", Mcp_Session_Id=str(next(sessions)))(request)
        if session in lost and request.asks == "tools/call":
            return response("404 Not Found")
        return legacy(lambda request: said(request, session or ""))(request)

    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            assert (await client.call_tool("any")).text == "2"
            lost.add("2")
            assert (await client.request("tools/call", {"name": "any"})).payload()["content"][0]["text"] == "3"
            lost.update(map(str, range(100)))
            with pytest.raises(TransportError) as raised:
                await client.call_tool("any")
            assert raised.value.rule == "session-over"
        assert next(sessions) == 5

    with raw(answer) as server:
        run(lambda: main(server.url))


def test_a_session_that_is_lost_stays_lost_without_respawn(run: Run) -> None:
    def answer(request: Request) -> Any:
        lost = response("404 Not Found")
        return legacy(lambda _: lost, Mcp_Session_Id="one")(request)

    async def main(url: str) -> None:
        async with Client.http(url, respawn=False, **OPTIONS) as client:
            with pytest.raises(TransportError, match="session") as raised:
                await client.call_tool("any")
            assert raised.value.rule == "session-over"
            with pytest.raises(ClosedError):
                await client.call_tool("any")

    with raw(answer) as server:
        run(lambda: main(server.url))


def test_a_session_is_ended_by_closing(run: Run) -> None:
    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            await client.call_tool("any")

    with raw(legacy(lambda request: said(request, ""), Mcp_Session_Id="one")) as server:
        run(lambda: main(server.url))
        last = server.heard[-1]
        assert (last.method, last.headers["mcp-session-id"]) == ("DELETE", "one")


def test_a_server_that_does_not_let_go_is_left(run: Run) -> None:
    until = threading.Event()

    def answer(request: Request) -> Any:
        if request.method == "DELETE":
            return silent(until)(request)
        return legacy(lambda request: said(request, ""), Mcp_Session_Id="one")(request)

    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            await client.call_tool("any")

    with raw(answer) as server:
        run(lambda: main(server.url))
    until.set()


def test_a_stream_that_breaks_is_resumed_behind_the_last_event(run: Run) -> None:
    asked: list[Request] = []

    def call(request: Request) -> Any:
        asked.append(request)
        if request.method == "POST":
            return sends(EVENTS, b"id: 7\nretry: 1\ndata:\n\n")
        return sends(EVENTS, answered(asked[0], "resumed", "8"))

    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            assert (await client.call_tool("any")).text == "resumed"

    with raw(legacy(call)) as server:
        run(lambda: main(server.url))
    assert asked[1].headers["last-event-id"] == "7"


def test_a_server_waits_for_a_loop_that_is_busy(run_asyncio: Run) -> None:
    count = 20_000
    flooded = threading.Event()

    def call(request: Request) -> Any:
        def flood(connection: socket.socket) -> None:
            connection.sendall(EVENTS)
            for number in range(0, count, 100):
                said = [
                    {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": number + one, "logger": "x" * 2_000}}
                    for one in range(100)
                ]
                connection.sendall(b"".join(map(event, said)))
            flooded.set()
            connection.sendall(answered(request, "done"))

        return flood

    async def main(url: str) -> None:
        heard: list[int] = []
        async with Client.http(url, on_notification=lambda _, params: heard.append(params["data"]), **OPTIONS) as client:
            waiting = asyncio.ensure_future(client.call_tool("any"))
            await asyncio.sleep(0)
            # The loop does nothing meanwhile, and no more is read than there is room for.
            assert not flooded.wait(0.5)
            assert (await waiting).text == "done"
        assert heard == list(range(count))

    with raw(legacy(call)) as server:
        run_asyncio(lambda: main(server.url))


def test_a_task_that_is_cancelled_tells_the_server(run_asyncio: Run) -> None:
    until, told = threading.Event(), threading.Event()

    def answer(request: Request) -> Any:
        if request.asks == "notifications/cancelled":
            told.set()
        return legacy(silent(until))(request)

    async def main(url: str) -> None:
        async with Client.http(url, **OPTIONS) as client:
            call = asyncio.ensure_future(client.call_tool("any"))
            while not any(request.asks == "tools/call" for request in server.heard):
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(told.wait, 10)

    with raw(answer) as server:
        run_asyncio(lambda: main(server.url))
    until.set()


def test_an_answer_to_another_request_is_none(run: Run) -> None:
    def call(request: Request) -> bytes:
        request.message["id"] += 1_000
        return result(request, {"content": []})

    broken(run, call, TransportError)


# Authorization


def test_a_request_that_nobody_authorizes_fails_at_once(run: Run) -> None:
    async def main(url: str) -> None:
        with pytest.raises(TransportError, match="nobody authorizes requests any more"):
            async with Client(Remote.http(url, authorizer=Authorizer())):
                pass

    with raw(legacy(lambda request: said(request, "fine"))) as server:
        run(lambda: main(server.url))
        assert server.heard == []


def test_what_was_not_asked_is_not_decided() -> None:
    authorizer = Authorizer()
    assert authorizer.take() == []
    authorizer.send(7, [("X-Key", "7")], "http://localhost/mcp")
    authorizer.accept(7)
    authorizer.refuse(7, "no")
    for headers, url in (([("Host", "elsewhere")], None), ([("X-Key", "two\r\nlines")], None), ([], "nonsense")):
        with pytest.raises(ValueError):
            authorizer.send(7, headers, url)
    authorizer.close()
    authorizer.close()
