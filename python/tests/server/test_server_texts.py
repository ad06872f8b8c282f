"""Arguments that are text, of prompts and of resources, as values of types."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from stage import ENVIRONMENT, Run

from mcp_engine import PeerError
from mcp_engine.client import Client

TEXTING = str(Path(__file__).parent / "texting.py")
DEFAULTS: dict[str, str] = {
    "topic": "'cats'",
    "anything": "None",
    "style": "None",
    "number": "None",
    "either": "0",
    "mixed": "'a'",
    "bounded": "1",
    "letters": "'a'",
    "names": "[]",
    "point": "None",
    "colour": "<Colour.RED: 'red'>",
    "day": "None",
    "data": "b''",
    "yes": "False",
}


def client_of(version: str) -> Client:
    return Client.stdio(sys.executable, TEXTING, env=ENVIRONMENT, versions=[version])


def test_text_is_what_its_argument_wants(run_asyncio: Run) -> None:
    taken = [
        ("topic", "dogs", "'dogs'"),
        ("topic", "true", "'true'"),
        ("anything", "[1]", "'[1]'"),
        ("style", "formal", "'formal'"),
        ("style", "null", "'null'"),
        ("number", "5", "5"),
        ("number", "5.0", "5"),
        ("number", "null", "None"),
        ("either", "hello", "'hello'"),
        ("either", "5", "'5'"),
        ("mixed", "a", "'a'"),
        ("mixed", "1", "1"),
        ("bounded", "2", "2"),
        ("letters", "aaa", "'aaa'"),
        ("names", '["a"]', "['a']"),
        ("point", '{"x":1}', "Point(x=1)"),
        ("colour", "red", "<Colour.RED: 'red'>"),
        ("day", "2026-01-02", "datetime.date(2026, 1, 2)"),
        ("data", "AP8=", r"b'\x00\xff'"),
        ("yes", "true", "True"),
    ]

    async def main() -> None:
        async with client_of("2025-06-18") as client:
            for name, text, meant in taken:
                (message,) = (await client.get_prompt("told", {name: text})).messages
                assert message["content"]["text"] == f"[{', '.join({**DEFAULTS, name: meant}.values())}]", (name, text)
            (message,) = (await client.get_prompt("one", {"any": "[1]"})).messages
            assert message["content"]["text"] == "{'any': '[1]'}"

    run_asyncio(main)


def test_text_that_does_not_fit_is_refused_by_the_name_of_its_argument(run_asyncio: Run) -> None:
    refused = [
        ("number", "1.5"),
        ("number", "five"),
        ("number", "true"),
        ("mixed", "b"),
        ("bounded", "-5"),
        ("letters", "zzzzz"),
        ("letters", "aaaa"),
        # Not its content.
        ("letters", '"aaa"'),
        ("names", '{"a":1}'),
        ("names", "[1]"),
        ("point", "{}"),
        ("colour", "green"),
        ("day", "today"),
        ("data", "!!!!"),
        ("yes", "yes"),
    ]

    async def main() -> None:
        async with client_of("2025-06-18") as client:
            for name, text in refused:
                with pytest.raises(PeerError, match=f"the argument '{name}' is not right") as found:
                    await client.get_prompt("told", {name: text})
                assert found.value.code == -32602, (name, text)
            with pytest.raises(PeerError, match="no text") as found:
                await client.request("prompts/get", {"name": "told", "arguments": {"topic": 5}})
            assert found.value.code == -32602

    run_asyncio(main)


@pytest.mark.parametrize(("version", "code"), [("2025-06-18", -32002), ("2026-07-28", -32602)])
def test_variables_of_templates_are_text_as_well(run_asyncio: Run, version: str, code: int) -> None:
    async def read(client: Client, uri: str) -> Any:
        return (await client.read_resource(uri)).text

    async def main() -> None:
        async with client_of(version) as client:
            assert await read(client, "open://a%20b/5") == "['a b', '5']"
            assert await read(client, "typed://formal/5") == "['formal', 5]"
            for uri in ("typed://formal/x", "typed://formal/10", "typed://formal/1.5"):
                with pytest.raises(PeerError, match="the argument 'number' is not right") as found:
                    await read(client, uri)
                assert found.value.code == code and found.value.data == {"uri": uri}

    run_asyncio(main)
