"""Servers of functions as programs, and what speaks to them byte by byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import mcp_engine

Run = Callable[[Callable[[], Awaitable[Any]]], Any]
SERVED = str(Path(__file__).parent / "served.py")
HOLDING = str(Path(__file__).parent / "holding.py")
#: What a program needs to find the package that is tested.
ENVIRONMENT = {"PYTHONPATH": str(Path(mcp_engine.__file__).parents[1]), "PYTHONUNBUFFERED": ""}
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "raw", "version": "0"},
}


class Raw:
    """A server as a program, spoken to byte by byte."""

    def __init__(self, *arguments: str, program: str = SERVED) -> None:
        self.program = subprocess.Popen(
            [sys.executable, program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT},
        )
        self._number = 0

    def write(self, line: bytes) -> None:
        assert self.program.stdin is not None
        self.program.stdin.write(line)
        self.program.stdin.flush()

    def send(self, method: str, params: dict[str, Any]) -> int:
        """Asks something; returns the id."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self.write(json.dumps(message).encode() + b"\n")
        return self._number

    def read(self) -> Any:
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Asks something and waits for its answer, whatever comes before."""
        number = self.send(method, params)
        while (message := self.read()) is not None:
            if message.get("id") == number and "method" not in message:
                return message
        return None

    def open(self) -> None:
        self.ask("initialize", INITIALIZE)
        self.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def call(self, tool: str, **arguments: Any) -> Any:
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def signal(self, number: int) -> None:
        """Sends a signal and waits until it has arrived: until then the kernel gives another one to another thread, or takes two for one."""
        self.program.send_signal(number)
        status = Path(f"/proc/{self.program.pid}/status")
        while any(int(line.split()[1], 16) for line in status.read_text().splitlines() if line.startswith("ShdPnd")):
            pass

    def close(self) -> None:
        self.program.kill()
        for stream in (self.program.stdin, self.program.stdout, self.program.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        self.program.wait()
