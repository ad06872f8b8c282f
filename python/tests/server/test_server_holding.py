"""Functions that keep their thread, and functions that want to end everything."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from stage import HOLDING, Raw


@pytest.fixture(params=["here", "asyncio", "trio"])
def how(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_function_that_keeps_the_thread_hears_that_it_is_cancelled(raw: Callable[..., Raw], how: str) -> None:
    server = raw(how, program=HOLDING)
    server.open()
    watching = server.send("tools/call", {"name": "watch", "arguments": {}})
    assert server.program.stderr is not None and server.program.stderr.readline() == b"watching\n"
    server.write(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}\n' % watching)
    assert server.call("asked")["result"]["structuredContent"] == {"result": ["cancelled"]}


def test_what_a_function_tells_is_heard_before_it_returns(raw: Callable[..., Raw], how: str, tmp_path: Path) -> None:
    server = raw(how, program=HOLDING)
    server.open()
    server.ask("logging/setLevel", {"level": "info"})
    arguments = {"until": str(tmp_path / "heard")}
    server.send("tools/call", {"name": "tell", "arguments": arguments, "_meta": {"progressToken": "own"}})
    told = [server.read(), server.read()]
    assert {own["method"] for own in told} == {"notifications/progress", "notifications/message"}
    (tmp_path / "heard").touch()
    assert server.read()["result"]["structuredContent"] == {"result": "told"}


def test_a_function_that_exits_ends_its_call_and_nothing_else(raw: Callable[..., Raw], how: str) -> None:
    server = raw(how, program=HOLDING)
    server.open()
    tools = ["leave", "leave_on_thread"] + ([] if how == "here" else ["leave_later"])
    for tool in tools:
        result = server.call(tool)["result"]
        assert result["isError"] and result["content"][0]["text"] == "it has exited with 3"
    assert server.call("asked")["result"]["structuredContent"] == {"result": []}


@pytest.mark.parametrize("tool", ["hold", "hold_on_thread"])
@pytest.mark.parametrize("how", ["here", "asyncio"])
def test_a_second_signal_waits_for_no_function(raw: Callable[..., Raw], how: str, tool: str) -> None:
    server = raw(how, program=HOLDING)
    server.open()
    server.send("tools/call", {"name": tool, "arguments": {}})
    assert server.program.stderr is not None and server.program.stderr.readline() == b"holding\n"
    server.signal(signal.SIGTERM)
    server.program.send_signal(signal.SIGINT)
    server.program.wait(20)
