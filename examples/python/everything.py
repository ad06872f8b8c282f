"""A server with one of each thing that MCP has, as the conformance suite wants it: everything.py [--http PORT].

``mcp-engine serve`` is the same in Rust. It is one file, longer than others, so that it can be read and copied as one example.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from mcp_engine import PeerError
from mcp_engine.server import (
    Argument,
    Audio,
    Context,
    Elicited,
    Image,
    Message,
    Server,
    ToolResult,
    elicitation,
    roots,
    sampling,
)

#: One red pixel, and no sound at all.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
SILENCE = base64.b64decode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=")

server = Server(
    "mcp-engine everything in Python",
    instructions="One of each thing that MCP has. Nothing here does any harm.",
    changeable=True,
    tasks=True,
)


def form(**properties: Any) -> dict[str, Any]:
    """The schema of a form whose fields have to be filled in."""
    return {"type": "object", "properties": properties, "required": list(properties)}


NAME = form(name={"type": "string"})
OK = form(ok={"type": "boolean"})
CONFIRM = {"type": "object", "properties": {"confirm": {"type": "boolean"}}, "required": ["confirm"]}


# What content there is.


@server.tool(structured=False)
def test_simple_text() -> str:
    """Answers with a text."""
    return "This is a simple text response for testing."


@server.tool()
def test_image_content() -> Image:
    """Answers with a picture."""
    return Image(PIXEL)


@server.tool()
def test_audio_content() -> Audio:
    """Answers with a sound."""
    return Audio(SILENCE)


def resource(uri: str, mime_type: str, text: str) -> dict[str, Any]:
    """A block of content that holds a resource."""
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": text}}


@server.tool(structured=False)
def test_embedded_resource() -> dict[str, Any]:
    """Answers with a resource."""
    return resource("test://embedded-resource", "text/plain", "This is an embedded resource.")


@server.tool(structured=False)
def test_multiple_content_types() -> list[Any]:
    """Answers with several kinds of content."""
    held = resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')
    return ["Multiple content types test:", Image(PIXEL), held]


@server.tool()
def test_error_handling() -> ToolResult:
    """Fails."""
    raise RuntimeError("This tool intentionally returns an error for testing")


@server.tool(structured=False)
def echo(text: Annotated[str, "What to say."]) -> str:
    """Says it back."""
    return text


@dataclass
class Sum:
    sum: float


@server.tool()
def add(a: float, b: float) -> Sum:
    """Adds two numbers."""
    return Sum(a + b)


@server.tool(structured=False)
def test_region_header(region: Annotated[str, Argument("Where.", header="Region")] = "") -> str:
    """Says which region was asked for."""
    return f"The region is {region}."


@server.tool(
    structured=False,
    input_schema={
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    },
)
def json_schema_2020_12_tool(**_: Any) -> str:
    """Has a schema that uses much of JSON Schema 2020-12."""
    return "The arguments are fine."


# What is said meanwhile.


@server.tool(structured=False)
async def test_tool_with_progress(context: Context) -> str:
    """Tells how far it is."""
    for percent in (0, 50, 100):
        context.progress(percent, 100, f"{percent} of 100")
        await asyncio.sleep(0.05)
    return "The work is done."


@server.tool(structured=False)
async def count(
    context: Context,
    to: Annotated[int, Argument(ge=1, le=1000)],
    ms: Annotated[int, Argument("Milliseconds for each number.", ge=0, le=10000)] = 10,
) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await asyncio.sleep(ms / 1000)
        context.progress(number, to, f"{number} of {to}")
    return f"Counted to {to}."


@server.tool(structured=False)
async def sleep(seconds: Annotated[float, Argument(ge=0, le=3600)]) -> str:
    """Takes its time; cancel it."""
    await asyncio.sleep(seconds)
    return f"Slept for {seconds} s."


@server.tool(structured=False)
async def test_reconnection(context: Context) -> str:
    """Closes its stream, and goes on."""
    closed = context.close_stream(0.1)
    await asyncio.sleep(0.2)
    return f"The stream was {'closed' if closed else 'kept'} meanwhile."


async def log(context: Context, pause: float) -> str:
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        context.log("info", text, "everything")
        await asyncio.sleep(pause)
    return "The log messages are sent."


@server.tool(structured=False)
async def test_tool_with_logging(context: Context) -> str:
    """Sends log messages, to who wants them."""
    return await log(context, 0.05)


@server.tool(structured=False)
async def test_logging_tool(context: Context) -> str:
    """Sends log messages, to who wants them."""
    return await log(context, 0.0)


@server.tool(structured=False)
def test_trigger_tool_change() -> str:
    """Changes the list of tools."""
    if not server.remove_tool("passing"):
        server.add_tool(lambda: "I am here now.", "passing", description="Comes and goes.")
    return "Whoever wants to know is told."


@server.tool(structured=False)
def test_trigger_prompt_change() -> str:
    """Changes the list of prompts."""
    if not server.remove_prompt("passing"):
        server.add_prompt(lambda: "I am here now.", "passing", description="Comes and goes.")
    return "Whoever wants to know is told."


# What is asked of the client.


def said(elicited: Elicited) -> str:
    return f"action={elicited.action}, content={elicited.content}"


@server.tool(structured=False)
async def test_sampling(prompt: str, context: Context) -> str:
    """Asks the language model."""
    return f"LLM response: {await context.sample(prompt, max_tokens=100)}"


class Account(TypedDict):
    username: Annotated[str, "User's response"]
    email: Annotated[str, "User's email address"]


@server.tool(structured=False)
async def test_elicitation(message: str, context: Context) -> str:
    """Asks the user."""
    return f"User response: {said(await context.elicit(message, Account))}"


@server.tool(structured=False)
async def test_elicitation_sep1034_defaults(context: Context) -> str:
    """Asks with defaults."""
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": True},
        },
        "required": [],
    }
    answer = await context.elicit("Please review and update the form fields with defaults", schema)
    return f"Elicitation completed: {said(answer)}"


@server.tool(structured=False)
async def test_elicitation_sep1330_enums(context: Context) -> str:
    """Asks for choices."""
    options = ["option1", "option2", "option3"]
    titled = [{"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"}]
    schema = {
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": options},
            "titledSingle": {"type": "string", "oneOf": titled},
            "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
            "titledMulti": {"type": "array", "items": {"anyOf": titled}},
        },
        "required": [],
    }
    answer = await context.elicit("Please select options from the enum fields", schema)
    return f"Elicitation completed: {said(answer)}"


@server.tool(structured=False)
async def test_missing_capability(context: Context) -> str:
    """Needs a language model."""
    if not context.has("sampling"):
        context.require("sampling")
    return "The client has a language model."


async def greet_user(context: Context) -> str:
    answer = await context.elicit("What is your name?", NAME, key="user_name")
    return f"Hello, {(answer.content or {}).get('name', 'nobody')}!"


@server.tool(structured=False)
async def test_streaming_elicitation(context: Context) -> str:
    """Asks the user."""
    return await greet_user(context)


@server.tool(structured=False)
async def test_input_required_result_elicitation(context: Context) -> str:
    """Asks before it answers."""
    return await greet_user(context)


@server.tool(structured=False)
async def test_input_required_result_sampling(context: Context) -> str:
    """Asks before it answers."""
    answer = await context.sample("What is the capital of France?", max_tokens=100, key="capital_question")
    return f"The model says: {answer}"


@server.tool(structured=False)
async def test_input_required_result_list_roots(context: Context) -> str:
    """Asks before it answers."""
    return f"The client has {len(await context.list_roots(key='client_roots'))} roots."


async def confirm(context: Context) -> str:
    context.remember("asked", "confirm")
    await context.elicit("Is that all right?", OK, key="confirm")
    # The state has come back, or this would not have been reached.
    return "Confirmed: state-ok"


@server.tool(structured=False)
async def test_input_required_result_request_state(context: Context) -> str:
    """Asks before it answers."""
    return await confirm(context)


@server.tool(structured=False)
async def test_input_required_result_tampered_state(context: Context) -> str:
    """Asks before it answers."""
    return await confirm(context)


@server.tool(structured=False)
async def test_input_required_result_multiple_inputs(context: Context) -> str:
    """Asks before it answers."""
    context.remember("asked", "all")
    answers = await context.ask(
        {
            "user_name": elicitation("What is your name?", NAME),
            "greeting": sampling("Say hello.", max_tokens=100),
            "client_roots": roots(),
        }
    )
    name = (answers["user_name"].get("content") or {}).get("name")
    return f"{name}, {len(answers['client_roots']['roots'])} roots: {answers['greeting']}"


@server.tool(structured=False)
async def test_input_required_result_multi_round(context: Context) -> str:
    """Asks before it answers."""
    context.remember("asked", "rounds")
    name = await context.elicit("What is your name?", NAME, key="step1")
    await context.elicit("Is that all right?", OK, key="step2")
    return f"Both rounds are done, {(name.content or {}).get('name')}."


@server.tool(structured=False)
async def test_input_required_result_capabilities(context: Context) -> str:
    """Asks for what the client can do."""
    questions = {
        "sampling": ("greeting", sampling("Say hello.", max_tokens=100)),
        "elicitation": ("user_name", elicitation("What is your name?", NAME)),
        "roots": ("client_roots", roots()),
    }
    await context.ask(dict(question for name, question in questions.items() if context.has(name)))
    return "The client has answered all that it can."


# What runs as a task.


@server.tool(structured=False)
def greet(name: str) -> str:
    """Says hello."""
    return f"Hello, {name}!"


@server.tool(structured=False, task="optional")
async def slow_compute(seconds: Annotated[float, Argument(ge=0, le=3600)], label: str = "") -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return f"Computed {label} in {seconds} s."


@server.tool(structured=False, task="required")
async def failing_job() -> str:
    """Fails."""
    await asyncio.sleep(1)
    raise RuntimeError("The job has failed, as it always does.")


@server.tool(structured=False, task="optional")
async def protocol_error_job() -> str:
    """Is broken."""
    raise PeerError(-32603, "the job is broken")


@server.tool(structured=False, task="optional")
async def confirm_delete(filename: str, context: Context) -> str:
    """Asks first."""
    answer = await context.elicit(f"Delete {filename}?", CONFIRM, key="confirm")
    return f"{filename}: the user has said {answer.action}."


@server.tool(structured=False, task="optional")
async def multi_input(context: Context) -> str:
    """Asks two things."""
    form, sure = elicitation("What is your name?", NAME), elicitation("Is that all right?", CONFIRM)
    answers = await context.ask({"name": form, "confirm": sure})
    return f"{(answers['name'].get('content') or {}).get('name')}: {answers['confirm']['action']}."


@server.tool(
    structured=False,
    task="required",
    ask_first={"user_name": elicitation("What is your name?", NAME)},
)
async def test_tool_with_task(context: Context) -> str:
    """Asks, and then takes its time."""
    answer = await context.elicit("What is your name?", NAME, key="user_name")
    await asyncio.sleep(0.5)
    return f"It has taken a while, {(answer.content or {}).get('name')}."


# Prompts and resources.


@server.prompt()
def test_simple_prompt() -> str:
    """Has no arguments."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Has two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:
    """Holds a resource."""
    held = resource(resourceUri, "text/plain", "Embedded resource content for testing.")
    return [Message(held), Message("Please process the embedded resource above.")]


