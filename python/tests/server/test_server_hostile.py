"""Clients that break rules, go away, or are ended, and servers that have to live with it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest

Raw = Callable[..., Any]


@pytest.fixture(params=["here", "asyncio", "trio"])
def how(request: pytest.FixtureRequest) -> str:
    """What drives the server."""
    return request.param


def test_broken_lines_harm_no_others(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    lines = [b"no JSON\n", b"\xff\xfe\n", b"[]\n", b"{}\n", b'{"jsonrpc":"2.0","id":null,"method":"tools/call"}\n']
    lines += [b'{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":7}}\n', b"[" * 1000 + b"\n"]
    for line in lines:
        server.write(line)
    assert server.call("add", a=1)["result"]["structuredContent"] == {"result": 2}
    server.write(b'{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"add","arguments":{"a":1e999}}}\n')
    assert server.call("add", a=10**30)["result"]["content"][0]["text"] == str(10**30 + 1)


def test_a_message_beyond_the_limit_is_refused_and_the_next_one_answered(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    server.write(b'"' + b"x" * (17 << 20) + b'"\n')
    assert server.call("add", a=1)["result"]["structuredContent"] == {"result": 2}


def test_a_server_ends_when_its_client_has_gone(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    server.send("tools/call", {"name": "add", "arguments": {"a": 1}})
    server.program.stdin.close()
    assert server.read()["result"]["structuredContent"] == {"result": 2}
    assert server.read() is None
    assert server.program.wait(20) == 0


def test_a_client_that_reads_no_more_ends_a_server_in_the_middle_of_calls(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    for _ in range(50):
        server.send("tools/call", {"name": "block", "arguments": {"seconds": 0.05}})
    server.program.stdout.close()
    server.program.stdin.close()
    assert server.program.wait(20) in (0, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["here", "asyncio"])
def test_what_is_being_served_is_answered_before_a_signal_ends_it(raw: Raw, how: str, number: int) -> None:
    server = raw(how)
    server.open()
    waiting = server.send("tools/call", {"name": "block", "arguments": {"seconds": 0.5}})
    assert server.call("add", a=1)["result"]["structuredContent"] == {"result": 2}
    server.program.send_signal(number)
    assert server.read() == {
        "jsonrpc": "2.0",
        "id": waiting,
        "result": {"content": [{"type": "text", "text": "blocked"}], "structuredContent": {"result": "blocked"}},
    }
    assert server.program.wait(20) == 0
    assert b"Traceback" not in server.program.stderr.read()


@pytest.mark.parametrize("how", ["here", "asyncio"])
def test_a_second_signal_waits_for_nothing(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    server.send("tools/call", {"name": "meet", "arguments": {}})
    assert server.call("add", a=1)["result"]["structuredContent"] == {"result": 2}
    server.signal(signal.SIGINT)
    server.program.send_signal(signal.SIGINT)
    while server.read() is not None:
        pass
    # The other one never comes.
    server.close()


def test_many_requests_in_one_write_are_answered_each(raw: Raw, how: str) -> None:
    server = raw(how)
    server.open()
    lines = b""
    for number in range(100, 400):
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "add", "arguments": {"a": number}}}
        lines += json.dumps(message).encode() + b"\n"
    server.write(lines)
    answers = {answer["id"]: answer["result"]["structuredContent"]["result"] for answer in (server.read() for _ in range(300))}
    assert answers == {number: number + 1 for number in range(100, 400)}
