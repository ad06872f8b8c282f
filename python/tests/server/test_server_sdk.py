"""The client of the SDK, which knows nothing of this engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from stage import ENVIRONMENT, SERVED, Run

mcp = pytest.importorskip("mcp")


async def use(session: Any) -> None:
    """Uses everything of served.py that the SDK has."""
    from mcp import types

    initialized = await session.initialize()
    assert initialized.serverInfo.name == "served" and initialized.instructions == "Be nice."
    assert len((await session.list_tools()).tools) > 10
    added = await session.call_tool("add", {"a": 1})
    assert added.structuredContent == {"result": 2} and added.content[0].text == "2"
    assert (await session.call_tool("add", {"a": "x"})).isError
    heard: list[Any] = []

    async def hear(*progress: Any) -> None:
        heard.append(progress)

    await session.call_tool("working", progress_callback=hear)
    assert heard[-1] == (2.0, 2.0, None)
    greeted = await session.call_tool("greet")
    assert greeted.content[0].text == "accept {'name': 'Ada'} Point(x=3, y=0.5)"
    assert (await session.read_resource("notes://today")).contents[0].text == "Buy milk."
    assert len((await session.list_resource_templates()).resourceTemplates) == 1
    filled = await session.get_prompt("review", {"code": "it"})
    assert filled.messages[1].role == "assistant"
    reference = types.PromptReference(type="ref/prompt", name="review")
    completed = await session.complete(reference, {"name": "code", "value": "x"})
    assert completed.completion.hasMore and completed.completion.total == 120


async def elicit(_: Any, params: Any) -> Any:
    from mcp import types

    content = {"name": "Ada"} if "name" in params.requestedSchema["properties"] else {"x": 3}
    return types.ElicitResult(action="accept", content=content)


def test_over_standard_input_and_output(run_asyncio: Run) -> None:
    async def main() -> None:
        from mcp import ClientSession, StdioServerParameters, stdio_client

        parameters = StdioServerParameters(command=sys.executable, args=[SERVED, "asyncio"], env=ENVIRONMENT)
        async with stdio_client(parameters) as streams, ClientSession(*streams, elicitation_callback=elicit) as session:
            await use(session)

    run_asyncio(main)


def test_over_http(run_asyncio: Run, over_http: Callable[..., str]) -> None:
    async def main() -> None:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        url = over_http("asyncio")
        async with streamable_http_client(url) as (read, write, _):
            async with ClientSession(read, write, elicitation_callback=elicit) as session:
                await use(session)

    run_asyncio(main)
