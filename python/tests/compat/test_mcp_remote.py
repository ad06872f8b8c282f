"""mcp_engine.compat.mcp beside the SDK with servers that run already: over Streamable HTTP, HTTP+SSE and WebSockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import inspect
import logging
import ssl
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

import anyio
import httpx
import mcp
import servers
from conversations import Pair, all_outcomes, connected, with_fast
from loops import Run
from mcp.client import sse as sdk_sse
from mcp.client import streamable_http as sdk_http
from mcp.client import websocket as sdk_websocket
from mcp.shared.exceptions import McpError

from mcp_engine.client import Client
from mcp_engine.compat import mcp as ours
from mcp_engine.compat.mcp import ClientSession

# The SDK's session leaves streams of its own open when a request cannot be sent, its transports those of httpx, and they are deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

FAST = str(Path(__file__).parent / "fast_server.py")
CLIENTS = {
    "streamable-http": (sdk_http.streamablehttp_client, ours.streamablehttp_client),
    "sse": (sdk_sse.sse_client, ours.sse_client),
    "ws": (sdk_websocket.websocket_client, ours.websocket_client),
}
SESSIONS = {"our session": ClientSession, "the SDK's session": mcp.ClientSession}

#: Over HTTP, what belongs to no request comes on a stream of its own, in whatever order that has to the answers.
ORDERED = {name: conversation for name, conversation in with_fast.items() if name != "hears_notifications_before_the_answer"}


def pair_of(way: str, name: str) -> Pair:
    of_sdk, own = CLIENTS[way]
    pairs = {
        "sdk": Pair(of_sdk, mcp.ClientSession),
        "ours": Pair(own, ClientSession),
        "our transport": Pair(own, mcp.ClientSession),
        "our session": Pair(of_sdk, ClientSession),
    }
    return pairs[name]


@pytest.fixture(scope="module", params=["streamable-http", "sse"])
def fast(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A way, and the URL of FastMCP on it."""
    way = request.param
    with servers.serving(sys.executable, FAST, way, "{port}", says=r"http://127\.0\.0\.1:(\d+)") as server:
        yield way, f"{server.origin}/{'sse' if way == 'sse' else 'mcp'}"


@pytest.fixture(scope="module")
def expected(fast: tuple[str, str]) -> dict[str, Any]:
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return all_outcomes(lambda main: asyncio.run(main()), pair_of(fast[0], "sdk"), fast[1], ORDERED)
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("pair", ["ours", "our transport", "our session"])
def test_a_conversation_goes_as_with_the_sdk(run: Run, pair: str, fast: tuple[str, str], expected: dict[str, Any]) -> None:
    found = all_outcomes(run, pair_of(fast[0], pair), fast[1], ORDERED)
    for name in ORDERED:
        assert found[name] == expected[name], name


@pytest.mark.parametrize("pair", ["sdk", "ours", "our transport", "our session"])
def test_a_websocket_carries_calls(run: Run, pair: str) -> None:
    if pair in ("sdk", "our session"):
        pytest.importorskip("websockets")

    async def main(url: str) -> None:
        async with connected(pair_of("ws", pair), url) as session:
            results = {}

            async def call(n: int) -> None:
                results[n] = (await session.call_tool("echo", {"text": f"{n}" * 1000})).content[0].text

            async with anyio.create_task_group() as group:
                for n in range(20):
                    group.start_soon(call, n)
            assert results == {n: f"{n}" * 1000 for n in range(20)}

    with servers.serving(servers.engine_program(), "serve", "--ws", "127.0.0.1:{port}", "--revision", "2025-11-25", says=r":(\d+)") as server:
        if pair in ("sdk", "our session") and run.__name__ == "_run_trio":
            pytest.skip("websockets is for asyncio")
        run(lambda: main(f"ws://127.0.0.1:{server.port}/"))


@pytest.mark.parametrize("name", ["streamablehttp_client", "streamable_http_client", "sse_client", "websocket_client"])
def test_the_signatures_are_those_of_the_sdk(name: str) -> None:
    modules = (sdk_http, sdk_sse, sdk_websocket)
    of_sdk = next((getattr(module, name) for module in modules if hasattr(module, name)), None)
    if of_sdk is None:
        pytest.skip("this release of mcp has none")

    def parameters(function: Any) -> list[Any]:
        found = inspect.signature(function).parameters.values()
        return [(one.name, one.kind, one.default) for one in found if one.name != "limits"]

    assert parameters(getattr(ours, name)) == parameters(of_sdk)


def test_the_session_has_the_id_that_the_server_gave(run: Run) -> None:
    async def main(url: str) -> None:
        async with ours.streamablehttp_client(url) as (read, write, session_id):
            assert session_id() is None
            async with ClientSession(read, write) as session:
                await session.initialize()
                given = session_id()
                assert given
        assert session_id() == given

    with servers.sdk("streamable-http") as server:
        run(lambda: main(f"{server.origin}/mcp"))


def test_a_session_of_sse_is_told(run: Run) -> None:
    async def main(url: str) -> None:
        told: list[str] = []
        async with ours.sse_client(url, on_session_created=told.append):
            assert len(told) == 1 and told[0]

    with servers.sdk("sse") as server:
        run(lambda: main(f"{server.origin}/sse"))


