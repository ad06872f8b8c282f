"""Messages in this process: what the package decodes beside other libraries, contenders in turn, by thread CPU time."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
from mcp import types

import mcp_engine
from racing import Found

CHUNK = 64 * 1024


class Envelope(msgspec.Struct):
    id: int | str | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"")
    result: msgspec.Raw = msgspec.Raw(b"")


def corpus() -> dict[str, list[bytes]]:
    """Messages of each kind, all different."""
    one = random.Random(7)
    word = lambda: "".join(one.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(one.randrange(3, 11)))
    words = lambda count: " ".join(word() for _ in range(count))
    dump = lambda value: orjson.dumps(value)
    tool = lambda: {
        "name": word(),
        "description": words(20),
        "inputSchema": {"type": "object", "properties": {word(): {"type": "string", "description": words(6)} for _ in range(4)}},
    }
    code = lambda: "\n".join(f"    {word()}(\"{words(5)}\");" for _ in range(85))
    call = lambda n: dump({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": word(), "arguments": {"query": words(6), "limit": n}}})
    result = lambda n, text: dump({"jsonrpc": "2.0", "id": n, "result": {"content": [{"type": "text", "text": text}], "isError": False}})
    kinds = {
        "call": [call(n) for n in range(2000)],
        "result": [result(n, words(20)) for n in range(2000)],
        "code": [result(n, code()) for n in range(200)],
        "tools": [dump({"jsonrpc": "2.0", "id": n, "result": {"tools": [tool() for _ in range(80)]}}) for n in range(30)],
    }
    kinds["mixed"] = [one.choice(kinds["call"] + kinds["result"] + kinds["code"] * 2) for _ in range(2000)]
    return kinds


def chunks(lines: list[bytes]) -> list[bytes]:
    stream = b"".join(line + b"\n" for line in lines)
    return [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]


def message_contenders(lines: list[bytes]) -> dict[str, dict[str, Callable[[], Any]]]:
    """What does the same thing, by what it does: callables that go through all lines once."""
    framed = [line + b"\n" for line in lines]
    pieces, whole = chunks(lines), b"".join(line + b"\n" for line in lines)
    validate = types.JSONRPCMessage.model_validate_json
    envelopes = msgspec.json.Decoder(Envelope)

    def batch() -> None:
        decoder = mcp_engine.Decoder()
        for piece in pieces:
            found = decoder.feed_batch(piece)
            for at in range(len(found)):
                message = found[at]
                message.kind, message.id, message.method

    def feed() -> None:
        decoder = mcp_engine.Decoder()
        for piece in pieces:
            decoder.feed(piece)

    def typed() -> None:
        for line in whole.split(b"\n"):
            if line:
                root = validate(line).root
                getattr(root, "id", None), getattr(root, "method", None)

    def ours_single() -> None:
        decoder = mcp_engine.Decoder()
        for line in framed:
            decoder.feed(line)[0].payload()

    def ours_loads() -> None:
        for line in lines:
            mcp_engine.loads(line)

    def orjson_single() -> None:
        for line in lines:
            orjson.loads(line)

    return {
        "batch, kind id method": {"ours": batch, "mcp typed": typed},
        "feed": {"ours": feed, "msgspec lines": lambda: envelopes.decode_lines(whole)},
        "payload, single": {"ours": ours_single, "orjson": orjson_single},
        "loads": {"ours": ours_loads, "orjson": orjson_single},
    }


def time_of(run: Callable[[], Any]) -> float:
    begun = time.thread_time_ns()
    run()
    return float(time.thread_time_ns() - begun)


def messages(rounds: int) -> Found:
    """By what is done, beside whom, and on which corpus; microseconds are those of a message."""
    found: Found = {}
    for kind, lines in corpus().items():
        for what, contenders in message_contenders(lines).items():
            times: dict[str, list[float]] = {name: [] for name in contenders}
            for turn in range(rounds + 1):
                for name in sorted(contenders, reverse=turn % 2 == 1):
                    spent = time_of(contenders[name])
                    if turn > 0:
                        times[name].append(spent)
            ours = statistics.median(times["ours"])
            for name in contenders.keys() - {"ours"}:
                ratio = statistics.median(a / b for a, b in zip(times[name], times["ours"], strict=True))
                found[what, name, kind] = (ratio, ours / len(lines) / 1000)
    return found
