"""A legacy server in plain Python that misbehaves when it is asked to: the tools are the methods of the class below.

With an argument, that is what it answers everything with.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import IO, Any


def say(message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Tools:
    """What the tools do with the id of a call and its arguments."""

    heard: list[Any] = []
    heard_in: list[IO[str]] = []

    def echo(self, id: Any, text: str) -> None:
        say({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}})

    def silent(self, id: Any) -> None:
        """Never answers."""

    def write_down(self, id: Any, path: str) -> None:
        """Never answers, and writes down what it is told from now on, until the end."""
        self.heard_in.append(open(path, "w"))  # noqa: SIM115

    def heard_so_far(self, id: Any) -> None:
        """What notifications came."""
        self.echo(id, json.dumps(self.heard))

    def tell(self, id: Any, method: str) -> None:
        say({"jsonrpc": "2.0", "method": method})
        self.echo(id, "told")

    def die(self, id: Any) -> None:
        print("my last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    def garbage(self, id: Any) -> None:
        sys.stdout.write("this is no JSON\n" + "[" * 100_000 + "\n")
        self.echo(id, "after the garbage")

    def wrong_id(self, id: Any) -> None:
        self.echo("nobody", "?")
        self.echo(id, "right")
        self.echo(id, "twice")

    def error(self, id: Any) -> None:
        say({"jsonrpc": "2.0", "id": id, "error": {"code": -32050, "message": "no", "data": {"why": [1, 2]}}})

    def huge_number(self, id: Any) -> None:
        say_raw = '{"jsonrpc":"2.0","id":%s,"result":{"content":[],"structuredContent":{"n":1e999}}}'
        print(say_raw % json.dumps(id), flush=True)

    def long(self, id: Any, bytes: int) -> None:
        self.echo(id, "x" * bytes)

    def ask(self, id: Any, method: str) -> None:
        say({"jsonrpc": "2.0", "id": f"question of {id}", "method": method, "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}})
        answer = json.loads(sys.stdin.readline())
        self.echo(id, json.dumps(answer.get("result") or answer.get("error")))


CAPABILITIES = {"tools": {}, "prompts": {}, "resources": {}, "logging": {}, "completions": {}}
FIXED = json.loads(sys.argv[1]) if len(sys.argv) > 1 else None
for line in sys.stdin:
    message = json.loads(line)
    method, id = message.get("method"), message.get("id")
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "scripted", "version": "1"}
        say({"jsonrpc": "2.0", "id": id, "result": {"protocolVersion": version, "capabilities": CAPABILITIES, "serverInfo": info}})
    elif FIXED is not None and id is not None and method != "server/discover":
        say({"jsonrpc": "2.0", "id": id, "result": FIXED})
    elif method == "tools/list":
        # A listing without end.
        say({"jsonrpc": "2.0", "id": id, "result": {"tools": [], "nextCursor": "again"}})
    elif method == "tools/call":
        params = message["params"]
        getattr(Tools(), params["name"])(id, **params.get("arguments", {}))
    elif id is None:
        Tools.heard.append(message)
        for file in Tools.heard_in:
            file.write(line)
            file.flush()
    else:
        say({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no such method"}})
