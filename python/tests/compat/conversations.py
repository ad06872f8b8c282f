"""Conversations with servers, to be had by any session over any transport, and what came of them in a form that can be compared."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import mcp
from loops import Run
from mcp import StdioServerParameters, types
from mcp.client import stdio as sdk_stdio
from mcp.shared.exceptions import McpError
from pydantic import BaseModel, ValidationError

from mcp_engine.compat.mcp import ClientSession, stdio_client


class Pair(NamedTuple):
    """A transport and a session."""

    client: Any
    session: Any


PAIRS = {
    "sdk": Pair(sdk_stdio.stdio_client, mcp.ClientSession),
    "ours": Pair(stdio_client, ClientSession),
    "our transport": Pair(stdio_client, mcp.ClientSession),
    "our session": Pair(sdk_stdio.stdio_client, ClientSession),
}


class Heard:
    """What a session was told and asked."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    async def log(self, params: types.LoggingMessageNotificationParams) -> None:
        self.all.append(("log", shown(params)))

    async def message(self, message: Any) -> None:
        self.all.append(("message", type(message).__name__, shown(getattr(message, "root", None)) if isinstance(message, BaseModel) else str(message)))

    async def sample(self, context: Any, params: types.CreateMessageRequestParams) -> Any:
        self.all.append(("sample", shown(params), type(context.session).__name__))
        return types.CreateMessageResult(role="assistant", content=types.TextContent(type="text", text="yes"), model="m")

    async def elicit(self, context: Any, params: types.ElicitRequestParams) -> Any:
        self.all.append(("elicit", params.message))
        return types.ElicitResult(action="accept", content={"name": "me"})

    async def roots(self, context: Any) -> Any:
        return types.ListRootsResult(roots=[types.Root(uri="file:///here")])

    def options(self) -> dict[str, Any]:
        return {
            "sampling_callback": self.sample,
            "elicitation_callback": self.elicit,
            "list_roots_callback": self.roots,
            "logging_callback": self.log,
            "message_handler": self.message,
        }


@contextlib.asynccontextmanager
async def connected(pair: Pair, place: list[str] | str, **options: Any) -> AsyncIterator[Any]:
    """A session with a program, or with what is at a URL."""
    to = place if isinstance(place, str) else StdioServerParameters(command=place[0], args=place[1:])
    async with pair.client(to) as (read, write, *_), pair.session(read, write, **options) as session:
        await session.initialize()
        yield session


def all_outcomes(run: Run, pair: Pair, place: list[str] | str, conversations: Mapping[str, Conversation]) -> dict[str, Any]:
    """What comes of every conversation, one after another on one connection."""

    async def main() -> dict[str, Any]:
        heard = Heard()
        found = {}
        async with connected(pair, place, **heard.options()) as session:
            for name, conversation in conversations.items():
                heard.all.clear()
                found[name] = await outcome(partial(conversation, session, heard))
        return found

    found: dict[str, Any] = run(main)
    # While the warnings about them are off.
    gc.collect()
    return found


def shown(value: Any) -> Any:
    """A value with the classes of all its models, and which of their members were set."""
    if isinstance(value, BaseModel):
        fields = {name: shown(getattr(value, name)) for name in type(value).model_fields}
        extra = shown(value.model_extra)
        return (type(value).__name__, fields, extra, sorted(value.model_fields_set), value.model_dump_json(by_alias=True))
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items()}
    return value


async def outcome(conversation: Callable[[], Awaitable[Any]]) -> Any:
    """What came of it, or what was raised."""
    try:
        return shown(await conversation())
    except McpError as error:
        return ("McpError", shown(error.error), str(error))
    except ValidationError as error:
        return ("ValidationError", error.title, [(one["type"], one["loc"]) for one in error.errors()])
    except Exception as error:
        return (type(error).__name__, str(error))


Conversation = Callable[[Any, Heard], Awaitable[Any]]
with_fast: dict[str, Conversation] = {}


def fast(conversation: Conversation) -> Conversation:
    with_fast[conversation.__name__] = conversation
    return conversation


@fast
async def says_who_it_is(session: Any, heard: Heard) -> Any:
    return session.get_server_capabilities()


@fast
async def lists_tools(session: Any, heard: Heard) -> Any:
    return await session.list_tools()


@fast
async def lists_with_params(session: Any, heard: Heard) -> Any:
    return await session.list_tools(params=types.PaginatedRequestParams())


@fast
async def lists_resources(session: Any, heard: Heard) -> Any:
    return [await session.list_resources(), await session.list_resource_templates(), await session.list_prompts()]


