"""A server on the SDK's FastMCP, with one of each thing that a client's session has to do with."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from mcp import types
from mcp.server.fastmcp import Context, FastMCP, Image
from pydantic import BaseModel

server = FastMCP("fast", instructions="Use it well.", log_level="ERROR")


class Weather(BaseModel):
    city: str
    degrees: float
    notes: list[str] = []


class Answer(BaseModel):
    name: str


@server.tool(structured_output=False)
def echo(text: str) -> str:
    """Says it back."""
    return text


@server.tool()
def weather(city: str) -> Weather:
    """Has an output schema."""
    return Weather(city=city, degrees=21.5, notes=["dry", "ünïcode"])


@server.tool(structured_output=False)
def fail() -> str:
    raise ValueError("it failed")


@server.tool(structured_output=False)
def mixed() -> list[Any]:
    """Blocks of every kind."""
    resource = types.TextResourceContents(uri="test://part", text="embedded")
    return [
        types.TextContent(type="text", text="one", annotations=types.Annotations(audience=["user"], priority=0.5)),
        Image(data=b"\x89PNG", format="png"),
        types.AudioContent(type="audio", data="AAAA", mimeType="audio/wav"),
        types.EmbeddedResource(type="resource", resource=resource),
        types.ResourceLink(type="resource_link", name="link", uri="test://link"),
        types.TextContent(type="text", text="", _meta={"k": 1}, extra="kept"),
    ]


@server.tool(structured_output=False)
def long(bytes: int) -> str:
    return "x" * bytes


@server.tool(structured_output=False)
async def work(steps: int, ctx: Context) -> str:
    """Tells how far it is."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return "done"


@server.tool(structured_output=False)
async def complain(ctx: Context) -> str:
    """Logs, and tells of changes."""
    await ctx.info("a message", logger_name="fast")
    await ctx.session.send_tool_list_changed()
    await ctx.session.send_resource_updated("test://static")
    return "complained"


@server.tool(structured_output=False)
async def ask_model(question: str, ctx: Context) -> str:
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=question))
    result = await ctx.session.create_message([message], max_tokens=10)
    return f"{result.model}: {result.content.text}"


@server.tool(structured_output=False)
async def ask_user(ctx: Context) -> str:
    result = await ctx.elicit("Who are you?", Answer)
    return f"{result.action} {getattr(result, 'data', None)}"


@server.tool(structured_output=False)
async def ask_roots(ctx: Context) -> str:
    return " ".join(str(root.uri) for root in (await ctx.session.list_roots()).roots)


@server.tool(structured_output=False)
async def sleep(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "slept"


@server.tool(structured_output=False)
def complain_on_stderr(text: str) -> str:
    print(text, file=sys.stderr, flush=True)
    return "said"


@server.resource("test://static")
def static() -> str:
    return "the resource"


@server.resource("test://{name}/profile")
def profile(name: str) -> str:
    return f"the profile of {name}"


@server.prompt()
def greet(name: str, style: str = "kind") -> str:
    """Greets somebody."""
    return f"Greet {name} in a {style} way."


@server.completion()
async def complete(ref: Any, argument: types.CompletionArgument, context: Any) -> types.Completion:
    return types.Completion(values=[argument.value + "ce", argument.value + "ne"], hasMore=False)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        server.run("stdio")
    else:
        # streamable-http or sse, and the port.
        server.settings.port, server.settings.log_level = int(sys.argv[2]), "INFO"
        server.run(sys.argv[1])  # type: ignore[arg-type]
