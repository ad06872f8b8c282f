"""Servers of functions over standard input and output, and our own client in both eras."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from stage import ENVIRONMENT, SERVED, Run

from mcp_engine import PeerError
from mcp_engine.client import Client

LEGACY, MODERN = ["2025-06-18"], ["2026-07-28"]


@pytest.fixture(params=["here", "asyncio", "uvloop", "trio"])
def how(request: pytest.FixtureRequest) -> str:
    """What drives the server."""
    return request.param


@pytest.fixture(params=[LEGACY, MODERN], ids=["legacy", "modern"])
def versions(request: pytest.FixtureRequest) -> list[str]:
    """The revisions of a client."""
    return request.param


def client_of(*arguments: str, **options: Any) -> Client:
    return Client.stdio(sys.executable, SERVED, *arguments, env=ENVIRONMENT, **options)


def test_tools_are_called_with_values_of_their_types(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            assert client.server_info == {"name": "served", "version": "1.2.3", "title": "Served"}
            assert client.instructions == "Be nice."
            tools = {tool.name: tool for tool in await client.list_tools()}
            assert tools["add"].fields == {
                "name": "add",
                "title": "Add",
                "description": "Adds two numbers.",
                "annotations": {"readOnlyHint": True},
                "_meta": {"own": 1},
                "inputSchema": {
                    "type": "object",
                    "properties": {
                        "a": {"type": "integer"},
                        "b": {"type": "integer", "description": "The other one.", "minimum": 0, "default": 1},
                    },
                    "required": ["a"],
                },
                "outputSchema": {
                    "type": "object",
                    "properties": {"result": {"type": "integer"}},
                    "required": ["result"],
                },
            }
            added = await client.call_tool("add", {"a": 2, "unknown": 1})
            assert (added.text, added.structured_content, added.is_error) == ("3", {"result": 3}, False)
            arguments = {"colour": "red", "point": {"x": 1}, "pair": [1, "r"], "options": {"loud": True}}
            kinds = await client.call_tool("kinds", arguments)
            assert kinds.structured_content == {"result": ["Colour", "Point", "Pair", "dict", "str"]}
            moved = await client.call_tool("move", {"point": {"x": 1.0, "y": 2}, "by": 3})
            assert moved.structured_content == {"x": 4, "y": 2.0}
            assert (await client.call_tool("echo", {"text": "é\n"})).fields["content"] == [{"type": "text", "text": "é\n"}]

    run_asyncio(main)


def test_wrong_arguments_never_reach_a_function(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            for arguments in ({}, {"a": "1"}, {"a": 1.5}, {"a": 1, "b": -1}, {"a": None}):
                result = await client.call_tool("add", arguments)
                assert result.is_error and result.text, arguments
            assert (await client.call_tool("asked")).structured_content == {"result": []}
            with pytest.raises(PeerError) as refused:
                await client.call_tool("nothing")
            assert refused.value.code == -32602

    run_asyncio(main)


def test_what_is_raised_is_the_answer_and_no_traceback(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            failed = await client.call_tool("failing", {"reason": "no good"})
            assert failed.is_error and failed.text == "no good"
            with pytest.raises(PeerError) as refused:
                await client.call_tool("refusing")
            assert (refused.value.code, refused.value.data) == (-32099, {"until": "tomorrow"})
            for kind, said in (("words", "Unspeakable"), ("code", "no code"), ("surrogate", "?")):
                failed = await client.call_tool("unspeakable", {"kind": kind})
                assert failed.is_error and said in failed.text
            lied = await client.call_tool("lying")
            assert lied.is_error and "not what the tool has promised" in lied.text

    run_asyncio(main)


def test_what_is_printed_goes_to_standard_error(run_asyncio: Run, how: str) -> None:
    async def main() -> None:
        async with client_of(how) as client:
            assert (await client.call_tool("printing", {"text": "from the tool"})).text == "from the tool"
            while b"from the tool" not in client.stderr_tail:
                await asyncio.sleep(0)
            assert b"printed before it is served" in client.stderr_tail

    run_asyncio(main)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("nothing", []),
        ("text", [{"type": "text", "text": "text"}]),
        ("number", [{"type": "text", "text": "1.5"}]),
        ("truth", [{"type": "text", "text": "true"}]),
        ("object", [{"type": "text", "text": '{"a":[1,null]}'}]),
        ("list", [{"type": "text", "text": text} for text in ("one", "2", '{"three":3}')]),
        ("bytes", [{"type": "image", "data": "iVBORy4uLi4=", "mimeType": "image/png"}]),
        ("image", [{"type": "image", "data": "cGl4ZWw=", "mimeType": "image/png"}]),
        ("block", [{"type": "text", "text": "block"}]),
        ("point", [{"type": "text", "text": '{"x":1,"y":0.5}'}]),
        ("pair", [{"type": "text", "text": '[1,"r"]'}]),
        ("set", [{"type": "text", "text": "[1]"}]),
    ],
)
def test_values_become_content(run_asyncio: Run, kind: str, content: list[Any]) -> None:
    async def main() -> None:
        async with client_of("here") as client:
            result = await client.call_tool("returning", {"kind": kind})
            assert (result.content, result.structured_content, result.is_error) == (content, None, False)

    run_asyncio(main)


def test_results_may_be_whole_or_none_at_all(run_asyncio: Run) -> None:
    async def main() -> None:
        async with client_of("here") as client:
            whole = await client.call_tool("returning", {"kind": "result"})
            assert whole.is_error and whole.text == "said" and whole.structured_content == {"n": 1}
            assert whole.meta["m"] == 2
            mixed = await client.call_tool("returning", {"kind": "mixed"})
            assert [block["type"] for block in mixed.content] == ["text", "image", "audio"]
            blob = await client.call_tool("returning", {"kind": "blob"})
            assert blob.content[0]["resource"]["blob"] == "b3RoZXI="
            never = await client.call_tool("returning", {"kind": "never"})
            assert never.is_error and "JSON has nothing for a object" in never.text

    run_asyncio(main)


def test_resources_prompts_and_completions(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            listed = {resource.uri: resource for resource in await client.list_resources()}
            assert listed["notes://today"].description == "What there is to do."
            assert [own.uri_template for own in await client.list_resource_templates()] == ["notes://{day}/{number}"]
            assert (await client.read_resource("notes://today")).text == "Buy milk."
            note = await client.read_resource("notes://a%20b/3")
            assert note.contents == [
                {"uri": "notes://a%20b/3", "mimeType": "application/json", "text": '{"day":"a b","number":4}'}
            ]
            assert (await client.read_resource("bytes://some")).contents[0]["blob"] == "AP8="
            for unknown in ("notes://tomorrow", "notes://monday/three", "other://x"):
                with pytest.raises(PeerError) as refused:
                    await client.read_resource(unknown)
                assert refused.value.code == (-32602 if versions == MODERN else -32002)
            (prompt,) = await client.list_prompts()
            assert prompt.arguments == [
                {"name": "code", "description": "What to look at.", "required": True},
                {"name": "depth", "required": False},
            ]
            filled = await client.get_prompt("review", {"code": "it", "depth": "2"})
            assert [own["content"]["text"] for own in filled.messages] == ["Look at it 3 times.", "I will."]
            for arguments in ({}, {"code": "it", "depth": "deep"}, {"code": "it", "depth": "true"}):
                with pytest.raises(PeerError) as refused:
                    await client.get_prompt("review", arguments)
                assert refused.value.code == -32602
            reference = {"type": "ref/prompt", "name": "review"}
            values = await client.complete(reference, "code", "x", {"depth": "!"})
            assert len(values) == 100 and values[7] == "x7!"
            assert await client.complete(reference, "depth", "x") == []

    run_asyncio(main)


def test_a_function_hears_who_asks_and_says_how_far_it_is(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        heard: list[Any] = []
        said: list[Any] = []
        options = {"name": "me", "version": "7", "on_notification": lambda *own: said.append(own)}
        async with client_of(how, versions=versions, **options) as client:
            told = (await client.call_tool("who")).structured_content
            assert told["client"] == {"name": "me", "version": "7"} and told["version"] == versions[0]
            assert told["sampling"] is False and told["cancelled"] is False and isinstance(told["session"], int)
            result = await client.call_tool("working", progress=lambda *own: heard.append(own))
            assert result.structured_content["result"][:3] == [True, False, True]
            # What is overtaken before it is sent is not sent.
            assert heard[-1] == (2, 2, None)

    run_asyncio(main)


def test_the_client_is_asked_in_the_way_of_each_revision(run_asyncio: Run, how: str, versions: list[str]) -> None:
    if how == "here":
        pytest.skip("a client is asked by coroutines")

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        content = {"name": "Ada"} if "name" in params["requestedSchema"]["properties"] else {"x": 3}
        return {"action": "accept", "content": content}

    def sample(params: dict[str, Any]) -> dict[str, Any]:
        text = params["messages"][0]["content"]["text"]
        return {"role": "assistant", "model": "m", "content": {"type": "text", "text": f"{text} A duck."}}

    async def main() -> None:
        questions = {"elicitation": answer, "sampling": sample, "roots": [{"uri": "file:///here"}]}
        async with client_of(how, versions=versions, **questions) as client:
            greeted = await client.call_tool("greet")
            assert greeted.text == "accept {'name': 'Ada'} Point(x=3, y=0.5)"
            assert (await client.call_tool("think")).text == "What is it? A duck."
            assert (await client.call_tool("look")).structured_content == {"result": ["file:///here"]}
        async with client_of(how, versions=versions) as client:
            with pytest.raises(PeerError):
                await client.call_tool("greet")

    run_asyncio(main)


def test_what_a_user_fills_in_is_judged_before_a_function_sees_it(run_asyncio: Run, versions: list[str]) -> None:
    async def greeted(first: dict[str, Any], second: dict[str, Any]) -> Any:
        def answer(params: dict[str, Any]) -> dict[str, Any]:
            return first if "name" in params["requestedSchema"]["properties"] else second

        async with client_of("asyncio", versions=versions, elicitation=answer) as client:
            return await client.call_tool("greet")

    async def main() -> None:
        said = {"action": "accept", "content": {"name": "Ada"}}
        for wrong in ({"x": "three"}, {"x": True}, {}, {"y": 1.0}, None):
            result = await greeted(said, {"action": "accept", "content": wrong})
            assert result.is_error and "what was filled in does not fit" in result.text, wrong
        result = await greeted({"action": "accept", "content": {"name": 5}}, said)
        assert result.is_error and "what was filled in does not fit: /name" in result.text
        # Who fills in nothing has filled in a form that needs nothing; who declines has filled in nothing.
        assert (await greeted({"action": "accept"}, {"action": "decline", "content": {"x": 1}})).text == "accept {} None"

    run_asyncio(main)


def test_cancelling_a_call_cancels_its_coroutine(run_asyncio: Run, how: str, versions: list[str]) -> None:
    if how == "here":
        pytest.skip("there are no coroutines")

    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            call = asyncio.ensure_future(client.call_tool("slow", {"seconds": 60.0}))
            while (await client.call_tool("asked")).structured_content != {"result": ["begun"]}:
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            while (await client.call_tool("asked")).structured_content != {"result": ["begun", "cancelled"]}:
                await asyncio.sleep(0)
            assert (await client.call_tool("slow", {"seconds": 0.0})).text == "slept"

    run_asyncio(main)


def test_a_thousand_calls_at_one_time(run_asyncio: Run, how: str, versions: list[str]) -> None:
    async def main() -> None:
        async with client_of(how, versions=versions) as client:
            tool = {"here": "add"}.get(how, "slow")

            async def call(number: int) -> Any:
                if tool == "add":
                    return (await client.call_tool("add", {"a": number})).structured_content["result"] - 1
                await client.call_tool("slow", {"seconds": 0.01})
                return number

            assert await asyncio.gather(*map(call, range(1000))) == list(range(1000))

    run_asyncio(main)


def test_functions_for_threads_run_beside_each_other(run_asyncio: Run, how: str) -> None:
    async def main() -> None:
        async with client_of(how) as client:
            met = await asyncio.gather(client.call_tool("meet"), client.call_tool("meet"), client.call_tool("add", {"a": 1}))
            assert [own.text for own in met] == ["met", "met", "2"]

    run_asyncio(main)


def test_calls_beyond_the_limits_are_refused(run_asyncio: Run) -> None:
    async def main() -> None:
        async with client_of("asyncio", "few") as client:
            calls = [client.call_tool("slow", {"seconds": 0.3}) for _ in range(12)]
            done = await asyncio.gather(*calls, return_exceptions=True)
            refused = [own for own in done if isinstance(own, PeerError)]
            # Two run and three wait.
            assert len(refused) == 7 and all(own.code == -32603 for own in refused)
            assert (await client.call_tool("add", {"a": 1})).text == "2"

    run_asyncio(main)


def test_one_call_asks_no_more_than_so_much_at_one_time(run_asyncio: Run) -> None:
    async def main() -> None:
        async def never(_: Any) -> None:
            await asyncio.Event().wait()

        async with client_of("asyncio", versions=LEGACY, roots=never) as client:
            failed = (await client.call_tool("nag")).structured_content["result"]
            assert failed == ["LimitError"] * 6

    run_asyncio(main)


def test_clients_are_told_when_lists_change(run_asyncio: Run) -> None:
    async def main() -> None:
        heard: list[str] = []
        options = {"versions": LEGACY, "on_notification": lambda method, _: heard.append(method)}
        async with client_of("asyncio", "changeable", **options) as client:
            await client.request("resources/subscribe", {"uri": "notes://today"})
            assert (await client.call_tool("change")).structured_content == {"result": True}
            names = [tool.name for tool in await client.list_tools()]
            assert "new" in names and "echo" not in names
            assert (await client.call_tool("new")).text == "new"
            assert heard.count("notifications/tools/list_changed") == 2
            assert "notifications/resources/updated" in heard
        async with client_of("asyncio") as client:
            fixed = await client.call_tool("change")
            assert fixed.is_error and "unless it is changeable" in fixed.text

    run_asyncio(main)


def test_who_asks_by_the_context_of_a_call_that_is_over_is_told(run_asyncio: Run) -> None:
    async def main() -> None:
        options = {"versions": MODERN, "elicitation": lambda _: {"action": "accept", "content": {}}}
        async with client_of("asyncio", **options) as client:
            assert (await client.call_tool("keep")).text == "kept"
            late = await client.call_tool("ask_late", timeout=20)
            assert (late.is_error, late.text) == (True, "it has asked by the context of a call that is over")

    run_asyncio(main)
