"""The package beside the libraries that Python programs use: bench.py [--gate] [--rounds N].

Five tables. Messages: decoding in this process, contenders in turn, by thread CPU time, the median of the rounds. Clients: one process for
each contender and cell, in turn, by CPU time of the process. Servers, imports and compat likewise, the last for applications of mcp and mcp-agent with
and without what takes their place. scripts/bench.sh python installs what it needs and runs it; with --gate it
fails where a ratio misses its target.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
from mcp import types

import mcp_engine

#: Ratios of a contender's time to ours, and what they must be at least.
TARGETS = {
    ("batch, kind id method", "mcp typed", "call"): 25.0,
    ("batch, kind id method", "mcp typed", "result"): 25.0,
    ("feed", "msgspec lines", "call"): 1.3,
    ("feed", "msgspec lines", "result"): 1.3,
    ("feed", "msgspec lines", "mixed"): 2.0,
    ("payload, single", "orjson", "call"): 0.8,
    ("payload, single", "orjson", "result"): 0.8,
    ("payload, single", "orjson", "code"): 0.8,
    ("payload, single", "orjson", "tools"): 0.8,
    ("client", "mcp 1", "sequential"): 5.0,
    ("client", "mcp 1", "concurrent"): 12.0,
    ("client", "mcp 2", "sequential"): 5.0,
    ("client", "mcp 2", "concurrent"): 12.0,
    ("import", "mcp", "package"): 20.0,
    ("client, http", "mcp 1", "sequential"): 6.0,
    ("client, http", "mcp 1", "concurrent"): 6.0,
    ("server", "mcp 1", "sequential"): 15.0,
    ("server", "mcp 1", "concurrent"): 15.0,
    ("compat session", "legacy", "echo"): 5.0,
    ("compat session", "legacy", "echo 64"): 12.0,
    ("compat session", "legacy", "output"): 10.0,
    ("compat session", "legacy", "2 MB"): 8.0,
    ("compat session", "legacy", "16 MB"): 30.0,
    ("compat aggregator", "legacy", "echo"): 5.0,
    ("compat aggregator", "legacy", "output"): 10.0,
    ("compat agent", "legacy", "echo"): 5.0,
    ("fan-out, 64 wide", "mcp-agent", "execute_many"): 3.0,
    ("fan-out, 64 wide", "mcp-agent", "execute"): 3.0,
    ("fan-out, 64 wide", "mcp-agent", "map"): 3.0,
}
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


def messages(rounds: int) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Ratio and microseconds a message of ours, by what is done, beside whom, and on which corpus."""
    found = {}
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


def clients(rounds: int, server: str, second: str | None) -> dict[tuple[str, str, str], tuple[float, float]]:
    worker = str(Path(__file__).parent / "worker.py")
    commands = {"ours": [sys.executable, worker, "ours"], "mcp 1": [sys.executable, worker, "mcp"]}
    if second is not None:
        commands["mcp 2"] = [second, worker, "mcp"]
    commands["a line through asyncio"] = [sys.executable, worker, "pipe"]
    return measured("client", rounds, commands, server)


def http_clients(rounds: int, program: str) -> dict[tuple[str, str, str], tuple[float, float]]:
    """The same over Streamable HTTP, with the engine's server behind all contenders."""
    worker = str(Path(__file__).parent / "worker.py")
    commands = {"ours": [sys.executable, worker, "ours-http"], "mcp 1": [sys.executable, worker, "mcp-http"]}
    serve = [program, "serve", "--http", "127.0.0.1:0"]
    with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = server.stderr.readline().split()[-1]
        try:
            return measured("client, http", rounds, commands, url)
        finally:
            server.kill()


def measured(
    what: str, rounds: int, commands: dict[str, list[str]], server: str
) -> dict[tuple[str, str, str], tuple[float, float]]:
    found = {}
    for cell in ("sequential", "concurrent"):
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                done = subprocess.run([*command, cell, server], check=True, capture_output=True, text=True)
                times[name].append(float(done.stdout))
        ours = statistics.median(times["ours"])
        for name in commands.keys() - {"ours"}:
            ratio = statistics.median(times[name]) / ours
            if ratio == ratio:
                found[what, name, cell] = (ratio, ours)
    return found


IMPORT = "import time; begun = time.process_time_ns(); import {}; print(time.process_time_ns() - begun)"


