"""``stdio_client``: a server that is a program, in place of the SDK's."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TextIO

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client import stdio as sdk
from mcp.client.stdio import StdioServerParameters, get_default_environment
from mcp.shared.message import SessionMessage

from ..._core import Limits, Program, Wire
from ..._endings import close_at_exit
from ..._loops import Loop, running_loop
from ._line import Line
from ._streams import ReceiveStream, SendStream, streams

__all__ = ["LIMITS", "Undriven", "driven_loop", "fall_back", "left_to_the_sdk", "open_line", "served", "stdio_client"]

#: What a server may make a connection hold: as much as fits, where the SDK has no bounds.
LIMITS = Limits(message_bytes=256 << 20, event_bytes=257 << 20, items=100_000_000, retained=512 << 20, outbox_bytes=512 << 20)

_driven: set[type] = set()
_told: set[str] = set()


class Undriven(RuntimeError):
    """What the engine cannot do here, so that the SDK has to."""


@asynccontextmanager
async def stdio_client(
    server: StdioServerParameters, errlog: TextIO = sys.stderr, *, limits: Limits | None = None
) -> AsyncIterator[tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]]:
    """Starts a server, and ends it. As ``mcp.client.stdio.stdio_client``, and it may be left by any task.

    Where the engine cannot do it (another encoding than UTF-8, an event loop that watches no descriptors, a process that was forked), the SDK
    does, and a warning says so once.

    Args:
        limits: What the server may make the connection hold, instead of ``LIMITS``: a message of more than 256 MiB is refused, which the
            message handler of the session hears of.

    Raises:
        OSError: the server cannot be started.
    """
    try:
        line = open_line(server, errlog, limits)
    except Undriven as reason:
        fall_back(str(reason))
        async with sdk.stdio_client(server, errlog) as legacy:
            yield legacy
        return
    async with served(line) as both:
        yield both


@asynccontextmanager
async def served(
    line: Line, failed: Callable[[Exception | None], Exception] | None = None
) -> AsyncIterator[tuple[ReceiveStream, SendStream]]:
    """The streams of a line, which is closed behind them. With ``failed`` the way to the server is waited for, and it makes an exception of why there
    is none."""
    read_stream, write_stream = streams(line)
    try:
        if failed is not None:
            await line.opened()
            if not line.wire.is_open:
                raise failed(line.wire.failure)
        yield read_stream, write_stream
    finally:
        read_stream.close()
        write_stream.close()
        await line.close()


def open_line(server: StdioServerParameters, errlog: TextIO = sys.stderr, limits: Limits | None = None) -> Line:
    """Starts a server.

    Raises:
        OSError: it cannot be started.
        Undriven: the engine cannot do that here.
    """
    if server.encoding.replace("_", "-").lower() not in ("utf-8", "utf8") or server.encoding_error_handler != "strict":
        raise Undriven(f"the encoding {server.encoding!r} with {server.encoding_error_handler!r}")
    loop = driven_loop()
    environment = {**get_default_environment(), **(server.env or {})}
    options: dict[str, Any] = {"env": list(environment.items()), "inherit": "nothing", "cwd": server.cwd}
    options |= _errors_to(errlog)
    program = Program(server.command, *server.args, **options)
    try:
        wire = Wire.open(program, limits or LIMITS)
    except RuntimeError as error:
        raise Undriven(str(error)) from error
    line = Line(loop, wire)
    close_at_exit(line)
    return line


def _errors_to(errlog: TextIO | int | None) -> dict[str, Any]:
    """What becomes of a server's standard error, which may be anything that ``subprocess`` takes."""
    if errlog == subprocess.DEVNULL:
        return {}
    descriptor = 2 if errlog is None else errlog if isinstance(errlog, int) else errlog.fileno()
    return {"stderr": "show"} if descriptor == 2 else {"stderr_to": descriptor}


def driven_loop() -> Loop:
    """The loop that runs here, if it can watch descriptors.

    Raises:
        Undriven: it cannot, or none runs.
    """
    try:
        loop = running_loop()
    except RuntimeError as error:
        raise Undriven(str(error)) from error
    own = asyncio._get_running_loop()
    kind = type(own)
    if own is not None and kind not in _driven:
        reads, writes = os.pipe()
        try:
            loop.watch_reads(reads, lambda: None)
            loop.unwatch_reads(reads)
        except NotImplementedError as error:
            raise Undriven(f"{kind.__module__}.{kind.__qualname__} watches no descriptors") from error
        finally:
            os.close(reads)
            os.close(writes)
        _driven.add(kind)
    return loop


def left_to_the_sdk() -> list[str]:
    """What the engine could not do so far."""
    return sorted(_told)


def fall_back(reason: str) -> None:
    """Says, once for each reason, that the SDK does what the engine cannot."""
    if reason not in _told:
        _told.add(reason)
        warnings.warn(f"mcp_engine leaves a connection to the SDK: {reason}", RuntimeWarning, stacklevel=4)
