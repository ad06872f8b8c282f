"""Calls everything that ``mcp_engine`` has in Rust, with values by chance: ``python surface.py [SECONDS] [SEED]``.

Each seed is one list of calls. What holds for all of them is checked: nothing but the exceptions that the package names comes out, what the reference
implementation of JSON in Python says is what this one says, and however a stream is cut, the same messages come out of it. A worker makes the calls, so
that a crash is seen too; who fails names its seed, and ``REGRESSIONS`` keeps those that were found.
"""

from __future__ import annotations

import array
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import mcp_engine as engine
from mcp_engine import _core

#: What calls may raise. A panic is none of these, nor is an error of the interpreter's own.
ALLOWED = (engine.Error, TypeError, ValueError, OverflowError, RecursionError, BufferError, IndexError, KeyError, AttributeError, TimeoutError)
#: Seeds that have failed before.
REGRESSIONS: list[int] = []

LINES = [
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}',
    b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
    b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ec\\u0068o","arguments":{"a":[1,2.5,null]},"_meta":{"progressToken":"t"}}}',
    b'{"jsonrpc":"2.0","id":"x","method":"tools/list"}',
    b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":0.5}}',
    b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"one\\n\\ud83d\\ude00"},{"type":"image","data":"AA==","mimeType":"i/p"}],"isError":true}}',
    b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such","data":[1]}}',
    b'[{"jsonrpc":"2.0","id":4,"method":"ping"},7]',
    b'{"jsonrpc":"2.0","id":6,"method":"ping","params":{"a":1,"a":2}}',
    b'{"jsonrpc":"2.0","id":null,"method":5}',
    b"data: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n\nid: 5\nevent: note\ndata: x\n",
    b"",
]


class Failing:
    """Whatever it is asked, it fails, or does something else first."""

    def __init__(self, then: Callable[[], Any]) -> None:
        self.then = then

    def model_dump(self, **_: Any) -> Any:
        return self.then()

    def __iter__(self) -> Any:
        return iter([self.then()])

    def __len__(self) -> int:
        return 1 << 40

    def __index__(self) -> int:
        self.then()
        return 1 << 70

    def __float__(self) -> float:
        return float(bool(self.then()))


