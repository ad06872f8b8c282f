"""A server for tests whose prompts and resources take text of all kinds."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp_engine.server import Argument, Server

server = Server("texting")


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int


@server.prompt()
def told(
    topic="cats",
    anything: Annotated[Any, "What is wanted."] = None,
    style: str | None = None,
    number: int | None = None,
    either: int | str = 0,
    mixed: Literal["a", 1] = "a",
    bounded: Annotated[int, Argument(ge=1)] = 1,
    letters: Annotated[str, Argument(pattern="^a+$", max_length=3)] = "a",
    names: list[str] = [],
    point: Point | None = None,
    colour: Colour = Colour.RED,
    day: datetime.date | None = None,
    data: bytes = b"",
    yes: bool = False,
):
    return repr([topic, anything, style, number, either, mixed, bounded, letters, names, point, colour, day, data, yes])


@server.prompt()
def one(**rest: str):
    return repr(rest)


@server.resource("open://{first}/{second}")
def untyped(first, second):
    return repr([first, second])


@server.resource("typed://{style}/{number}")
def typed(style: str | None, number: Annotated[int, Argument(le=9)]):
    return repr([style, number])


server.run()
