"""A server for tests: served.py HOW [http] [changeable] [few].

HOW is "here" (no event loop), or the event loop: "asyncio", "uvloop", "trio". Over HTTP it prints its URL to standard error.
"""

from __future__ import annotations

import asyncio
import enum
import sys
import threading
import time
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

from mcp_engine import PeerError
from mcp_engine.server import Argument, Audio, Context, Image, Message, Server, ToolResult

how, *options = sys.argv[1:]
few = {"calls": 2, "waiting": 3} if "few" in options else {}
server = Server("served", "1.2.3", title="Served", instructions="Be nice.", changeable="changeable" in options, **few)
meeting = threading.Barrier(2)
seen: list[str] = []
print("printed before it is served")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: float = 0.5


class Pair(NamedTuple):
    left: int
    right: str


class Options(TypedDict, total=False):
    loud: bool


@server.tool(title="Add", annotations={"readOnlyHint": True}, meta={"own": 1})
def add(a: int, b: Annotated[int, Argument("The other one.", ge=0)] = 1) -> int:
    """Adds two numbers."""
    seen.append("add")
    return a + b


@server.tool()
def kinds(colour: Colour, point: Point, pair: Pair, options: Options, mode: Literal["a", "b"] = "a") -> list[str]:
    return [type(own).__name__ for own in (colour, point, pair, options, mode)]


@server.tool()
def move(point: Point, by: int) -> Point:
    return Point(point.x + by, point.y)


@server.tool(structured=False)
def echo(text: str) -> str:
    return text


@server.tool()
def printing(text: str) -> str:
    print(text)
    return text


@server.tool()
def failing(reason: str) -> str:
    raise ValueError(reason)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")


@server.tool()
def unspeakable(kind: str) -> str:
    raise {"words": Unspeakable(), "code": PeerError("x", "no code"), "surrogate": ValueError("\ud800")}[kind]  # type: ignore[arg-type]


@server.tool()
def refusing() -> str:
    raise PeerError(-32099, "not today", {"until": "tomorrow"})


@server.tool()
def lying() -> int:
    return "no number"  # type: ignore[return-value]


@server.tool()
def returning(kind: str) -> Any:
    return {
        "nothing": None,
        "text": "text",
        "number": 1.5,
        "truth": True,
        "object": {"a": [1, None]},
        "list": ["one", 2, {"three": 3}],
        "bytes": b"\x89PNG....",
        "blob": b"other",
        "image": Image(b"pixel"),
        "mixed": ["see:", Image(b"pixel", "image/gif"), Audio(b"sound")],
        "block": {"type": "text", "text": "block"},
        "point": Point(1),
        "pair": Pair(1, "r"),
        "set": {1},
        "result": ToolResult("said", {"n": 1}, is_error=True, meta={"m": 2}),
        "never": object(),
    }[kind]


@server.tool(thread=True)
def meet() -> str:
    meeting.wait(20)
    return "met"


@server.tool(thread=True)
def block(seconds: float) -> str:
    time.sleep(seconds)
    return "blocked"


@server.tool()
def asked() -> list[str]:
    return seen


@server.tool()
def who(context: Context) -> dict[str, Any]:
    return {
        "id": context.request_id,
        "client": context.client_info,
        "version": context.protocol_version,
        "session": context.session,
        "cancelled": context.cancelled,
        "sampling": context.has("sampling"),
        "meta": context.meta,
    }


@server.tool()
def working(context: Context) -> list[bool]:
    context.log("debug", {"step": 0}, "own")
    return [context.progress(1, 2, "half"), context.progress(0.5), context.progress(2, 2), context.info("done")]


@server.resource("notes://today", mime_type="text/plain", title="Today")
def today() -> str:
    """What there is to do."""
    return "Buy milk."


@server.resource("notes://{day}/{number}")
def note(day: str, number: int) -> dict[str, Any]:
    return {"day": day, "number": number + 1}


@server.resource("bytes://some")
def some() -> bytes:
    return b"\x00\xff"


@server.prompt(title="Review")
def review(code: Annotated[str, "What to look at."], depth: int = 1) -> list[Message | str]:
    """Asks for a review."""
    return [f"Look at {code} {depth + 1} times.", Message("I will.", "assistant")]


@server.completion("review", "code")
def codes(value: str, context: dict[str, str]) -> list[str]:
    return [f"{value}{number}{context.get('depth', '')}" for number in range(120)]


if how != "here":

    @server.tool()
    async def slow(seconds: float) -> str:
        seen.append("begun")
        try:
            if how == "trio":
                import trio

                await trio.sleep(seconds)
            else:
                await asyncio.sleep(seconds)
        except BaseException:
            seen.append("cancelled")
            raise
        return "slept"

    @server.tool()
    async def greet(context: Context) -> str:
        context.remember("began", 1)
        one = await context.elicit("What is your name?", {"type": "object", "properties": {"name": {"type": "string"}}})
        two = await context.elicit("Where are you?", Point)
        seen.append(f"began {context.remembered('began')}")
        return f"{one.action} {one.content} {two.content}"

    @server.tool()
    async def think(context: Context) -> str:
        return (await context.sample("What is it?"))["content"]["text"]

    @server.tool()
    async def look(context: Context) -> list[str]:
        return [root["uri"] for root in await context.list_roots()]

    @server.tool()
    async def nag(context: Context) -> list[str]:
        asking = [asyncio.ensure_future(context.list_roots()) for _ in range(70)]
        await asyncio.wait(asking, return_when=asyncio.FIRST_EXCEPTION)
        failed = [type(own.exception()).__name__ for own in asking if own.done()]
        for own in asking:
            own.cancel()
        return failed

    kept: list[Context] = []

    @server.tool()
    async def keep(context: Context) -> str:
        kept.append(context)
        return "kept"

    @server.tool()
    async def ask_late() -> str:
        return (await kept[0].elicit("Are you still there?", {"type": "object", "properties": {}})).action

    @server.tool()
    async def change(context: Context) -> bool:
        server.add_tool(lambda: "new", "new")
        server.resource_changed("notes://today")
        return server.remove_tool("echo")


def ready(url: str) -> None:
    print(url, file=sys.stderr, flush=True)


async def main() -> None:
    if "http" in options:
        await server.serve_http(port=0, ready=ready)
    else:
        await server.serve_stdio()


if __name__ == "__main__":
    if how in ("here", "asyncio"):
        server.run("http", port=0, ready=ready) if "http" in options else server.run()
    elif how == "uvloop":
        import uvloop

        uvloop.run(main())
    else:
        import trio

        trio.run(main)