def imports(rounds: int) -> dict[tuple[str, str, str], tuple[float, float]]:
    """What the first import of a package takes in a new interpreter; the first round warms the cache of bytecode."""
    times: dict[str, list[float]] = {"mcp_engine": [], "mcp": []}
    for turn in range(rounds + 1):
        for package in times:
            done = subprocess.run([sys.executable, "-c", IMPORT.format(package)], check=True, capture_output=True, text=True)
            if turn > 0:
                times[package].append(float(done.stdout))
    ours = statistics.median(times["mcp_engine"])
    return {("import", "mcp", "package"): (statistics.median(times["mcp"]) / ours, ours / 1000)}


def servers(rounds: int) -> dict[tuple[str, str, str], tuple[float, float]]:
    """The same for servers: one process for each contender and cell, in turn, by CPU time of the server."""
    played = str(Path(__file__).parent / "served.py")
    contenders = {"ours": "ours", "mcp 1": "mcp", "ours, a coroutine function": "ours async"}
    found = {}
    for cell in ("sequential", "concurrent"):
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, contender in contenders.items():
                done = subprocess.run([sys.executable, played, contender, cell], check=True, capture_output=True, text=True)
                times[name].append(float(done.stdout))
        ours = statistics.median(times["ours"])
        for name in contenders.keys() - {"ours"}:
            found["server", name, cell] = (statistics.median(times[name]) / ours, ours)
    return found


def compat(rounds: int) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Sessions of the SDK, and calls through mcp-agent, before and with what takes their place: in turn, the median of the rounds."""
    worker = str(Path(__file__).parent / "compat_worker.py")
    found = {}
    for layer in ("session", "aggregator", "agent"):
        for cell in ("echo", "echo 64", "output", "2 MB", "16 MB"):
            times: dict[str, list[float]] = {"legacy": [], "ours": []}
            for _ in range(rounds):
                for name in times:
                    done = subprocess.run([sys.executable, worker, name, layer, cell], check=True, capture_output=True, text=True)
                    times[name].append(float(done.stdout.split()[-1]))
            ours = statistics.median(times["ours"])
            found[f"compat {layer}", "legacy", cell] = (statistics.median(times["legacy"]) / ours, ours)
    return found


def fan_outs(rounds: int) -> dict[tuple[str, str, str], tuple[float, float]]:
    """The executor of mcp-agent, as it is and on ours: one process for each contender and cell, in turn."""
    worker, found = str(Path(__file__).parent / "fanout.py"), {}
    for cell in ("execute", "execute_many", "map"):
        times: dict[str, list[float]] = {"legacy": [], "ours": []}
        for _ in range(rounds):
            for name in times:
                done = subprocess.run([sys.executable, worker, name, cell], check=True, capture_output=True, text=True)
                times[name].append(float(done.stdout.split()[-1]))
        ours = statistics.median(times["ours"])
        found["fan-out, 64 wide", "mcp-agent", cell] = (statistics.median(times["legacy"]) / ours, ours)
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--gate", action="store_true")
    arguments.add_argument("--rounds", type=int, default=9)
    options = arguments.parse_args()
    found = messages(options.rounds) | imports(options.rounds)
    if importlib.util.find_spec("mcp_agent") is not None:
        found |= fan_outs(min(options.rounds, 5))
    server = os.environ.get("MCP_ENGINE_FASTECHO")
    if server is not None:
        found |= clients(min(options.rounds, 5), server, os.environ.get("MCP_ENGINE_PYTHON_2"))
    program = os.environ.get("MCP_ENGINE_PROGRAM")
    if program is not None:
        found |= http_clients(min(options.rounds, 5), program)
    found |= servers(min(options.rounds, 5))
    if importlib.util.find_spec("mcp_agent") is not None:
        found |= compat(min(options.rounds, 3))
    missed = 0
    print("| what | on | ours, µs | beside | ratio | must | |\n|---|---|---:|---|---:|---:|---|")
    for (what, name, kind), (ratio, ours) in sorted(found.items()):
        must = TARGETS.get((what, name, kind))
        verdict = "" if must is None else "met" if ratio >= must else "**missed**"
        missed += verdict == "**missed**"
        print(f"| {what} | {kind} | {ours:.2f} | {name} | {ratio:.2f} | {'' if must is None else f'≥ {must:g}'} | {verdict} |")
    return 1 if options.gate and missed else 0


if __name__ == "__main__":
    sys.exit(main())