@server.prompt()
def test_prompt_with_image() -> list[Message]:
    """Holds a picture."""
    return [Message(Image(PIXEL)), Message("Please analyze the image above.")]


@server.prompt()
async def test_input_required_result_prompt(context: Context) -> str:
    """Asks for its context first."""
    answer = await context.elicit("What is your context?", form(context={"type": "string"}), key="user_context")
    return f"The user has said: {answer.action}"


def known(value: str) -> list[str]:
    return [word for word in ("paris", "park", "party", "test1", "test2") if word.startswith(value)]


server.completion("test_prompt_with_arguments", "arg1")(known)
server.completion("test_prompt_with_arguments", "arg2")(known)
server.completion("test://template/{id}/data", "id")(known)


@server.resource("test://static-text", name="static-text", mime_type="text/plain")
def static_text() -> str:
    return "This is the content of the static text resource."


@server.resource("test://static-binary", name="static-binary", mime_type="image/png")
def static_binary() -> bytes:
    return PIXEL


@server.resource("test://watched-resource", name="watched-resource", mime_type="text/plain")
def watched() -> str:
    return "Somebody may be watching this."


@server.resource(
    "test://template/{id}/data", name="template", description="Data by its id.", mime_type="application/json"
)
def template(id: str) -> dict[str, Any]:
    return {"id": id, "templateTest": True}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--http"]:
        server.run("http", port=int(sys.argv[2]))
    else:
        server.run()
