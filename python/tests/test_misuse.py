"""What an application does wrong is refused by its name, and says what would be right."""

from __future__ import annotations

import asyncio
import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from loops import Run

from mcp_engine import (
    Connection,
    Decoder,
    Executor,
    LimitError,
    Limits,
    compile_schema,
    dumps,
    encode_request,
    encode_text_result,
    loads,
)
from mcp_engine.client import Client


def test_limits_go_to_other_processes() -> None:
    limits = Limits(depth=7, message_bytes=12345)
    for own in (pickle.loads(pickle.dumps(limits)), copy.copy(limits), copy.deepcopy(limits)):
        assert own == limits and own.depth == 7


@pytest.mark.parametrize(("name", "value", "most"), [("depth", 256, 255), ("items", -1, 2**32 - 1), ("items", 2**70, 2**32 - 1)])
def test_a_limit_out_of_its_range_is_named(name: str, value: int, most: int) -> None:
    with pytest.raises(ValueError, match=f"{name} is a number from 0 to {most}, and not {value}"):
        Limits(**{name: value})
    with pytest.raises(TypeError):
        Limits(**{name: "many"})


def test_limits_are_spelled_as_python_has_them() -> None:
    with pytest.raises(LimitError, match=r"Limits\.depth") as caught:
        loads("[" * 200)
    assert "Limits.depth" in caught.value.reason and caught.value.rule == "depth"
    (refusal,) = Decoder(Limits(message_bytes=10)).feed(b'{"jsonrpc":"2.0","method":"x"}\n')
    assert "Limits.message_bytes" in str(refusal.error)


@pytest.mark.parametrize("now", [float("nan"), float("inf"), -1.0])
def test_a_time_that_is_none_is_refused(now: float) -> None:
    client = Connection.client("c", "1")
    with pytest.raises(ValueError, match="now is no time"):
        client.start(now)
    client.start(0.0)
    for use in (client.handle_timeout, lambda now: client.receive(b"", now), lambda now: client.request("ping", now=now)):
        with pytest.raises(ValueError, match="now is no time"):
            use(now)


def test_options_of_another_type_are_named() -> None:
    with pytest.raises(TypeError, match='the option "versions"'):
        Connection.client("c", "1", versions="2025-06-18")
    with pytest.raises(TypeError, match='the option "limits"'):
        Connection.client("c", "1", limits=3)


def test_ids_are_ints_of_64_bits_or_texts() -> None:
    with pytest.raises(OverflowError, match="64 bits"):
        encode_request(2**63, "x")
    for id in (True, None, 1.0):
        with pytest.raises(TypeError, match="an id is an int of 64 bits or a str"):
            encode_text_result(id, "x")  # type: ignore[arg-type]


def test_what_json_cannot_say_is_told_with_its_place() -> None:
    endless: list[Any] = []
    endless.append({"again": endless})
    for value, reason in (
        ({1}, "^JSON has nothing for a set$"),
        ({"a": [0, {1}]}, "^/a/1: JSON has nothing for a set$"),
        ([{"x": float("nan")}], "^/0/x: JSON has neither NaN nor infinities$"),
        ({"a": {1: 2}}, "^/a: the keys of an object are strings$"),
        (["\ud800"], "^/0: a text has half of a surrogate pair"),
        (endless, "^/0/again/0/again/.*: it is nested deeper than 128, or in itself$"),
    ):
        with pytest.raises(ValueError, match=reason):
            dumps(value)
    with pytest.raises(ValueError, match="^/b: JSON has nothing for a set$"):
        compile_schema({}).validate({"b": {1}})


def test_a_rate_has_three_numbers(run_asyncio: Run) -> None:
    async def main() -> None:
        async with Executor() as executor:
            with pytest.raises(ValueError, match="a rate is"):
                executor.lane(rate=(1, 2.0))  # type: ignore[arg-type]

    run_asyncio(main)


def test_what_keeps_a_program_from_starting_is_named(run_asyncio: Run, engine: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    async def main() -> None:
        with pytest.raises(FileNotFoundError) as caught:
            await Client.stdio(*engine, cwd=missing).connect()
        assert caught.value.filename == str(missing)
        with pytest.raises(FileNotFoundError) as caught:
            await Client.stdio(missing, cwd=tmp_path).connect()
        assert caught.value.filename == str(missing)
        for options in ({"env": {"A": "x\0y"}}, {"cwd": "x\0y"}):
            with pytest.raises(ValueError, match=r"could not be started: nul byte"):
                await Client.stdio(*engine, **options).connect()

    run_asyncio(main)


def test_a_timeout_may_be_infinite_and_longer_than_an_hour(run_asyncio: Run, engine: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*engine, timeout=float("inf")) as client:
            assert client._link is not None
            channel = client._link.channel
            slow = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 3600}))
            await asyncio.sleep(0)
            assert channel.timeout() is None
            longer = asyncio.ensure_future(client.call_tool("sleep", {"seconds": 3600}, timeout=7200.0))
            await asyncio.sleep(0)
            assert 7100 < (channel.timeout() or 0) <= 7200
            for own in (slow, longer):
                own.cancel()
            with pytest.raises(ValueError, match="from 0 to 1e9, or infinite, and not -1"):
                await client.call_tool("echo", {"text": "x"}, timeout=-1.0)

    run_asyncio(main)