class Play:
    """One list of calls."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.messages: list[engine.Message] = []
        self.connections = [
            engine.Connection.server("s", "1", capabilities={"tools": {}, "logging": {}}),
            engine.Connection.client("c", "1"),
        ]
        self.now = 0.0

    def run(self) -> None:
        steps = [self.lines, self.events, self.bodies, self.read, self.read, self.converse, self.converse, self.schema, self.encode, self.texts]
        for _ in range(self.random.randrange(4, 24)):
            self.random.choice(steps)()

    def attempt(self, call: Callable[[], Any]) -> Any:
        """What a call yields; ``None`` when it raises what it may."""
        try:
            return call()
        except ALLOWED:
            return None
        except RuntimeError as error:
            # An object is in use by the call that has led here.
            assert "lready" in str(error), repr(error)
            return None

    def line(self) -> bytes:
        line = bytearray(self.random.choice(LINES))
        for _ in range(self.random.choice([0, 0, 0, 1, 4])):
            at = self.random.randrange(len(line) + 1)
            line[at:at + self.random.randrange(3)] = self.random.choice([b'"', b"\\", b"\xff", b"{", b"9", b"\n", b"\xc3\xa9", b""])
        return bytes(line)

    def stream(self) -> bytes:
        return b"".join(self.line() + b"\n" for _ in range(self.random.randrange(6)))

    def chunks(self, whole: bytes) -> list[Any]:
        """A stream in pieces, in each kind of buffer."""
        chunks: list[Any] = []
        while whole:
            cut = self.random.randrange(1, len(whole) + 1)
            piece, whole = whole[:cut], whole[cut:]
            kinds: list[Callable[[bytes], Any]] = [bytes, bytearray, memoryview, lambda one: array.array("B", one)]
            chunks.append(self.random.choice(kinds)(piece))
        return chunks

    def value(self, depth: int = 0) -> Any:
        """A value of Python that may be JSON, or not at all."""
        leaves = [None, True, 0, -1, 1 << 63, 1 << 200, 0.5, -0.0, 1e308, math.inf, math.nan, "", "é\n\"\\\x00", "\ud800", b"bytes", {1: 2}, {None: 1}, (1,), {2}, object()]
        if depth > 3 or self.random.random() < 0.4:
            return self.random.choice([*leaves, Failing(lambda: int("no number")), Failing(self.converse), Failing(lambda: {"a": 1})])
        if self.random.random() < 0.5:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(["a", "é", "", "type", "$ref"]): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def limits(self) -> engine.Limits | None:
        return self.attempt(lambda: self.random.choice([None, engine.Limits(message_bytes=self.random.choice([0, 64, 1 << 20, 1 << 40])), engine.Limits(depth=3, batch=2, items=9)]))

    def lines(self) -> None:
        limits, whole = self.limits(), self.stream()
        one, other = engine.Decoder(limits), engine.Decoder(limits)
        cut = [message for chunk in self.chunks(whole) for message in one.feed(chunk)]
        batch = other.feed_batch(whole)
        kept = [message for message in cut if message.kind != "refused"]
        assert [bytes(message) for message in kept] == [bytes(batch[at]) for at in range(len(batch))]
        assert len(batch.table) * batch.table.itemsize == 128 * len(batch), (batch.table, len(batch))
        self.attempt(lambda: batch[self.random.choice([-1, len(batch), 1 << 62, -(1 << 62)])])
        self.attempt(lambda: one.feed(memoryview(bytearray(9))[::2]))
        self.attempt(lambda: one.feed(self.value()))
        self.attempt(one.end)
        self.messages = (self.messages + kept)[-40:]

    def events(self) -> None:
        decoder = engine.EventDecoder(self.limits())
        for chunk in self.chunks(self.stream() + b"\n\n"):
            for item in decoder.feed(chunk):
                if item.kind == "event":
                    assert isinstance(item.name, str) and isinstance(item.content, bytes)
        assert isinstance(decoder.last_event_id, str)
        assert decoder.retry_ms is None or decoder.retry_ms >= 0
        self.attempt(decoder.end)

    def bodies(self) -> None:
        decoder = engine.BodyDecoder(self.limits())
        for chunk in self.chunks(self.stream()):
            self.attempt(lambda chunk=chunk: decoder.feed(chunk))
        for item in decoder.end():
            if item.kind == "refused":
                assert item.code < 0 and isinstance(item.error, Exception)

    def read(self) -> None:
        if not self.messages:
            return
        message = self.random.choice(self.messages)
        for name in ["kind", "id", "method", "name", "token", "is_error", "result_type"]:
            getattr(message, name)
        raw = bytes(message)
        assert bytes(message.raw) == raw and len(message) == len(raw) and len(message.index) == 128
        whole = json.loads(raw)
        payload = message.payload()
        expected = next((whole[key] for key in ["params", "result", "error"] if key in whole), None)
        assert payload == expected, (payload, expected)
        for call in [message.meta, message.arguments, message.text]:
            self.attempt(call)
        for name in expected if isinstance(expected, dict) else ["name"]:
            assert message.member(name) == (expected[name] if isinstance(expected, dict) else None)
        assert bytes(message.detach()) == raw

    def converse(self) -> None:
        connection = self.random.choice(self.connections)
        self.now += self.random.random()
        ids = [0, 1, 2, "x", -1, 1 << 63, self.value()]
        some = self.random.choice(ids)
        calls: list[Callable[[], Any]] = [
            lambda: connection.start(self.now),
            lambda: [connection.receive(chunk, self.now) for chunk in self.chunks(self.stream())],
            lambda: [other.receive(connection.transmit(), self.now) for other in self.connections if other is not connection],
            lambda: connection.request(self.random.choice(["tools/call", "ping", "é"]), self.value(), now=self.now, progress=True),
            lambda: connection.respond(some, self.value(), self.now),
            lambda: connection.respond_text(some, self.random.choice(["ok", "\ud800", "é" * 99]), self.now),
            lambda: connection.respond_error(some, self.random.choice([-1, 1 << 70]), "no", self.now),
            lambda: connection.notify("notifications/message", self.value(), some),
            lambda: connection.progress(some, self.random.choice([0.5, math.nan, 1e9]), None, "half"),
            lambda: connection.cancel(self.random.choice([1, -1, 1 << 80]), "no", now=self.now),
            lambda: connection.handle_timeout(self.random.choice([self.now, math.nan, math.inf, -1.0, 1e300])),
            connection.deadline, connection.transmit, connection.end,
            lambda: [connection.version, connection.era, connection.role, connection.peer_capabilities, connection.instructions, connection.closing, connection.refusals],
        ]
        result = self.attempt(self.random.choice(calls))
        for event in result if isinstance(result, list) else []:
            if isinstance(event, engine.ConnectionEvent) and event.message is not None:
                self.messages.append(event.message)

    def schema(self) -> None:
        kinds = ["string", "integer", "object", "array", 7]
        schema = self.random.choice([self.value(), {"type": self.random.choice(kinds), "properties": {"a": {"$ref": "#"}}}, {"pattern": "(a*)*$"}, {"$ref": "#/x"}])
        compiled = self.attempt(lambda: engine.compile_schema(schema))
        if compiled is not None:
            value = self.value()
            self.attempt(lambda: compiled.is_valid(value))
            self.attempt(lambda: compiled.validate(value))

    def encode(self) -> None:
        value, some = self.value(), self.random.choice([1, "x", -1, 1 << 70, None, 1.5])
        written = [
            self.attempt(lambda: engine.encode_request(some, "a/é\n", value)),
            self.attempt(lambda: engine.encode_notification("m", value)),
            self.attempt(lambda: engine.encode_response(some, value)),
            self.attempt(lambda: engine.encode_text_result(some, self.random.choice(["ok\n", "\x00\"", "\ud800"]), is_error=True)),
            self.attempt(lambda: engine.encode_error(some, self.random.choice([-1, 1 << 70]), "no", value)),
        ]
        for message in written:
            if message is not None:
                assert json.loads(message)["jsonrpc"] == "2.0"

    def texts(self) -> None:
        value = self.value()
        dumped = self.attempt(lambda: engine.dumps(value))
        if dumped is not None:
            assert engine.loads(dumped) == json.loads(dumped)
        line = self.line()
        loaded = self.attempt(lambda: engine.loads(self.random.choice([line, bytearray(line), line.decode("utf-8", "replace")])))
        if loaded is not None and b"\xff" not in line:
            assert loaded == json.loads(line), line
        self.attempt(lambda: engine.loads(self.value()))
        self.attempt(lambda: _core.cosine(self.random.choice([[1.0, 2.0], array.array("d", [1, 2]), value]), self.random.choice([[0.0, 1.0], [], value])))


def work(first: int, last: int, seconds: float, place: str) -> None:
    """Plays seeds, and writes down which one is at hand."""
    end = time.monotonic() + seconds
    with open(place, "wb", buffering=0) as file:
        for seed in range(first, last):
            file.seek(0)
            file.write(b"%-20d" % seed)
            Play(seed).run()
            if time.monotonic() > end:
                return


def main(seconds: float, seed: int) -> int:
    """Has a worker play; says which seed it was that failed."""
    with tempfile.NamedTemporaryFile() as place:
        for first, last, limit in [*((one, one + 1, 60.0) for one in REGRESSIONS), (seed, seed + (1 << 40), seconds)]:
            worker = subprocess.run([sys.executable, "-X", "faulthandler", __file__, "work", str(first), str(last), str(limit), place.name], timeout=limit + 60)
            at = int(place.read() or b"-1")
            place.seek(0)
            if worker.returncode != 0:
                print(f"seed {at} fails: exit {worker.returncode}", file=sys.stderr)
                return 1
    print(f"{at - seed + 1} lists of calls hold")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
    else:
        seconds, seed = [*sys.argv[1:], "10", "1"][:2] if len(sys.argv) < 3 else sys.argv[1:3]
        if len(sys.argv) == 2:
            seed = "1"
        sys.exit(main(float(seconds), int(seed)))
