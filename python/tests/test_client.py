"""The client, against real servers, under every event loop."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from loops import Run, assert_loops_do_not_meet

from mcp_engine import ClosedError, LimitError, Limits, PeerError, ProtocolError
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


def test_an_answerer_refuses_with_a_code_a_message_and_data(run: Run, scripted: list[str]) -> None:
    async def asked(refusal: PeerError) -> Any:
        def answer(_: dict[str, Any]) -> Any:
            raise refusal

        async with Client.stdio(*scripted, elicitation=answer, versions=["2025-11-25"]) as client:
            return json.loads((await client.call_tool("ask", {"method": "elicitation/create"})).text)

    async def main() -> None:
        said = await asked(PeerError(-32050, "nobody is there", {"until": [9, 30]}))
        assert said == {"code": -32050, "message": "nobody is there", "data": {"until": [9, 30]}}
        said = await asked(PeerError(-1, "no", {"until": object()}))
        assert said["code"] == -32603 and "data" not in said

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
                with pytest.raises(ClosedError, match="closed by the peer") as lost:
                    await call
                assert lost.value.fault == "peer"
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
        with pytest.raises(ClosedError) as lost:
            await call
        await client.close()
        with pytest.raises(ClosedError) as refused:
            await client.call_tool("echo", {"text": "?"})
        assert (lost.value.fault, refused.value.fault) == ("caller", "caller")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    run_asyncio(main)


def test_a_listing_without_end_is_cut(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            with pytest.raises(LimitError):
                await client.list_tools()

    run(main)


@pytest.mark.parametrize(
    "answer, where",
    [
        ({}, "result.tools must be an array"),
        ({"tools": None}, "result.tools must be an array"),
        ({"tools": {"a": 1}}, "result.tools must be an array"),
        ({"tools": [{"name": "a", "inputSchema": {}}, 5]}, "result.tools[1] must be an object"),
        ({"tools": [{"inputSchema": {}}]}, "result.tools[0].name must be a string"),
        ({"tools": [{"name": "a"}]}, "result.tools[0].inputSchema must be an object"),
        ({"tools": [], "nextCursor": 5}, "result.nextCursor must be a string"),
        ({"prompts": [{"name": 5}]}, "result.prompts[0].name must be a string"),
        ({"resources": [{"name": "a"}]}, "result.resources[0].uri must be a string"),
        ({"resourceTemplates": [{"name": "a"}]}, "result.resourceTemplates[0].uriTemplate must be a string"),
        ({"contents": 5}, "result.contents must be an array"),
        ({"contents": [5]}, "result.contents[0] must be an object"),
        ({"contents": [{"text": 5}]}, "result.contents[0].text must be a string"),
        ({"messages": {}}, "result.messages must be an array"),
        ({"completion": 5}, "result.completion.values must be an array"),
        ({"completion": {"values": [5]}}, "result.completion.values[0] must be a string"),
        ({"isError": "yes", "content": []}, "result.isError must be a boolean"),
        ({"content": 5}, "result.content must be an array"),
        ({"content": [5]}, "result.content[0] must be an object"),
    ],
)
def test_an_answer_that_breaks_mcp_says_whose_fault_it_is_and_where(run_asyncio: Run, scripted: list[str], answer: dict[str, Any], where: str) -> None:
    async def ask(client: Client) -> Any:
        (member, *_) = [*answer, "tools"]
        if member in ("content", "isError"):
            result = await client.call_tool("echo", {"text": "?"})
            return result.is_error, result.content
        if member == "contents":
            return (await client.read_resource("test://a")).text
        if member == "messages":
            return await client.get_prompt("a")
        if member == "completion":
            return await client.complete({"type": "ref/prompt", "name": "a"}, "b", "c")
        lists = {"prompts": client.list_prompts, "resources": client.list_resources, "resourceTemplates": client.list_resource_templates}
        return await lists.get(member, client.list_tools)()

    async def main() -> None:
        async with Client.stdio(*scripted, json.dumps(answer)) as client:
            with pytest.raises(ProtocolError) as raised:
                await ask(client)
            assert (raised.value.fault, raised.value.rule) == ("peer", "response-malformed")
            assert where in str(raised.value)

    run_asyncio(main)


def test_a_server_that_says_nothing_is_given_up(run: Run) -> None:
    async def main() -> None:
        code = "import sys; print('I am thinking', file=sys.stderr, flush=True); sys.stdin.read()"
        client = Client.stdio(sys.executable, "-c", code, handshake_timeout=1.0)
        with pytest.raises(TimeoutError, match="within 1 seconds.*I am thinking"):
            await client.connect()
        await client.close()

    run(main)


def test_notifications_that_mcp_does_not_have_are_heard(run: Run, scripted: list[str]) -> None:
    heard: list[str] = []

    async def main() -> None:
        async with Client.stdio(*scripted, on_notification=lambda method, _: heard.append(method)) as client:
            await client.call_tool("tell", {"method": "notifications/of_mine"})
            said = json.loads((await client.call_tool("ask", {"method": "question/of_mine"})).text)
            assert said["code"] == -32601

    run(main)
    assert heard == ["notifications/of_mine"]


def test_a_busy_server_is_told_that_nobody_waits_any_more(run_asyncio: Run, scripted: list[str], tmp_path: Path) -> None:
    import asyncio

    async def main() -> None:
        client = Client.stdio(*scripted)
        await client.connect()
        call = asyncio.ensure_future(client.call_tool("write_down", {"path": str(tmp_path / "heard")}))
        await client.call_tool("echo", {"text": "it is on its way"})
        await client.close()
        with pytest.raises(ClosedError):
            await call

    run_asyncio(main)
    heard = [json.loads(line) for line in (tmp_path / "heard").read_text().splitlines()]
    assert [message["params"]["reason"] for message in heard] == ["closed"]


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
    assert_loops_do_not_meet(lambda: Client.stdio(*engine))
