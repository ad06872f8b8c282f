"""The client of servers that run already: over HTTP, HTTP+SSE, WebSockets and sockets, against the engine's servers and the SDK's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import servers
from loops import Run, assert_loops_do_not_meet
from processes import in_a_process_of_its_own

from mcp_engine import ClosedError, TransportError
from mcp_engine.client import Client

Make = Callable[..., Client]
LEGACY = ["2025-03-26", "2025-06-18", "2025-11-25"]


@contextlib.contextmanager
def reached(way: str, path: Path) -> Iterator[Make]:
    """What makes clients of an everything server that is reached that way."""
    if way == "unix":
        place = str(path / "socket")
        with servers.serving(servers.engine_program(), "serve", "--unix", place, says="serves on unix:()"):
            yield lambda **options: Client.unix(place, **options)
        return
    with servers.engine("http" if way == "sse" else way) as server:
        makes: dict[str, Make] = {
            "http": lambda **options: Client.http(f"{server.origin}/mcp", **options),
            "sse": lambda **options: Client.sse(f"{server.origin}/sse", **options),
            "ws": lambda **options: Client.websocket(f"ws://127.0.0.1:{server.port}/", **options),
            "tcp": lambda **options: Client.tcp("127.0.0.1", server.port, **options),
        }
        yield makes[way]


@pytest.fixture(scope="module", params=["http", "sse", "ws", "tcp", "unix"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    with reached(request.param, tmp_path_factory.mktemp("remote")) as made:
        yield made


@pytest.fixture(scope="module")
def http() -> Iterator[str]:
    with servers.engine("http") as server:
        yield f"{server.origin}/mcp"


def test_everything_a_server_has_can_be_used(run: Run, make: Make) -> None:
    async def main() -> None:
        heard: list[Any] = []
        async with make(elicitation=lambda _: {"action": "accept", "content": {"name": "Ada"}}) as client:
            assert client.server_info["name"] == "mcp-engine everything"
            assert len(await client.list_tools()) > 10
            assert (await client.call_tool("echo", {"text": "grüezi 😀"})).text == "grüezi 😀"
            await client.call_tool("test_tool_with_progress", progress=lambda *told: heard.append(told))
            assert heard[-1][:2] == (100, 100)
            assert (await client.read_resource("test://static-text")).text
            await client.ping()

    run(main)


@pytest.mark.parametrize("version", [*LEGACY, "2026-07-28"])
def test_every_revision_is_spoken_over_http(run: Run, http: str, version: str) -> None:
    async def main() -> None:
        answer = lambda _: {"action": "accept", "content": {"name": "Ada"}}  # noqa: E731
        async with Client.http(http, versions=[version], elicitation=answer) as client:
            assert client.protocol_version == version
            assert (await client.call_tool("echo", {"text": "hi"})).text == "hi"
            if version >= "2025-11-25":
                assert "Ada" in (await client.call_tool("test_input_required_result_elicitation")).text

    run(main)


def test_a_stream_that_the_server_closes_is_resumed(run: Run, http: str) -> None:
    async def main() -> None:
        async with Client.http(http, versions=["2025-11-25"]) as client:
            assert not (await client.call_tool("test_reconnection")).is_error

    run(main)


def test_large_answers_come_whole_and_side_by_side(run_asyncio: Run, make: Make) -> None:
    async def main() -> None:
        text = "0123456789abcdef" * 4096
        async with make() as client:
            # No more than waits on one stream of events for a client that does not read.
            count = 10 if client.protocol_version == "2024-11-05" else 200
            calls = [client.call_tool("echo", {"text": f"{number}{text}"}) for number in range(count)]
            results = await asyncio.gather(*calls)
            assert [result.text for result in results] == [f"{number}{text}" for number in range(count)]

    run_asyncio(main)


def test_closing_twice_during_calls_and_from_another_task_is_fine(run_asyncio: Run, make: Make) -> None:
    async def main() -> None:
        client = make()
        await client.connect()
        calls = [asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60})) for _ in range(5)]
        await client.call_tool("echo", {"text": "they are on their way"})
        await asyncio.gather(client.close(), client.close())
        for call in calls:
            with pytest.raises(ClosedError):
                await call
        await client.close()
        with pytest.raises(ClosedError):
            await client.call_tool("echo", {"text": "?"})

    run_asyncio(main)


def test_closing_from_another_thread_ends_the_calls(run_asyncio: Run, make: Make) -> None:
    async def main() -> None:
        client = make()
        await client.connect()
        call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60}))
        await client.call_tool("echo", {"text": "it is on its way"})
        thread = threading.Thread(target=lambda: asyncio.run(client.close()))
        thread.start()
        with pytest.raises(ClosedError):
            await call
        await asyncio.to_thread(thread.join)

    run_asyncio(main)


def test_a_task_that_is_cancelled_leaves_the_others_alone(run_asyncio: Run, make: Make) -> None:
    async def main() -> None:
        async with make() as client:
            call = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60}))
            await client.call_tool("echo", {"text": "it is on its way"})
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert (await client.call_tool("echo", {"text": "fine"})).text == "fine"

    run_asyncio(main)


@pytest.mark.parametrize("way", ["streamable-http", "stateless", "sse"])
def test_a_server_of_the_sdk_is_spoken_to(run: Run, way: str) -> None:
    async def main(url: str) -> None:
        make = Client.sse if way == "sse" else Client.http
        async with make(url, roots=[{"uri": "file:///here"}]) as client:
            assert client.protocol_version == "2025-11-25"
            assert (await client.call_tool("echo", {"text": "hi"})).text == "hi"
            assert (await client.read_resource("test://text")).text == "a text"
            if way != "stateless":
                assert (await client.call_tool("name")).text == "file:///here"
            heard: list[Any] = []
            with pytest.raises(TimeoutError):
                await client.call_tool("slow", progress=lambda *told: heard.append(told), timeout=0.3)
            assert heard == [(1, 2, "begun")]
            assert (await client.call_tool("echo", {"text": "fine"})).text == "fine"

    with servers.sdk(way) as server:
        run(lambda: main(f"{server.origin}/{'sse' if way == 'sse' else 'mcp'}"))


def test_a_server_of_http_and_sse_is_found_out(run_asyncio: Run) -> None:
    async def main(url: str) -> None:
        async with Client.http(url) as client:
            assert (await client.call_tool("echo", {"text": "hi"})).text == "hi"

    with servers.sdk("sse") as server:
        run_asyncio(lambda: main(f"{server.origin}/sse"))


@pytest.mark.parametrize("way", ["streamable-http", "sse"])
def test_a_server_that_was_killed_and_is_back_is_used_again(run: Run, way: str) -> None:
    async def main(server: servers.Server) -> None:
        url = f"{server.origin}/{'sse' if way == 'sse' else 'mcp'}"
        async with (Client.sse if way == "sse" else Client.http)(url) as client:
            assert (await client.call_tool("echo", {"text": "one"})).text == "one"
            server.kill()
            with pytest.raises(ClosedError):
                await client.call_tool("echo", {"text": "nobody"})
            server.start()
            assert (await client.call_tool("echo", {"text": "two"})).text == "two"

    with servers.sdk(way) as server:
        run(lambda: main(server))


@pytest.mark.parametrize("way", ["http", "ws", "tcp"])
def test_calls_that_wait_when_the_server_is_killed_are_told(run_asyncio: Run, way: str, tmp_path: Path) -> None:
    async def main(client: Client, server: servers.Server) -> None:
        async with client:
            calls = [asyncio.ensure_future(client.call_tool("sleep", {"seconds": 60})) for _ in range(10)]
            await client.call_tool("echo", {"text": "they are on their way"})
            server.kill()
            for call in calls:
                with pytest.raises(ClosedError):
                    await call
            server.start()
            assert (await client.call_tool("echo", {"text": "back"})).text == "back"

    with servers.engine(way) as server:
        makes = {
            "http": lambda: Client.http(f"{server.origin}/mcp"),
            "ws": lambda: Client.websocket(f"ws://127.0.0.1:{server.port}/"),
            "tcp": lambda: Client.tcp("127.0.0.1", server.port),
        }
        run_asyncio(lambda: main(makes[way](), server))


def test_a_server_that_is_not_there_is_told_with_the_reason(run: Run, tmp_path: Path) -> None:
    clients = [
        Client.http("http://127.0.0.1:1/mcp"),
        Client.sse("http://127.0.0.1:1/sse"),
        Client.websocket("ws://127.0.0.1:1/"),
        Client.tcp("127.0.0.1", 1),
    ]

    async def main() -> None:
        for client in clients:
            with pytest.raises(TransportError, match="Connection refused"):
                await client.connect()
        with pytest.raises(TransportError, match="No such file"):
            await Client.unix(tmp_path / "nothing").connect()

    run(main)


def test_tls_that_is_not_to_be_had_is_told(run: Run, http: str) -> None:
    async def main() -> None:
        with pytest.raises(TransportError) as raised:
            await Client.http(http.replace("http:", "https:")).connect()
        # By whether this machine has root certificates.
        assert raised.value.rule in {"connect", "tls"}

    run(main)


def test_a_url_from_elsewhere_does_not_lead_to_this_machine(run: Run, http: str) -> None:
    async def main() -> None:
        with pytest.raises(TransportError, match="policy") as raised:
            await Client.http(http, addresses="public").connect()
        assert raised.value.rule == "address"

    run(main)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://127.0.0.1/"},
        {"url": "http://user@127.0.0.1/"},
        {"headers": {"Host": "elsewhere"}},
        {"headers": {"X": "two\r\nlines"}},
        {"addresses": "some"},
        {"connect_timeout": -1.0},
        {"read_timeout": float("nan")},
    ],
)
def test_what_cannot_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Client.http(**{"url": "http://127.0.0.1/mcp", **wrong})


def test_loops_in_threads_of_their_own_do_not_meet(make: Make) -> None:
    assert_loops_do_not_meet(make)


def test_the_interpreter_may_end_with_a_connection_open(http: str) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, sys
        from mcp_engine.client import Client
        async def main():
            global client
            client = Client.http(sys.argv[1])
            print((await client.call_tool("echo", {"text": "hi"})).text)
        asyncio.run(main())
        """,
        http,
    )
    assert (done.returncode, done.stdout) == (0, "hi\n"), done


