"""mcp_engine.compat.mcp when things go wrong: servers that die, lie or are silent; closing and cancelling at any time, from anywhere."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
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
from mcp.client import stdio as sdk_stdio
from mcp.shared.exceptions import McpError

from mcp_engine.compat.mcp import ClientSession, stdio_client
from mcp_engine.compat.mcp._line import Line

Run = Callable[[Callable[[], Awaitable[Any]]], Any]

OURS = PAIRS["ours"]
BOTH = pytest.mark.parametrize("pair", ["sdk", "ours"])


def text_of(result: types.CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_our_session_is_one_of_the_sdk() -> None:
    assert issubclass(ClientSession, mcp.ClientSession)


def test_a_server_that_dies_fails_what_waits_with_its_last_words(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with connected(OURS, scripted) as session:
            failures: list[McpError] = []

            async def wait() -> None:
                with pytest.raises(McpError) as caught:
                    await session.call_tool("silent")
                failures.append(caught.value)

            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(wait)
                await anyio.sleep(0)
                with pytest.raises(McpError) as caught:
                    await session.call_tool("die")
            failures.append(caught.value)
            assert len(failures) == 6
            for failure in failures:
                assert failure.error.code == types.CONNECTION_CLOSED
                assert "Connection closed" in str(failure) and "status -9" in str(failure) and "my last words" in str(failure)

    run(main)


def test_what_is_asked_of_a_dead_server_fails_with_the_reason(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with connected(OURS, scripted) as session:
            with pytest.raises(McpError):
                await session.call_tool("die")
            for ask in (lambda: session.call_tool("echo", {"text": "x"}), session.send_ping, session.send_roots_list_changed):
                with pytest.raises(McpError, match="status -9") as caught:
                    await ask()
                assert isinstance(caught.value, anyio.ClosedResourceError)

    run(main)


def test_the_sdk_has_no_reason_where_ours_has_one(run_asyncio: Run, scripted: list[str]) -> None:
    """What LEGACY applications see: an exception without a text."""

    async def main() -> None:
        async with connected(PAIRS["sdk"], scripted) as session:
            with pytest.raises(McpError, match="^Connection closed$"):
                await session.call_tool("die")
            with pytest.raises(anyio.ClosedResourceError) as caught:
                await session.call_tool("echo", {"text": "x"})
            assert str(caught.value) == ""

    run_asyncio(main)


@BOTH
def test_an_error_is_raised_as_it_came(run_asyncio: Run, scripted: list[str], pair: str) -> None:
    async def main() -> None:
        async with connected(PAIRS[pair], scripted) as session:
            with pytest.raises(McpError) as caught:
                await session.call_tool("error")
            assert caught.value.error == types.ErrorData(code=-32050, message="no", data={"why": [1, 2]})

    run_asyncio(main)


@BOTH
def test_answers_to_nobody_are_told(run: Run, scripted: list[str], pair: str) -> None:
    async def main() -> list[Any]:
        heard = Heard()
        async with connected(PAIRS[pair], scripted, message_handler=heard.message) as session:
            assert text_of(await session.call_tool("wrong_id")) == "right"
            await session.call_tool("echo", {"text": "after it"})
        return [(kind, text.split(": Session")[0]) for _, kind, text in heard.all]

    assert run(main) == [("RuntimeError", "Received response with an unknown request ID")] * 2


@pytest.mark.parametrize("pair", ["sdk", "ours", "our transport"])
def test_what_is_no_json_is_told_as_pydantic_says_it(run_asyncio: Run, pair: str, tmp_path: Path) -> None:
    program = tmp_path / "noisy.py"
    lines = ["Starting up ...", "[1, 2", '{"jsonrpc":"2.0","id":"x"}', '{"jsonrpc":"1.0","method":"m"}', "\u00fc" * 10]
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    id = json.loads(line).get('id')\n"
        f"    for noise in {lines!r}: print(noise)\n"
        "    if id is not None: print(json.dumps({'jsonrpc': '2.0', 'id': id, 'result': {}}), flush=True)\n"
    )

    async def main() -> list[Any]:
        told: list[Any] = []

        async def hear(message: Any) -> None:
            told.append((type(message).__name__, [(one["type"], one["input"]) for one in message.errors()]))

        parameters = StdioServerParameters(command=sys.executable, args=[str(program)], env={"PYTHONIOENCODING": "utf-8"})
        async with PAIRS[pair].client(parameters) as (read, write), PAIRS[pair].session(read, write, message_handler=hear) as session:
            await session.send_ping()
        return told

    told = run_asyncio(main)
    assert told[0] == ("ValidationError", [("json_invalid", "Starting up ...")])
    assert told == run_asyncio(lambda: _with(main, "sdk")) if pair != "sdk" else True
    assert len(told) == len(lines)


STRANGE = {
    "an error without an id": '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}\n{"jsonrpc":"2.0","id":ID,"result":{}}',
    "a number that is none": '{"jsonrpc":"2.0","id":ID,"result":{"n":NaN}}',
    "a name twice": '{"jsonrpc":"2.0","id":ID,"result":{"n":1,"n":2}}',
}


@pytest.mark.parametrize("pair", ["sdk", "ours"])
@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_a_strange_answer_that_the_sdk_takes_is_taken(run_asyncio: Run, pair: str, answer: str, tmp_path: Path) -> None:
    program = tmp_path / "strange.py"
    program.write_text(f"import json, sys\nfor line in sys.stdin: print({answer!r}.replace('ID', str(json.loads(line)['id'])), flush=True)\n")

    async def main() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=[str(program)])
        async with PAIRS[pair].client(parameters) as (read, write):
            async with PAIRS[pair].session(read, write, read_timeout_seconds=timedelta(seconds=30)) as session:
                await session.send_ping()
                await session.send_ping()
            if pair == "ours":
                with pytest.raises(McpError, match="Connection closed"):
                    await session.send_ping()

    run_asyncio(main)


@BOTH
def test_an_answer_that_is_a_result_and_an_error_is_an_error(run_asyncio: Run, pair: str, tmp_path: Path) -> None:
    program = tmp_path / "both.py"
    answer = '{"jsonrpc":"2.0","id":ID,"result":{},"error":{"code":1,"message":"no"}}'
    program.write_text(f"import json, sys\nfor line in sys.stdin: print({answer!r}.replace('ID', str(json.loads(line)['id'])), flush=True)\n")

    async def main() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=[str(program)])
        async with PAIRS[pair].client(parameters) as (read, write), PAIRS[pair].session(read, write) as session:
            with pytest.raises(McpError, match="^no$"):
                await session.send_ping()

    run_asyncio(main)


async def _with(main: Callable[[], Awaitable[Any]], pair: str) -> Any:
    own = PAIRS["ours"], PAIRS["our transport"]
    PAIRS["ours"] = PAIRS["our transport"] = PAIRS[pair]
    try:
        return await main()
    finally:
        PAIRS["ours"], PAIRS["our transport"] = own


@pytest.mark.parametrize("pair", list(PAIRS))
def test_numbers_that_no_float_can_hold_are_what_pydantic_makes_of_them(run_asyncio: Run, scripted: list[str], pair: str) -> None:
    async def main() -> Any:
        async with connected(PAIRS[pair], scripted) as session:
            session._tool_output_schemas["huge_number"] = None
            return (await session.call_tool("huge_number")).structuredContent

    assert run_asyncio(main) == {"n": float("inf")}


def test_cancelling_reaches_the_server(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with connected(OURS, scripted) as session:
            session._tool_output_schemas |= {"silent": None, "heard_so_far": None}
            with anyio.move_on_after(0.05) as scope:
                await session.call_tool("silent")
            assert scope.cancelled_caught
            with pytest.raises(McpError) as caught:
                await session.call_tool("silent", read_timeout_seconds=timedelta(seconds=0.05))
            assert caught.value.error.code == 408
            assert str(caught.value) == "Timed out while waiting for response to ClientRequest. Waited 0.05 seconds."
            heard = json.loads(text_of(await session.call_tool("heard_so_far")))
            told = [one["params"]["requestId"] for one in heard if one["method"] == "notifications/cancelled"]
            assert told == [1, 2]

    run(main)


def test_the_timeout_of_the_session_counts_where_there_is_no_other(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        parameters = StdioServerParameters(command=scripted[0], args=scripted[1:])
        async with stdio_client(parameters) as (read, write), ClientSession(read, write, timedelta(seconds=5)) as session:
            await session.initialize()
            session._session_read_timeout_seconds = timedelta(seconds=0.05)
            with pytest.raises(McpError, match=r"Waited 0\.05 seconds"):
                await session.call_tool("silent")

    run(main)


def test_64_calls_at_a_time_and_16_megabytes(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with connected(OURS, scripted) as session:
            session._tool_output_schemas |= {"echo": None, "long": None}
            texts: dict[int, str] = {}

            async def call(n: int) -> None:
                texts[n] = text_of(await session.call_tool("echo", {"text": str(n)}))

            async with anyio.create_task_group() as group:
                for n in range(64):
                    group.start_soon(call, n)
            assert texts == {n: str(n) for n in range(64)}
            assert len(text_of(await session.call_tool("long", {"bytes": 16 << 20}))) == 16 << 20
            sent = "y" * (4 << 20)
            assert text_of(await session.call_tool("echo", {"text": sent})) == sent

    run(main)


def test_the_transport_may_be_left_by_any_task(run: Run, scripted: list[str]) -> None:
    """With the SDK, anyio refuses to leave a scope from another task than the one that entered it."""

    async def main() -> None:
        client = stdio_client(StdioServerParameters(command=scripted[0], args=scripted[1:]))
        opened: list[Any] = []

        async def enter() -> None:
            read, write = await client.__aenter__()
            session = ClientSession(read, write)
            await session.__aenter__()
            await session.initialize()
            opened.append(session)

        async def leave() -> None:
            for _ in range(2):
                await opened[0].__aexit__(None, None, None)
            await client.__aexit__(None, None, None)

        for step in (enter, leave):
            async with anyio.create_task_group() as group:
                group.start_soon(step)
        with pytest.raises(McpError, match="Connection closed"):
            await opened[0].call_tool("echo", {"text": "x"})

    run(main)


def test_closing_during_calls_fails_them_and_leaves_nothing(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with stdio_client(StdioServerParameters(command=scripted[0], args=scripted[1:])) as (read, write):
            line: Line = read.line  # type: ignore[attr-defined]
            pid = line.wire.pid  # type: ignore[attr-defined]
            async with ClientSession(read, write) as session:
                await session.initialize()
                async with anyio.create_task_group() as group:

                    async def wait() -> None:
                        with pytest.raises(McpError, match="Connection closed"):
                            await session.call_tool("silent")

                    group.start_soon(wait)
                    await anyio.sleep(0.02)
                    await line.close()
                    await line.close()
        assert not is_alive(pid)

    run(main)


def test_a_connection_may_be_closed_from_another_thread(run_asyncio: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with connected(OURS, scripted) as session:
            line: Line = session._line
            other = threading.Thread(target=lambda: asyncio.run(line.close()))
            other.start()
            with pytest.raises(McpError, match="Connection closed"):
                await session.call_tool("silent")
            other.join()

    run_asyncio(main)


def test_a_server_that_does_not_end_by_itself_is_ended(run_asyncio: Run, tmp_path: Path) -> None:
    program = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(60)"

    async def main() -> int:
        async with stdio_client(StdioServerParameters(command=sys.executable, args=["-c", program])) as (read, _):
            return int(read.line.wire.pid)  # type: ignore[attr-defined]

    began = time.monotonic()
    assert not is_alive(run_asyncio(main))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("pair", ["sdk", "ours"])
def test_a_program_that_there_is_not_is_an_oserror(run_asyncio: Run, pair: str) -> None:
    async def main() -> str:
        with pytest.raises(FileNotFoundError) as caught:
            async with PAIRS[pair].client(StdioServerParameters(command="no-such-program-here")):
                raise AssertionError("it was started")
        return f"{caught.value.errno} {caught.value.strerror} {caught.value.filename}"

    assert run_asyncio(main) == "2 No such file or directory no-such-program-here"


@pytest.mark.parametrize("pair", ["sdk", "ours"])
def test_the_standard_error_goes_where_it_should(run_asyncio: Run, pair: str, tmp_path: Path) -> None:
    file = tmp_path / "errors.log"
    program = "import sys; sys.stderr.write('a complaint\\n'); sys.stderr.flush(); sys.stdin.read()"

    async def main() -> None:
        with file.open("w") as errlog:
            errlog.write("before\n")
            errlog.flush()
            async with PAIRS[pair].client(StdioServerParameters(command=sys.executable, args=["-c", program]), errlog):
                while file.read_text().count("\n") < 2:
                    await anyio.sleep(0.01)
            errlog.write("behind\n")

    run_asyncio(main)
    assert file.read_text() == "before\na complaint\nbehind\n"


@pytest.mark.parametrize("pair", ["sdk", "ours"])
def test_a_server_gets_the_environment_of_the_sdk(run_asyncio: Run, pair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "secret")
    monkeypatch.setenv("TERM", "() { :; }")
    program = "import json, os; print(json.dumps({'jsonrpc': '2.0', 'method': 'm', 'params': dict(os.environ)}), flush=True)"

    async def main() -> dict[str, str]:
        parameters = StdioServerParameters(command=sys.executable, args=["-c", program], env={"OWN": "1"})
        async with PAIRS[pair].client(parameters) as (read, _):
            return (await read.receive()).message.root.params

    found = run_asyncio(main)
    found.pop("LC_CTYPE", None)
    assert found == sdk_stdio.get_default_environment() | {"OWN": "1"}


def test_a_session_that_is_left_before_it_has_begun_is_left_at_once(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with OURS.client(StdioServerParameters(command=scripted[0], args=scripted[1:])) as (read, write):
            for _ in range(2):
                async with OURS.session(read, write):
                    pass

    run(main)


def test_no_server_outlives_an_interpreter_that_ends_within_a_session(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from mcp import StdioServerParameters
from mcp_engine.compat.mcp import ClientSession, stdio_client
async def main():
    global client, session
    client = stdio_client(StdioServerParameters(command=sys.executable, args=["-c", sys.argv[1], sys.argv[2]]))
    session = ClientSession(*await client.__aenter__())
    await session.__aenter__()
    print(session._line.wire.pid, flush=True)
    sys.exit(3)
asyncio.run(main())
"""
    stubborn = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); sys.stdin.read(); open(sys.argv[1], 'w').close(); time.sleep(3600)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, stubborn, str(tmp_path / "end")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and (tmp_path / "end").exists(), done
    assert not is_alive(int(done.stdout))
