"""The client, against real servers, under every event loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from loops import Run

from mcp_engine import ClosedError, LimitError, Limits, PeerError
from mcp_engine.client import Client

VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]


def test_everything_a_server_has_can_be_used(run: Run, engine: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*engine) as client:
            assert client.protocol_version == "2026-07-28"
            assert client.server_info["name"] == "mcp-engine everything"
            tools = {tool.name: tool for tool in await client.list_tools()}
            assert tools["echo"].input_schema["properties"]["text"]
            result = await client.call_tool("echo", {"text": "grüezi 😀"})
            assert (result.text, result.is_error, result.content) == ("grüezi 😀", False, [{"type": "text", "text": "grüezi 😀"}])
            prompt = await client.get_prompt("test_simple_prompt")
            assert prompt.messages[0]["role"] == "user"
            resources = await client.list_resources()
            assert resources[0].uri == "test://static-text"
            assert (await client.read_resource("test://static-text")).text
            assert await client.list_resource_templates()
            await client.ping()

    run(main)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_revision_is_spoken(run_asyncio: Run, engine: list[str], version: str) -> None:
    async def main() -> None:
        async with Client.stdio(*engine, versions=[version]) as client:
            assert client.protocol_version == version
            assert (await client.call_tool("echo", {"text": "hi"})).text == "hi"
            await client.ping()

    run_asyncio(main)


def test_a_legacy_server_is_found_out(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            assert client.protocol_version == "2025-11-25"
            assert (await client.call_tool("echo", {"text": "hi"})).text == "hi"

    run(main)


def test_progress_is_heard(run: Run, engine: list[str]) -> None:
    async def main() -> None:
        heard: list[Any] = []
        async with Client.stdio(*engine) as client:
            await client.call_tool("test_tool_with_progress", progress=lambda *told: heard.append(told))
        # What is overtaken on its way may be left out, the last is not.
        assert heard[-1] == (100, 100, "100 of 100")

    run(main)


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_user_is_asked_alike_in_both_eras(run: Run, engine: list[str], version: str, kind: str) -> None:
    asked: list[Any] = []

    def answer(params: dict[str, Any]) -> Any:
        asked.append(params)
        accepted = {"action": "accept", "content": {"name": "Ada"}}
        if kind == "sync":
            return accepted

        async def later() -> Any:
            return accepted

        return later()

    async def main() -> None:
        tool = "test_input_required_result_elicitation"
        async with Client.stdio(*engine, versions=[version], elicitation=answer) as client:
            assert "Ada" in (await client.call_tool(tool)).text
        assert asked[0]["requestedSchema"]["type"] == "object"

    run(main)


def test_an_answerer_that_fails_is_told_as_an_error(run: Run, scripted: list[str]) -> None:
    def answer(_: dict[str, Any]) -> Any:
        raise RuntimeError("no user here")

    async def main() -> None:
        async with Client.stdio(*scripted, elicitation=answer, versions=["2025-11-25"]) as client:
            said = json.loads((await client.call_tool("ask", {"method": "elicitation/create"})).text)
            assert said == {"code": -32603, "message": "RuntimeError: no user here"}

    run(main)


def test_errors_of_the_server_are_raised(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with pytest.raises(PeerError) as raised:
                await client.call_tool("error")
            assert (raised.value.code, raised.value.message, raised.value.data) == (-32050, "no", {"why": [1, 2]})

    run(main)


def test_garbage_and_strange_answers_harm_nothing(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            assert (await client.call_tool("garbage")).text == "after the garbage"
            assert (await client.call_tool("wrong_id")).text == "right"
            result = await client.call_tool("huge_number")
            with pytest.raises(ValueError):
                result.structured_content
            assert (await client.call_tool("echo", {"text": "fine"})).text == "fine"

    run(main)


def test_a_call_that_takes_too_long_is_given_up_and_the_server_is_told(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with pytest.raises(TimeoutError):
                await client.call_tool("silent", timeout=0.05)
            heard = json.loads((await client.call_tool("heard_so_far")).text)
            assert heard[-1]["method"] == "notifications/cancelled"

    run(main)


def test_a_short_time_counts_while_a_long_one_is_waited_for(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted, timeout=100.0) as client:
            await client.call_tool("echo", {"text": "a hundred seconds"})
            with pytest.raises(TimeoutError):
                await client.call_tool("silent", timeout=0.05)
            await client.call_tool("echo", {"text": "again"})
            with pytest.raises(TimeoutError):
                await client.call_tool("silent", timeout=0.01)

    run(main)


def test_an_application_that_raises_at_one_event_hears_the_next(run: Run, scripted: list[str], caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    def hear(method: str, params: dict[str, Any]) -> None:
        heard.append(method)
        raise KeyError("a fault of the application")

    async def main() -> None:
        async with Client.stdio(*scripted, on_notification=hear) as client:
            for _ in range(2):
                assert (await client.call_tool("tell", {"method": "notifications/tools/list_changed"})).text == "told"

    run(main)
    assert heard == ["notifications/tools/list_changed"] * 2
    assert "a fault of the application" in caplog.text


def test_a_client_that_is_given_up_while_it_opens_leaves_no_server(run_asyncio: Run, tmp_path: Path) -> None:
    import asyncio

    program = tmp_path / "silent.py"
    program.write_text(f"import os, sys; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); sys.stdin.read()")

    async def main() -> None:
        client = Client.stdio(sys.executable, program)

        async def enter() -> None:
            async with client:
                raise AssertionError("it says nothing")

        entering = asyncio.ensure_future(enter())
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.001)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    run_asyncio(main)


def test_a_task_that_is_cancelled_cancels_its_call(run_asyncio: Run, scripted: list[str]) -> None:
    import asyncio

    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            task = asyncio.ensure_future(client.call_tool("silent"))
            await client.call_tool("echo", {"text": "after it"})
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            heard = json.loads((await client.call_tool("heard_so_far")).text)
            assert heard[-1]["params"]["reason"] == "cancelled"

    run_asyncio(main)


def test_a_trio_scope_that_is_cancelled_cancels_its_call(scripted: list[str]) -> None:
    trio = pytest.importorskip("trio")

    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with trio.move_on_after(0.05) as scope:
                await client.call_tool("silent")
            assert scope.cancelled_caught
            heard = json.loads((await client.call_tool("heard_so_far")).text)
            assert heard[-1]["params"]["reason"] == "cancelled"

    trio.run(main)


def test_a_dead_server_fails_its_calls_with_a_reason_and_is_started_again(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with pytest.raises(ClosedError, match="my last words"):
                await client.call_tool("die")
            assert (await client.call_tool("echo", {"text": "back"})).text == "back"

    run(main)


def test_a_server_that_was_killed_fails_the_calls_that_wait(run_asyncio: Run, scripted: list[str]) -> None:
    import asyncio

    async def main() -> None:
        async with Client.stdio(*scripted, respawn=False) as client:
            calls = [asyncio.ensure_future(client.call_tool("silent")) for _ in range(10)]
            await client.call_tool("echo", {"text": "they are on their way"})
            os.kill(client._link.channel.pid, signal.SIGKILL)
            for call in calls:
                with pytest.raises(ClosedError, match="closed by the peer"):
                    await call
            with pytest.raises(ClosedError):
                await client.call_tool("echo", {"text": "?"})

    run_asyncio(main)


def test_a_program_that_cannot_be_started_is_named(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(OSError, match="no-such-program"):
            await Client.stdio("/no-such-program").connect()

    run(main)


def test_a_program_that_ends_at_once_says_why(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(ClosedError, match="cannot find my configuration"):
            await Client.stdio("sh", "-c", "echo cannot find my configuration >&2; exit 3").connect()

    run(main)


def test_closing_twice_and_during_calls_is_fine(run_asyncio: Run, scripted: list[str]) -> None:
    import asyncio

    async def main() -> None:
        client = Client.stdio(*scripted)
        await client.connect()
        pid = client._link.channel.pid
        call = asyncio.ensure_future(client.call_tool("silent"))
        await client.call_tool("echo", {"text": "it is on its way"})
        await asyncio.gather(client.close(), client.close())
        with pytest.raises(ClosedError):
            await call
        await client.close()
        with pytest.raises(ClosedError):
            await client.call_tool("echo", {"text": "?"})
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    run_asyncio(main)


def test_a_listing_without_end_is_cut(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with pytest.raises(LimitError):
                await client.list_tools()

    run(main)


def test_large_answers_come_whole_and_side_by_side(run_asyncio: Run, engine: list[str]) -> None:
    import asyncio

    async def main() -> None:
        text = "0123456789abcdef" * 4096
        async with Client.stdio(*engine) as client:
            results = await asyncio.gather(*(client.call_tool("echo", {"text": f"{n}{text}"}) for n in range(200)))
            assert [result.text for result in results] == [f"{n}{text}" for n in range(200)]

    run_asyncio(main)


def test_an_answer_above_the_limit_fails_its_call_alone(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted, limits=Limits(message_bytes=1 << 16), timeout=5.0) as client:
            assert len((await client.call_tool("long", {"bytes": 60_000})).text) == 60_000
            with pytest.raises(LimitError, match="message_bytes"):
                await client.call_tool("long", {"bytes": 70_000})
            assert (await client.call_tool("echo", {"text": "fine"})).text == "fine"

    run(main)


def test_loops_in_threads_of_their_own_do_not_meet(engine: list[str]) -> None:
    import asyncio
    import threading

    done: list[str] = []

    async def main(number: int) -> None:
        async with Client.stdio(*engine) as client:
            for turn in range(50):
                assert (await client.call_tool("echo", {"text": f"{number} {turn}"})).text == f"{number} {turn}"
        done.append("done")

    threads = [threading.Thread(target=lambda n=n: asyncio.run(main(n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4


def in_a_process_of_its_own(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, timeout=60
    )


def test_the_interpreter_may_end_with_a_connection_open(engine: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, sys
        from mcp_engine.client import Client
        async def main():
            global client
            client = Client.stdio(*sys.argv[1:])
            print((await client.call_tool("echo", {"text": "hi"})).text)
        asyncio.run(main())
        """,
        *engine,
    )
    assert (done.returncode, done.stdout) == (0, "hi\n"), done


