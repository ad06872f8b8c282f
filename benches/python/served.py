"""One server, measured once: served.py CONTENDER CELL plays the client and prints microseconds of CPU time of the server per call.

Contenders are `ours`, which runs without an event loop, `ours async`, whose tool is a coroutine function, and `mcp`, the FastMCP of the
SDK; `serve CONTENDER` is the server. The client is the same for all: it writes lines that were made beforehand and counts lines. Cells are
`sequential` and `concurrent`, with 64 calls at one time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

WARM, CALLS, AT_ONE_TIME = 200, 2000, 64
INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}}


def serve(contender: str) -> None:
    if contender == "mcp":
        from mcp.server.fastmcp import FastMCP

        server: Any = FastMCP("bench", log_level="WARNING")
    else:
        from mcp_engine.server import Server

        server = Server("bench")
    if contender == "ours async":

        @server.tool()
        async def add(a: int, b: int) -> int:
            return a + b

    else:

        @server.tool(name="add")
        def plain(a: int, b: int) -> int:
            return a + b

    server.run()


def message(method: str, params: dict[str, Any], id: int | None = None) -> bytes:
    own = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(own if id is None else {**own, "id": id}).encode() + b"\n"


def call(id: int) -> bytes:
    return message("tools/call", {"name": "add", "arguments": {"a": id, "b": 1}}, id)


def spent(pid: int) -> float:
    """Microseconds of CPU time of a process, of all its threads."""
    with open(f"/proc/{pid}/schedstat") as own:
        total = int(own.read().split()[0])
    for thread in os.listdir(f"/proc/{pid}/task"):
        if int(thread) != pid:
            with open(f"/proc/{pid}/task/{thread}/schedstat") as own:
                total += int(own.read().split()[0])
    return total / 1000


def measure(contender: str, cell: str) -> float:
    command = [sys.executable, __file__, "serve", contender]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None and program.stdout is not None
        reader, writer = program.stdout, program.stdin
        writer.write(message("initialize", INITIALIZE, 0))
        writer.flush()
        reader.readline()
        writer.write(message("notifications/initialized", {}))
        batch = 1 if cell == "sequential" else AT_ONE_TIME

        def play(calls: range) -> None:
            for at in range(calls.start, calls.stop, batch):
                writer.write(b"".join(map(call, range(at, at + batch))))
                writer.flush()
                for _ in range(batch):
                    answer = reader.readline()
                    assert b'"result"' in answer, answer

        play(range(1, 1 + WARM))
        before = spent(program.pid)
        calls = CALLS - CALLS % batch
        play(range(1000, 1000 + calls))
        took = (spent(program.pid) - before) / calls
        writer.close()
        program.wait()
    return took


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        print(measure(*sys.argv[1:3]))