# WebSockets behind TLS

TLS = Path(__file__).parents[3] / "core/runtime/tests/local_tls"


def pem(name: str, kind: str) -> str:
    text = base64.encodebytes((TLS / name).read_bytes()).decode()
    return f"-----BEGIN {kind}-----\n{text}-----END {kind}-----\n"


@contextmanager
def behind_tls(port: int, directory: Path) -> Iterator[int]:
    """A port where TLS is taken off, as ``localhost``, in front of another one."""
    (directory / "chain.pem").write_text(pem("certificate.der", "CERTIFICATE") + pem("key.der", "PRIVATE KEY"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "chain.pem")

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(meet, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.close()


def test_a_websocket_behind_tls_carries_calls(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(url: str) -> None:
        async with ours.websocket_client(url) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            assert (await session.call_tool("echo", {"text": "secret" * 10_000})).content[0].text == "secret" * 10_000
        async with Client.websocket(url) as client:
            assert (await client.call_tool("echo", {"text": "secret"})).text == "secret"

    async def without(url: str) -> None:
        with pytest.raises(ConnectionError, match="certificate"):
            async with ours.websocket_client(url):
                pass

    (tmp_path / "authority.pem").write_text(pem("authority.der", "CERTIFICATE"))
    with engine("ws") as server, behind_tls(server.port, tmp_path) as port:
        run(lambda: without(f"wss://localhost:{port}/"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        run(lambda: main(f"wss://localhost:{port}/"))


# Servers that die


@asynccontextmanager
async def opened(way: str, server: servers.Server, session: Any) -> Any:
    url = {"http": f"{server.origin}/mcp", "sse": f"{server.origin}/sse", "ws": f"ws://127.0.0.1:{server.port}/"}[way]
    client = {"http": ours.streamablehttp_client, "sse": ours.sse_client, "ws": ours.websocket_client}[way]
    async with client(url) as (read, write, *_), session(read, write) as opened_session:
        await opened_session.initialize()
        yield opened_session


def engine(way: str) -> Any:
    flag = "ws" if way == "ws" else "http"
    revision = [] if way == "sse" else ["--revision", "2025-11-25"]
    return servers.serving(servers.engine_program(), "serve", f"--{flag}", "127.0.0.1:{port}", *revision, says=r":(\d+)")


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS.keys())
@pytest.mark.parametrize("way", ["http", "sse", "ws"])
def test_calls_fail_at_once_when_the_server_is_killed(run_asyncio: Run, way: str, session: Any) -> None:
    async def main(server: servers.Server) -> None:
        async with opened(way, server, session) as client:
            calls = [asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60})) for _ in range(5)]
            assert (await client.call_tool("echo", {"text": "they are on their way"})).content
            server.kill()
            for call in calls:
                with pytest.raises(McpError) as raised:
                    await call
                assert str(raised.value).strip(" :") not in ("", "Connection closed")
            # And whatever is asked later.
            with pytest.raises((McpError, anyio.ClosedResourceError, anyio.BrokenResourceError)):
                await client.call_tool("echo", {"text": "nobody"})

    with engine(way) as server:
        run_asyncio(lambda: main(server))


@pytest.mark.parametrize("way", ["http", "sse", "ws"])
def test_closing_twice_during_calls_and_by_another_task_is_fine(run_asyncio: Run, way: str) -> None:
    async def main(server: servers.Server) -> None:
        context = opened(way, server, ClientSession)
        client = await context.__aenter__()
        line = client._line
        call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60}))
        await client.call_tool("echo", {"text": "it is on its way"})
        await asyncio.gather(line.close(), line.close())
        with pytest.raises(McpError, match="Connection closed"):
            await call
        await asyncio.create_task(context.__aexit__(None, None, None))
        other = threading.Thread(target=lambda: asyncio.run(line.close()))
        other.start()
        await asyncio.to_thread(other.join)

    with engine(way) as server:
        run_asyncio(lambda: main(server))


def test_a_call_that_takes_too_long_is_taken_back(run: Run) -> None:
    async def main(server: servers.Server) -> None:
        async with opened("http", server, ClientSession) as client:
            with pytest.raises(McpError, match="Timed out"):
                await client.call_tool("sleep", {"seconds": 60}, timedelta(seconds=0.1))
            assert (await client.call_tool("echo", {"text": "fine"})).content[0].text == "fine"

    with engine("http") as server:
        run(lambda: main(server))


def test_a_server_that_is_not_there_is_told(run: Run) -> None:
    async def main() -> None:
        async with ours.streamablehttp_client("http://127.0.0.1:1/mcp") as (read, write, _), ClientSession(read, write) as session:
            with pytest.raises(McpError, match="Connection refused"):
                await session.initialize()
        with pytest.raises(httpx.ConnectError, match="Connection refused"):
            async with ours.sse_client("http://127.0.0.1:1/sse"):
                pass
        with pytest.raises(ConnectionError, match="Connection refused"):
            async with ours.websocket_client("ws://127.0.0.1:1/"):
                pass

    run(main)
