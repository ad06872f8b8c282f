"""A session of the SDK's kind over MCP 2026-07-28: chosen by an option or the environment, and the same to its application in both eras."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

from conversations import Heard, outcome, shown
from mcp import StdioServerParameters, types
from mcp.client import stdio as sdk_stdio
from mcp.shared.exceptions import McpError

from mcp_engine.compat.mcp import ClientSession, _modern, stdio_client

Run = Callable[[Callable[[], Awaitable[Any]]], Any]

HERE = Path(__file__).parent
META = "io.modelcontextprotocol/"


@asynccontextmanager
async def session_with(command: list[str], era: str | None = "any", client: Any = stdio_client, **options: Any) -> AsyncIterator[ClientSession]:
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    async with client(parameters) as (read, write), ClientSession(read, write, **options) as session:
        session.era = era
        yield session


@pytest.fixture
def modern(tmp_path: Path) -> list[str]:
    return [sys.executable, "-u", str(HERE / "modern_server.py"), str(tmp_path / "written")]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """What the server was told."""
    return lambda: [json.loads(line) for line in (tmp_path / "written").read_text().splitlines()]


def text(result: types.CallToolResult) -> Any:
    assert isinstance(result.content[0], types.TextContent)
    return json.loads(result.content[0].text)


async def names_of(session: ClientSession) -> list[tuple[str, dict[str, Any]]]:
    return [(tool.name, tool.inputSchema) for tool in (await session.list_tools()).tools]


async def everything(session: ClientSession, heard: Heard) -> dict[str, Any]:
    """What a session gets of the everything server."""
    told: list[Any] = []

    async def progress(*how_far: Any) -> None:
        told.append(how_far)

    uri: Any = "test://static-text"
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        # What else tools have is not the same in all revisions.
        "tools": lambda: names_of(session),
        "prompts": session.list_prompts,
        "resources": session.list_resources,
        "templates": session.list_resource_templates,
        "read": lambda: session.read_resource(uri),
        "prompt": lambda: session.get_prompt("test_simple_prompt"),
        "ping": session.send_ping,
        "level": lambda: session.set_logging_level("debug"),
        "echo": lambda: session.call_tool("echo", {"text": "grüezi"}),
        "odd": lambda: session.call_tool("echo", {"text": timedelta(days=1)}),
        "infinity": lambda: session.call_tool("echo", {"text": float("inf")}),
        "object": lambda: session.call_tool("echo", {"text": object()}),
        "meta": lambda: session.call_tool("echo", {"text": "x"}, meta={"trace": "1"}),
        "picture": lambda: session.call_tool("test_image_content"),
        "several": lambda: session.call_tool("test_multiple_content_types"),
        "failed": lambda: session.call_tool("test_error_handling"),
        "missing": lambda: session.call_tool("no such tool"),
        "log": lambda: session.call_tool("test_tool_with_logging"),
        "progress": lambda: session.call_tool("test_tool_with_progress", progress_callback=progress),
        "elicitation": lambda: session.call_tool("test_input_required_result_elicitation"),
        "sampling": lambda: session.call_tool("test_input_required_result_sampling"),
        "roots": lambda: session.call_tool("test_input_required_result_list_roots"),
        "rounds": lambda: session.call_tool("test_input_required_result_multi_round"),
        "several inputs": lambda: session.call_tool("test_input_required_result_multiple_inputs"),
        "subscribe": lambda: session.subscribe_resource(uri),
        "again": lambda: session.subscribe_resource(uri),
        "unsubscribe": lambda: session.unsubscribe_resource(uri),
        "completion": lambda: session.complete(types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments"), {"name": "arg1", "value": "a"}),
        "other result": lambda: session.send_request(types.ClientRequest(types.PingRequest()), types.ListToolsResult),
    }
    found = {name: await outcome(call) for name, call in calls.items()}
    return {**found, "told": told[-1], "heard": [one for one in heard.all if one[0] != "message"]}


def test_an_application_sees_no_difference_between_the_eras(run: Run, engine: list[str]) -> None:
    async def main(era: str, version: str) -> dict[str, Any]:
        heard = Heard()
        async with session_with(engine, era, **heard.options()) as session:
            told = await session.initialize()
            assert told.protocolVersion == version
            assert session.get_server_capabilities() == told.capabilities
            return {**await everything(session, heard), "who": shown(told.serverInfo), "how": told.instructions}

    legacy = run(lambda: main("legacy", "2025-11-25"))
    modern = run(lambda: main("any", "2026-07-28"))
    for name in legacy:
        assert modern[name] == legacy[name], name


def test_the_handshake_of_the_sdk_is_the_default(run: Run, engine: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> str | int:
        async with session_with(engine, None) as session:
            return (await session.initialize()).protocolVersion

    monkeypatch.delenv("MCP_ENGINE_ERA", raising=False)
    assert run(main) == "2025-11-25"
    monkeypatch.setenv("MCP_ENGINE_ERA", "any")
    assert run(main) == "2026-07-28"
    monkeypatch.setenv("MCP_ENGINE_ERA", "soon")
    with pytest.raises(ValueError, match="an era is"):
        run(main)


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_a_server_of_an_earlier_revision_gets_the_handshake(run: Run, engine: list[str], version: str) -> None:
    async def main() -> None:
        async with session_with([*engine, "--revision", version]) as session:
            assert (await session.initialize()).protocolVersion == version
            assert not (await session.call_tool("echo", {"text": "hi"})).isError

    run(main)


def test_a_server_of_the_sdk_gets_the_handshake(run: Run) -> None:
    async def main() -> None:
        async with session_with([sys.executable, str(HERE / "fast_server.py")]) as session:
            assert (await session.initialize()).protocolVersion == "2025-11-25"
            assert (await session.call_tool("echo", {"text": "hi"})).content[0].text == "hi"  # type: ignore[union-attr]

    run(main)


def test_a_server_that_does_not_answer_the_probe_gets_the_handshake(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_modern, "PROBE", 0.05)
    code = "import json, sys\nfor line in sys.stdin:\n    m = json.loads(line)\n    if m['method'] == 'initialize':\n        print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], 'result': {'protocolVersion': '2025-06-18', 'capabilities': {}, 'serverInfo': {'name': 'slow', 'version': '1'}}}), flush=True)"

    async def main() -> None:
        async with session_with([sys.executable, "-c", code]) as session:
            assert (await session.initialize()).protocolVersion == "2025-06-18"

    run(main)


def test_a_server_that_is_slow_to_answer_the_probe_is_probed_again(run_asyncio: Run, modern: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_modern, "PROBE", 1.0)

    async def main() -> None:
        async with session_with([*modern, "slow"]) as session:
            assert (await session.initialize()).protocolVersion == "2026-07-28"
        async with session_with(modern, "legacy") as session:
            with pytest.raises(McpError, match="not here"):
                await session.initialize()

    run_asyncio(main)


def test_a_transport_of_the_sdk_keeps_the_handshake(run: Run, engine: list[str]) -> None:
    async def main() -> None:
        async with session_with(engine, client=sdk_stdio.stdio_client) as session:
            assert (await session.initialize()).protocolVersion == "2025-11-25"

    run(main)


def test_every_request_says_who_asks_and_nothing_else_is_said(run: Run, modern: list[str], written: Callable[[], list[dict[str, Any]]]) -> None:
    async def main() -> None:
        async with session_with(modern, elicitation_callback=Heard().elicit) as session:
            await session.initialize()
            assert [tool.name for tool in (await session.list_tools()).tools] == ["meta"]
            meta = text(await session.call_tool("meta", meta={"trace": "1"}))
            assert (meta["trace"], meta[f"{META}protocolVersion"], list(meta[f"{META}clientCapabilities"])) == ("1", "2026-07-28", ["elicitation"])
            assert f"{META}logLevel" not in meta
            await session.set_logging_level("error")
            assert text(await session.call_tool("meta"))[f"{META}logLevel"] == "error"
            await session.send_roots_list_changed()
            await session.send_ping()

    run(main)
    methods = [message["method"] for message in written()]
    assert methods[:3] == ["server/discover", "subscriptions/listen", "tools/list"] and methods[-1] == "server/discover"


def test_questions_come_with_the_result_and_are_answered_by_the_callbacks(run: Run, modern: list[str]) -> None:
    async def main() -> None:
        heard = Heard()
        async with session_with(modern, **heard.options()) as session:
            await session.initialize()
            given, state, arguments = text(await session.call_tool("ask_all", {"n": 1}))
            assert (state, arguments) == ("one", {"n": 1})
            assert given["a"] == {"action": "accept", "content": {"name": "me"}}
            assert (given["b"]["model"], given["c"]["roots"][0]["uri"]) == ("m", "file:///here")
            with pytest.raises(McpError, match="more than 16 times"):
                await session.call_tool("ask_for_ever")
            with pytest.raises(McpError, match="does not know"):
                await session.call_tool("ask_strangely")
            with pytest.raises(McpError, match="must be an object"):
                await session.call_tool("ask_wrongly")
        async with session_with(modern) as session:
            await session.initialize()
            with pytest.raises(McpError, match="not supported"):
                await session.call_tool("ask_for_ever")

    run(main)


def test_changes_and_progress_are_heard_as_ever(run: Run, modern: list[str]) -> None:
    async def main() -> None:
        heard, told = Heard(), []

        async def progress(*how_far: Any) -> None:
            told.append(how_far)

        uri: Any = "test://one"
        async with session_with(modern, **heard.options()) as session:
            await session.initialize()
            await session.call_tool("change")
            assert [one[2][0] for one in heard.all] == ["ToolListChangedNotification"]
            await session.subscribe_resource(uri)
            await session.call_tool("change")
            assert [one[2][0] for one in heard.all[1:]] == ["ToolListChangedNotification", "ResourceUpdatedNotification"]
            assert "subscriptionId" not in str(heard.all)
            await session.unsubscribe_resource(uri)
            await session.unsubscribe_resource(uri)
            await session.call_tool("change")
            assert len(heard.all) == 4
            with pytest.raises(McpError, match="forbidden"):
                forbidden: Any = "test://forbidden"
                await session.subscribe_resource(forbidden)
            await session.call_tool("work", progress_callback=progress)
            assert told == [(1, 2, None)]

    run(main)


def test_what_takes_too_long_is_taken_back(run_asyncio: Run, modern: list[str], written: Callable[[], list[dict[str, Any]]]) -> None:
    async def main() -> None:
        async with session_with(modern) as session:
            await session.initialize()
            with pytest.raises(McpError, match="Timed out"):
                await session.call_tool("silent", read_timeout_seconds=timedelta(seconds=0.05))
            call = asyncio.ensure_future(session.call_tool("silent"))
            await session.call_tool("meta")
        with pytest.raises(McpError, match="Connection closed"):
            await call

    run_asyncio(main)
    # The second one when the session is left, which is before the program hears that it is over.
    assert [message["method"] for message in written()].count("notifications/cancelled") == 2
