"""The streams of ``mcp_engine.compat.mcp``, their bounds, and what is left to the SDK."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

import anyio
import mcp
from conversations import PAIRS, Heard, connected
from mcp import StdioServerParameters, types
from mcp.shared.exceptions import McpError

from mcp_engine import Limits
from mcp_engine.compat.mcp import ClientSession, stdio, stdio_client
from mcp_engine.compat.mcp._line import Line

Run = Callable[[Callable[[], Awaitable[Any]]], Any]

OURS = PAIRS["ours"]


def text_of(result: types.CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


@pytest.mark.parametrize("pair", ["sdk", "ours"])
def test_the_streams_are_those_of_anyio(run: Run, pair: str, scripted: list[str]) -> None:
    async def main() -> None:
        async with PAIRS[pair].client(StdioServerParameters(command=scripted[0], args=scripted[1:])) as (read, write):
            assert isinstance(read, anyio.streams.memory.MemoryObjectReceiveStream)
            assert isinstance(write, anyio.streams.memory.MemoryObjectSendStream)
            with pytest.raises(anyio.WouldBlock):
                read.receive_nowait()
            request = types.JSONRPCRequest(jsonrpc="2.0", id="own", method="ping")
            await write.send(mcp.shared.message.SessionMessage(types.JSONRPCMessage(request)))
            answer = await read.receive()
            assert isinstance(answer.message.root, types.JSONRPCError) and answer.message.root.id == "own"
            assert read.statistics().open_receive_streams == 1
            other = read.clone()
            await read.aclose()
            with pytest.raises(anyio.ClosedResourceError):
                await read.receive()
            async with anyio.create_task_group() as group:

                async def wait() -> None:
                    with pytest.raises(anyio.ClosedResourceError):
                        async for _ in other:
                            pass
                        raise anyio.ClosedResourceError

                group.start_soon(wait)
                await anyio.sleep(0.01)
                await other.aclose()
            await write.aclose()
            with pytest.raises(anyio.ClosedResourceError):
                await write.send(answer)

    run(main)


def test_a_reader_that_is_slow_holds_the_server_up(run_asyncio: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "import sys\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    sys.stdout.write('{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"n\":%d,\"x\":\"%s\"}}\\n' % (n, 'x' * 1000))\n"
        "    if n % 100 == 0: print(n, file=sys.stderr, flush=True)\n"
    )

    async def main() -> None:
        with open(os.devnull, "w") as errlog:
            async with stdio_client(StdioServerParameters(command=sys.executable, args=["-c", program]), errlog) as (read, _):
                line: Line = read.line  # type: ignore[attr-defined]
                said, before = b"", b"-"
                while said != before or not line.waiting():
                    before = said
                    await anyio.sleep(0.3)
                    said = line.wire.stderr_tail()
                # What fits into the bound, one turn of reading, and the pipe.
                assert 1024 <= line.waiting() < 6000
                numbers = [(await read.receive()).message.root.params["n"] for _ in range(10_000)]
                assert numbers == list(range(1, 10_001))

    run_asyncio(main)


class CountingWire:
    """Counts when something is written."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)

    def flush(self) -> bool:
        self.writes += self.wire.unsent_bytes > 0
        return bool(self.wire.flush())


