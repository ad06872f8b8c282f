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
    dispatcher = server._open(loop)
    descriptor = dispatcher.serving.descriptor
    assert descriptor is not None
    try:
        begin(dispatcher.serving)
        loop.watch_reads(descriptor, dispatcher.readable)
        try:
            await dispatcher.ended()
        except loop.cancelled:
            dispatcher.serving.stop()
            dispatcher.serving.stop()
            raise
        finally:
            loop.unwatch_reads(descriptor)
    finally:
        server._close(dispatcher)
    _assert_sound(dispatcher.reason)


def run_asyncio(server: Server, begin: Begin) -> None:
    """Serves on an event loop of its own."""
    import asyncio

    with _signals(server.stop):
        asyncio.run(serve(server, begin))


def run_here(server: Server, begin: Begin) -> None:
    """Serves on this thread, which does the I/O of the engine as well: no other one is woken for a call."""
    dispatcher = server._open(None)
    serving = dispatcher.serving
    try:
        begin(serving)
        with _signals(dispatcher.stop), _woken(serving):
            while not dispatcher.is_over:
                dispatcher.serve(*serving.wait())
    finally:
        server._close(dispatcher)
    _assert_sound(dispatcher.reason)


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM stop it, where this thread hears of them; the second one breaks off whatever runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = 0

    def hear(number: int, _: Any) -> None:
        nonlocal heard
        heard += 1
        stop()
        if heard > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _woken(serving: Serving) -> Iterator[None]:
    """Lets a signal end a ``wait``, so that this thread hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    descriptor = serving.wakeup
    assert descriptor is not None
    before = signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)


def _assert_sound(reason: str | None) -> None:
    if reason is not None:
        raise RuntimeError(reason)