def test_a_fork_leaves_the_parent_its_connection(http: str) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, gc, os, sys
        from mcp_engine.client import Client
        async def main():
            client = Client.http(sys.argv[1])
            assert (await client.call_tool("echo", {"text": "before"})).text == "before"
            for _ in range(20):
                calls = [asyncio.ensure_future(client.call_tool("echo", {"text": "x"})) for _ in range(8)]
                await asyncio.sleep(0)
                child = os.fork()
                if child == 0:
                    del client._link
                    gc.collect()
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                await asyncio.gather(*calls)
            print((await client.call_tool("echo", {"text": "after"})).text)
            await client.close()
        asyncio.run(main())
        """,
        http,
    )
    assert (done.returncode, done.stdout) == (0, "after\n"), done


def test_a_client_that_is_forgotten_leaves_nothing_open(http: str) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, gc, os, sys, time
        from mcp_engine.client import Client
        def descriptors():
            return len(os.listdir("/proc/self/fd"))
        async def use():
            client = Client.http(sys.argv[1])
            await client.call_tool("echo", {"text": "hi"})
        async def main():
            await use()
        asyncio.run(main())
        gc.collect()
        before = descriptors()
        for _ in range(20):
            asyncio.run(main())
            gc.collect()
        until = time.monotonic() + 10
        while descriptors() > before + 4 and time.monotonic() < until:
            time.sleep(0.01)
        print(descriptors() <= before + 4)
        """,
        http,
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done