def test_a_single_request_is_written_at_once_and_those_of_one_turn_together(run_asyncio: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with stdio_client(StdioServerParameters(command=scripted[0], args=scripted[1:])) as (read, write):
            async with ClientSession(read, write) as session:
                await session.initialize()
                session._tool_output_schemas["echo"] = None
                await session.call_tool("echo", {"text": "warm"})
                line = session._line
                assert line is not None and line.unanswered == 0
                wire = CountingWire(line.wire)
                line.wire = wire  # type: ignore[assignment]
                one = asyncio.ensure_future(session.call_tool("echo", {"text": "one"}))
                await asyncio.sleep(0)
                assert wire.writes == 1 and line.unanswered == 1
                await one
                await asyncio.gather(*(session.call_tool("echo", {"text": str(n)}) for n in range(64)))
                assert wire.writes == 3 and line.unanswered == 0

    run_asyncio(main)


def test_a_message_above_the_limit_is_refused_and_harms_no_other(run: Run, scripted: list[str]) -> None:
    async def main() -> list[Any]:
        heard = Heard()
        parameters = StdioServerParameters(command=scripted[0], args=scripted[1:])
        async with stdio_client(parameters, limits=Limits(message_bytes=2000)) as (read, write):
            async with ClientSession(read, write, message_handler=heard.message) as session:
                await session.initialize()
                session._tool_output_schemas["echo"] = None
                with pytest.raises(McpError, match="Timed out"):
                    await session.call_tool("long", {"bytes": 3000}, timedelta(seconds=0.2))
                assert text_of(await session.call_tool("echo", {"text": "x"})) == "x"
        return heard.all

    ((_, kind, text),) = run(main)
    assert kind == "LimitError" and "message_bytes" in text


class Blind(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors of others, like some on other systems."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError


def test_what_the_engine_cannot_do_is_left_to_the_sdk_and_told_once(scripted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "_told", set())
    parameters = StdioServerParameters(command=scripted[0], args=scripted[1:], encoding_error_handler="replace")

    async def main() -> str:
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
            assert type(read) is anyio.streams.memory.MemoryObjectReceiveStream
            await session.initialize()
            session._tool_output_schemas["echo"] = None
            return text_of(await session.call_tool("echo", {"text": "by the SDK"}))

    with pytest.warns(RuntimeWarning, match="leaves a connection to the SDK: the encoding 'utf-8' with 'replace'"):
        assert asyncio.run(main()) == "by the SDK"
    assert asyncio.run(main()) == "by the SDK"


def test_a_loop_that_watches_nothing_is_left_to_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with pytest.raises(stdio.Undriven, match="Blind watches no descriptors"):
            stdio.driven_loop()

    with asyncio.Runner(loop_factory=Blind) as runner:
        runner.run(main())


async def ask_in_turn(pair: str) -> str:
    """What comes of a question whose answer takes a question to the same server."""
    fast = [sys.executable, str(Path(__file__).parent / "fast_server.py")]

    async def sample(context: Any, params: Any) -> types.CreateMessageResult:
        inner = text_of(await context.session.call_tool("echo", {"text": "asked again"}))
        return types.CreateMessageResult(role="assistant", content=types.TextContent(type="text", text=inner), model="m")

    async with connected(PAIRS[pair], fast, sampling_callback=sample) as session:
        return text_of(await session.call_tool("ask_model", {"question": "?"}, timedelta(seconds=2 if pair == "sdk" else 30)))


def test_a_callback_may_ask_its_own_server(run: Run) -> None:
    assert run(lambda: ask_in_turn("ours")) == "m: asked again"


def test_with_the_sdk_such_a_callback_waits_for_itself(run_asyncio: Run) -> None:
    # It fails on leaving, too, since what has come meanwhile is taken by nobody.
    with pytest.raises(BaseExceptionGroup):
        run_asyncio(lambda: ask_in_turn("sdk"))


def test_a_question_that_is_taken_back_is_given_up(run: Run, tmp_path: Path) -> None:
    program = tmp_path / "fickle.py"
    program.write_text(
        "import json, sys\n"
        "say = lambda **message: print(json.dumps({'jsonrpc': '2.0'} | message), flush=True)\n"
        "for line in sys.stdin:\n"
        "    message = json.loads(line)\n"
        "    if message.get('method') == 'ping':\n"
        "        call = message['id']\n"
        "        say(id='q', method='roots/list')\n"
        "    elif message.get('method') == 'notifications/roots/list_changed':\n"
        "        say(method='notifications/cancelled', params={'requestId': 'q'})\n"
        "    elif message.get('id') == 'q':\n"
        "        say(id=call, result={'answer': message})\n"
    )

    async def main() -> Any:
        asked: Any = anyio.Event()

        async def roots(context: Any) -> Any:
            asked.set()
            await anyio.sleep_forever()

        parameters = StdioServerParameters(command=sys.executable, args=[str(program)])
        async with stdio_client(parameters) as (read, write), ClientSession(read, write, list_roots_callback=roots) as session:
            async with anyio.create_task_group() as group:

                async def take_back() -> None:
                    await asked.wait()
                    await session.send_roots_list_changed()

                group.start_soon(take_back)
                return (await session.send_ping()).model_extra

    assert run(main)["answer"]["error"] == {"code": 0, "message": "Request cancelled"}


def test_a_process_that_was_forked_is_left_to_the_sdk(scripted: list[str]) -> None:
    code = f"""
import asyncio, os, sys, warnings
from mcp import StdioServerParameters
from mcp_engine.compat.mcp import ClientSession, stdio_client
async def main():
    async with stdio_client(StdioServerParameters(command={scripted[0]!r}, args={scripted[1:]!r})) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            print(type(read).__module__, flush=True)
asyncio.run(main())
child = os.fork()
if child == 0:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(main())
        print(any("was forked" in str(one.message) for one in told), flush=True)
    os._exit(0)
sys.exit(os.waitpid(child, 0)[1])
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert done.stdout.split() == ["mcp_engine.compat.mcp._streams", "anyio.streams.memory", "True"]


def test_nothing_is_left_of_connections(run_asyncio: Run, scripted: list[str]) -> None:
    async def main() -> tuple[int, int]:
        counts = []
        for _ in range(4):
            for _ in range(5):
                async with connected(OURS, scripted) as session:
                    await session.send_notification(types.ClientNotification(types.RootsListChangedNotification()))
            gc.collect()
            lines = sum(isinstance(one, Line) for one in gc.get_objects())
            counts.append((len(os.listdir("/proc/self/fd")), lines))
        assert counts[-1] == counts[1], counts
        return counts[-1]

    run_asyncio(main)
