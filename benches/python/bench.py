"""The package beside the libraries that Python programs use: bench.py [TABLE…] [--gate] [--rounds N].

Tables: `messages` are decoded in this process, contenders in turn, by thread CPU time. All others start a process for each contender, in turn, by
its CPU time: `imports`, `clients` and `servers` over pipes, clients over `http`, and applications of mcp and mcp-agent with and without what takes their
place, in `compat` and `fan-outs`. scripts/bench.sh python installs what it needs and runs it; with --gate it fails where a ratio misses its
target, or a target was not measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from messages import messages
from racing import Found, gain, raced
from targets import TARGETS

HERE = Path(__file__).parent


def script(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(HERE / name), *arguments]


def imports(rounds: int) -> Found:
    """What the first import of a package takes in a new interpreter, which has been done once before."""
    program = "import time; begun = time.process_time_ns(); {}; print((time.process_time_ns() - begun) / 1000)"
    steps = "from mcp_engine.compat import mcp_agent; mcp_agent.install(); import mcp_agent.app"
    found: Found = {}
    for other, own, ours, most in (
        ("mcp", "import mcp", "import mcp_engine", rounds),
        ("mcp-agent", "import mcp_agent.app", steps, 3),
    ):
        commands = {name: [sys.executable, "-W", "ignore", "-c", program.format(does)] for name, does in (("ours", ours), (other, own))}
        raced("import", 1, ["package"], commands)
        found |= raced("import", min(rounds, most), ["package"], commands)
    return found


def clients(rounds: int) -> Found:
    server = os.environ.get("MCP_ENGINE_FASTECHO")
    second = os.environ.get("MCP_ENGINE_PYTHON_2")
    found: Found = {}
    if server is None:
        return found
    for cell in ("sequential", "concurrent"):
        commands = {"ours": script("worker.py", "ours", cell, server), "mcp 1": script("worker.py", "mcp", cell, server)}
        if second is not None:
            commands["mcp 2"] = [second, *script("worker.py", "mcp", cell, server)[1:]]
        if cell == "sequential":
            commands["a line through asyncio"] = script("worker.py", "pipe", cell, server)
        found |= raced("client", rounds, [cell], commands)
    return found | gain("client", found, ("client", "mcp 1", "sequential"), ("client", "mcp 1", "concurrent"))


def http(rounds: int) -> Found:
    """Clients and applications over Streamable HTTP, with the engine's server behind all contenders."""
    found: Found = {}
    with http_server() as url:
        if url is None:
            return found
        for cell in ("sequential", "concurrent"):
            commands = {"ours": script("worker.py", "ours-http", cell, url), "mcp 1": script("worker.py", "mcp-http", cell, url)}
            found |= raced("client, http", rounds, [cell], commands)
        from mcp_engine.compat._steps import STEPS

        if "http" in STEPS:
            cells = ["echo", "echo 64"]
            commands = {name: script("compat_worker.py", name, f"aggregator {url}", *cells) for name in ("ours", "legacy")}
            found |= raced("compat aggregator, http", rounds, cells, commands)
    return found


@contextmanager
def http_server() -> Iterator[str | None]:
    """The URL of a server, where there is one."""
    program = os.environ.get("MCP_ENGINE_PROGRAM")
    if program is None:
        yield None
        return
    with subprocess.Popen([program, "serve", "--http", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield server.stderr.readline().split()[-1]
        finally:
            server.kill()


def servers(rounds: int) -> Found:
    found: Found = {}
    contenders = {"ours": "ours", "mcp 1": "mcp", "ours, a coroutine function": "ours async"}
    for cell in ("sequential", "concurrent"):
        commands = {name: script("served.py", contender, cell) for name, contender in contenders.items()}
        found |= raced("server", rounds, [cell], commands)
    return found


def compat(rounds: int) -> Found:
    """Sessions of the SDK, and calls through mcp-agent, before and with what takes their place; and with the step `events` alone."""
    found: Found = {}
    small, long = ["echo", "echo 64", "output"], ["2 MB", "16 MB"]
    for layer, cells in (("session", small + long), ("aggregator", small + long), ("agent", small)):
        commands = {name: script("compat_worker.py", name, layer, *cells) for name in ("ours", "legacy")}
        what = f"compat {layer}"
        found |= raced(what, rounds, cells, commands)
        found |= gain(what, found, (what, "legacy", "echo"), (what, "legacy", "echo 64"))
    for layer in ("aggregator", "agent"):
        commands = {name: script("compat_worker.py", step, layer, "echo") for name, step in (("ours", "events"), ("legacy", "legacy"))}
        found |= raced(f"events {layer}", rounds, ["echo"], commands)
    return found


def fan_outs(rounds: int) -> Found:
    """The executor of mcp-agent, as it is and on ours."""
    cells = ["execute", "execute_many", "map"]
    return raced("fan-out, 64 wide", rounds, cells, {name: script("fanout.py", name, *cells) for name in ("ours", "legacy")})


TABLES: dict[str, Callable[[int], Found]] = {
    "messages": messages,
    "imports": imports,
    "fan-outs": fan_outs,
    "clients": clients,
    "http": http,
    "servers": servers,
    "compat": compat,
}


def report(table: str, found: Found) -> int:
    """Prints the rows of a table. Returns how many targets were missed, or not measured."""
    targets, missed = TARGETS[table], 0
    for key in sorted(found.keys() | targets.keys()):
        what, name, kind = key
        must, ratio, ours = targets.get(key), "", ""
        verdict = "" if must is None else "**NOT MEASURED**"
        if key in found:
            ratio, ours = (f"{number:.2f}" for number in found[key])
            verdict = "" if must is None else "met" if found[key][0] >= must else "**missed**"
        missed += "**" in verdict
        print(f"| {what} | {kind} | {ours} | {name} | {ratio} | {'' if must is None else f'≥ {must:g}'} | {verdict} |", flush=True)
    return missed


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    arguments.add_argument("--gate", action="store_true")
    arguments.add_argument("--rounds", type=int, default=9, help="of messages and imports; three at most of all others")
    options = arguments.parse_args()
    for table in options.tables:
        if table not in TABLES:
            arguments.error(f"there is no table {table}")
    missed = 0
    print("| what | on | ours, µs | beside | ratio | must | |\n|---|---|---:|---|---:|---:|---|", flush=True)
    for table, measure in TABLES.items():
        if not options.tables or table in options.tables:
            rounds = options.rounds if table in ("messages", "imports") else min(options.rounds, 3)
            missed += report(table, measure(rounds))
    return 1 if options.gate and missed else 0


if __name__ == "__main__":
    sys.exit(main())
