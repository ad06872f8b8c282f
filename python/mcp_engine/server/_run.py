"""How a server is served: on an event loop, or on the thread that runs it and nothing else."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._core import Serving

if TYPE_CHECKING:
    from . import Server

__all__ = ["Begin", "on_http", "on_stdio", "run_asyncio", "run_here", "serve"]

#: Begins to serve.
Begin = Callable[[Serving], object]


def on_stdio(serving: Serving) -> None:
    """Serves on standard input and output. What was printed and is not written yet goes where later prints go."""
    serving.serve_stdio()
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True)


def on_http(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    path: str = "/mcp",
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
    sse: bool = False,
    ready: Callable[[str], object] | None = None,
) -> Begin:
    """Serves over HTTP."""

    def begin(serving: Serving) -> None:
        own, number = serving.serve_http(
            host, port, path=path, allowed_hosts=list(allowed_hosts), allowed_origins=list(allowed_origins), sse=sse
        )
        if ready is not None:
            ready(f"http://{f'[{own}]' if ':' in own else own}:{number}{path}")

    return begin


async def serve(server: Server, begin: Begin) -> None:
    """Serves on the event loop that runs."""
    from .._loops import running_loop

    loop = running_loop()
    serving, dispatcher = server._open(loop)
    descriptor = serving.descriptor
    assert descriptor is not None
    try:
        begin(serving)
        loop.watch_reads(descriptor, dispatcher.readable)
        try:
            await dispatcher.ended()
        except loop.cancelled:
            serving.stop()
            serving.stop()
            raise
        finally:
            loop.unwatch_reads(descriptor)
    finally:
        server._close(serving, dispatcher)
    _assert_sound(dispatcher.reason)


def run_asyncio(server: Server, begin: Begin) -> None:
    """Serves on an event loop of its own."""
    import asyncio

    async def main() -> None:
        loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, server.stop)
        await serve(server, begin)

    asyncio.run(main())


def run_here(server: Server, begin: Begin) -> None:
    """Serves on this thread, which does the I/O of the engine as well: no other one is woken for a call."""
    serving, dispatcher = server._open(None)
    try:
        begin(serving)
        with _signals(serving):
            while not dispatcher.is_over:
                dispatcher.serve(*serving.wait())
    finally:
        server._close(serving, dispatcher)
    _assert_sound(dispatcher.reason)


@contextmanager
def _signals(serving: Serving) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM end it, where this thread hears of them; the second one breaks off what is being served."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = 0

    def hear(number: int, _: Any) -> None:
        nonlocal heard
        heard += 1
        serving.stop()
        if heard > 1:
            raise KeyboardInterrupt

    descriptor = serving.wakeup
    assert descriptor is not None
    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    wakeup = signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)


def _assert_sound(reason: str | None) -> None:
    if reason is not None:
        raise RuntimeError(reason)