@fast
async def calls_a_tool(session: Any, heard: Heard) -> Any:
    return [await session.call_tool("echo", {"text": text}) for text in ("", "hello", "\u2028\x00\U0001f600\n\"")]


@fast
async def calls_a_tool_with_output(session: Any, heard: Heard) -> Any:
    return [await session.call_tool("weather", {"city": "Zürich"}) for _ in range(2)]


@fast
async def gets_blocks_of_every_kind(session: Any, heard: Heard) -> Any:
    return await session.call_tool("mixed")


@fast
async def calls_a_tool_that_fails(session: Any, heard: Heard) -> Any:
    return await session.call_tool("fail", {})


@fast
async def calls_a_tool_that_there_is_not(session: Any, heard: Heard) -> Any:
    return await session.call_tool("nothing", {"a": None})


@fast
async def calls_with_wrong_arguments(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {"text": [1, None, {"a": 1.5}]})


@fast
async def calls_with_what_is_no_dict(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", ["text"])


@fast
async def calls_with_a_name_that_is_none(session: Any, heard: Heard) -> Any:
    return await session.call_tool(None, {})


@fast
async def calls_with_what_json_cannot_say(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {"text": object()})


@fast
async def calls_with_what_only_pydantic_can_say(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {"text": timedelta(days=2)})


@fast
async def calls_with_keys_that_are_numbers(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {1: "text"})


@fast
async def calls_with_infinity(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {"text": float("inf")})


@fast
async def calls_with_meta(session: Any, heard: Heard) -> Any:
    return await session.call_tool("echo", {"text": "x"}, meta={"trace": "1"})


@fast
async def hears_progress(session: Any, heard: Heard) -> Any:
    told: list[Any] = []

    async def hear(*progress: Any) -> None:
        told.append(progress)

    result = await session.call_tool("work", {"steps": 5}, progress_callback=hear)
    return [told, result]


@fast
async def survives_a_callback_that_fails(session: Any, heard: Heard) -> Any:
    async def hear(*progress: Any) -> None:
        raise KeyError("wrong")

    return await session.call_tool("work", {"steps": 2}, progress_callback=hear)


@fast
async def hears_notifications_before_the_answer(session: Any, heard: Heard) -> Any:
    result = await session.call_tool("complain")
    return [result, list(heard.all)]


@fast
async def answers_for_the_model(session: Any, heard: Heard) -> Any:
    return [await session.call_tool("ask_model", {"question": "really?"}), list(heard.all)]


@fast
async def answers_for_the_user(session: Any, heard: Heard) -> Any:
    return [await session.call_tool("ask_user"), await session.call_tool("ask_roots"), list(heard.all)]


@fast
async def reads_resources(session: Any, heard: Heard) -> Any:
    return [await session.read_resource("test://static"), await session.read_resource("test://me/profile")]


@fast
async def reads_what_there_is_not(session: Any, heard: Heard) -> Any:
    return await session.read_resource("test://nothing/at/all")


@fast
async def fills_prompts_in(session: Any, heard: Heard) -> Any:
    return [await session.get_prompt("greet", {"name": "you"}), await outcome(lambda: session.get_prompt("nothing"))]


@fast
async def completes(session: Any, heard: Heard) -> Any:
    reference = types.PromptReference(type="ref/prompt", name="greet")
    return await session.complete(reference, {"name": "name", "value": "al"})


@fast
async def pings(session: Any, heard: Heard) -> Any:
    return await session.send_ping()


@fast
async def is_refused_what_the_server_has_not(session: Any, heard: Heard) -> Any:
    return await session.subscribe_resource("test://static")


@fast
async def times_out(session: Any, heard: Heard) -> Any:
    return await session.call_tool("sleep", {"seconds": 30}, timedelta(seconds=0.2))


@fast
async def says_things(session: Any, heard: Heard) -> Any:
    await session.send_roots_list_changed()
    await session.send_progress_notification("token", 1, 2, "half")
    return await session.send_ping()


@fast
async def gets_long_results(session: Any, heard: Heard) -> Any:
    result = await session.call_tool("long", {"bytes": 3_000_000})
    return [len(result.content[0].text), set(result.content[0].text)]


@fast
async def asks_by_hand(session: Any, heard: Heard) -> Any:
    request = types.CallToolRequest(params=types.CallToolRequestParams(name="echo", arguments={"text": "by hand"}))
    return await session.send_request(types.ClientRequest(request), types.CallToolResult)


@fast
async def asks_for_another_result(session: Any, heard: Heard) -> Any:
    request = types.ClientRequest(types.PingRequest())
    return await session.send_request(request, types.ListToolsResult)