def test_a_fork_leaves_the_parent_its_connection(engine: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, os, sys
        from mcp_engine.client import Client
        async def main():
            async with Client.stdio(*sys.argv[1:]) as client:
                assert (await client.call_tool("echo", {"text": "before"})).text == "before"
                child = os.fork()
                if child == 0:
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                print((await client.call_tool("echo", {"text": "after"})).text)
        asyncio.run(main())
        """,
        *engine,
    )
    assert (done.returncode, done.stdout) == (0, "after\n"), done


def test_a_process_that_was_forked_is_told_that_it_cannot_start_servers(scripted: list[str]) -> None:
    done = in_a_process_of_its_own(
        """
        import asyncio, os, sys
        from mcp_engine.client import Client
        async def main():
            async with Client.stdio(*sys.argv[1:]) as client:
                await client.call_tool("echo", {"text": "before"})
        asyncio.run(main())
        if os.fork() == 0:
            try:
                asyncio.run(main())
            except RuntimeError as error:
                os.write(1, str(error).encode())
            os._exit(0)
        os.wait()
        """,
        *scripted,
    )
    assert "was forked" in done.stdout, done


def test_importing_starts_nothing_and_loads_little() -> None:
    done = in_a_process_of_its_own(
        """
        import sys, threading
        import mcp_engine
        heavy = {"asyncio", "pydantic", "numpy", "mcp", "httpx", "anyio"} & set(sys.modules)
        print(len(__import__("os").listdir("/proc/self/task")), sorted(heavy))
        """
    )
    assert done.stdout == "1 []\n", done


def test_a_sub_interpreter_gets_an_import_error() -> None:
    done = in_a_process_of_its_own(
        """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import mcp_engine
        one = interpreters.create()
        code = "try:\\n import mcp_engine\\nexcept ImportError:\\n print('refused')\\nelse:\\n print('taken')"
        interpreters.run_string(one, code)
        """
    )
    assert "refused" in done.stdout, done
