"""Servers to connect to, each in a process of its own, at a port that the system chooses."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent


class Server:
    """A process that serves at a port. It can be killed, and started again at the same port."""

    def __init__(self, *command: str, says: str) -> None:
        self._command, self._says = command, says
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it says at which port it listens."""
        command = [part.replace("{port}", str(self.port)) for part in self._command]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)
        self._process = process
        assert process.stderr is not None
        said: list[bytes] = []
        for line in process.stderr:
            said.append(line)
            found = re.search(self._says, line.decode())
            if found is not None:
                self.port = int(found.group(1) or 0)
                break
        else:
            raise RuntimeError(f"{command} has ended: {b''.join(said)!r}")
        # Whatever it says from now on is of no interest, and must not stop it.
        self._drain = threading.Thread(target=_drain, args=(process.stderr,), daemon=True)
        self._drain.start()

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            self._drain.join()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _drain(stream: IO[bytes]) -> None:
    with stream:
        while stream.read(1 << 16):
            pass


@contextlib.contextmanager
def serving(*command: str, says: str) -> Iterator[Server]:
    """A server that runs for as long as the block."""
    server = Server(*command, says=says)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def engine_program() -> str:
    return os.environ.get("MCP_ENGINE_PROGRAM") or str(HERE.parents[1] / "target/debug/mcp-engine")


def engine(way: str) -> contextlib.AbstractContextManager[Server]:
    """The everything server of the engine: way is "http", "ws" or "tcp"."""
    return serving(engine_program(), "serve", f"--{way}", "127.0.0.1:{port}", says=r":(\d+)")


def sdk(way: str) -> contextlib.AbstractContextManager[Server]:
    """A server of the SDK: way is "streamable-http" or "sse". See sdk_server.py."""
    return serving(sys.executable, str(HERE / "sdk_server.py"), way, "{port}", says=r"http://127\.0\.0\.1:(\d+)")
