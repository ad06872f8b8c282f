"""The messages of one server on the event loop on which it was opened: what our streams and our session share.

What comes is kept in its order, within bounds, for whoever asks for it; answers go straight to the futures that wait for them, as long as
nothing came before them that is not done with.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import anyio
from mcp.shared.exceptions import McpError
from mcp.types import CONNECTION_CLOSED, ErrorData

from ..._core import Message, Refusal
from ..._loops import Loop
from ...errors import Error
from ._failures import error_of

__all__ = ["ConnectionClosed", "Gone", "Item", "Line", "Unspeakable", "Wire"]

#: What comes: a message, a line that is no JSON and why, what was refused without a text, the id of a request that has no answer and why, or why
#: something that was said has not arrived.
Item: TypeAlias = Message | Refusal | tuple[bytes, Refusal] | tuple[int | str, Exception] | Exception

#: Messages and bytes that may wait to be asked for before nothing more is read.
MOST_ITEMS = 1024
MOST_BYTES = 64 << 20
#: Seconds that an exception waits for the last words of a server that has ended.
MOMENT = 1.0
#: Bytes of the server's standard error that an exception quotes.
LONGEST_EXCUSE = 400


class Wire(Protocol):
    """What a line needs of the engine: ``mcp_engine.Wire``, and whatever else carries messages."""

    @property
    def ended(self) -> int:
        """A descriptor that can be read once nothing is left of the server."""

    @property
    def returncode(self) -> int | None: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def failure(self) -> Exception | None: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def endpoint(self) -> str | None: ...
    def descriptors(self) -> tuple[int, int] | None: ...
    def readable(self, *, in_order: bool = False) -> list[Item | None] | None: ...
    def answer(self, message: Message) -> bool: ...
    def call_tool(self, future: Any, id: int, name: str, arguments: Any = None) -> None: ...
    def ask(self, future: Any, id: int, request: Any) -> None: ...
    def tell(self, notification: Any) -> None: ...
    def send(self, message: Any) -> None: ...
    def forget(self, id: int) -> None: ...
    def abandon(self) -> list[Any]: ...
    def flush(self) -> bool: ...
    def close(self) -> None: ...
    def stderr_tail(self) -> bytes: ...


class Gone(Exception):
    """What a future gets that nobody will answer: ``Line.closed`` says why."""


class Unspeakable(Exception):
    """Arguments that only the SDK has a spelling for."""


class ConnectionClosed(McpError, anyio.ClosedResourceError):
    """The connection is over: McpError with CONNECTION_CLOSED, and what anyio raises for a stream that is closed, with the reason."""


class Line:
    """The messages of one server, until it is closed."""

    def __init__(self, loop: Loop, wire: Wire) -> None:
        self.loop = loop
        self.wire = wire
        #: Whether nothing comes any more, but what waits to be asked for.
        self.is_over = False
        #: Whether the server is slow to read, so that whoever sends should wait for ``room``.
        self.is_full = False
        #: Whether answers, too, wait for their turn to be asked for.
        self.is_in_order = False
        #: What is no JSON and is not told, as its reader wants it.
        self.ignores: Callable[[Exception], bool] | None = None
        #: How many wait for answers.
        self.unanswered = 0
        #: Where it is told what was no message: that of the client whose place this takes.
        self.logger = logging.getLogger("mcp.client.stdio")
        #: Whether a request that is to be gone on with would be made once more instead.
        self.cannot_resume = False
        #: What is raised for a request that gets no answer, while the connection goes on.
        self.lost: Callable[[Exception], McpError] = _lost
        #: What is done when nothing is left of the server.
        self.at_end: Callable[[], None] | None = None
        #: Streams that are open, in each direction.
        self.readers, self.writers = 0, 0
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._is_idle, self._is_reading, self._is_sending, self._is_gone = False, False, False, False
        self._awaiting: list[Any] = []
        self._senders: list[Any] = []
        self._mourners: list[Any] = []
        self._openers: list[Any] = []
        self._descriptors = wire.descriptors()
        self._read()

    def send(self) -> None:
        """Sends what waits, together with all else of this turn of the loop."""
        if not self._is_sending:
            self._is_sending = True
            self.loop.soon(self._flush)

    def send_request(self) -> None:
        """Sends what waits at once when nobody else waits for an answer, since most likely nothing is to be sent with it."""
        if self.unanswered:
            self.send()
        else:
            self._flush()

    async def opened(self) -> None:
        """Waits until there is a way to the server, or it is over."""
        while not self.wire.is_open and not self.is_over:
            await self._wait(self._openers)

    async def room(self) -> None:
        """Waits until the server reads again, or it is over, or a stream was closed."""
        if self.is_full and not self.is_over:
            await self._wait(self._senders)

    def take(self) -> Item | None:
        """What comes next, if it is there."""
        if not self._items:
            return None
        item = self._items.popleft()
        self._bytes -= _size(item)
        if not self._is_reading and len(self._items) < MOST_ITEMS and self._bytes < MOST_BYTES:
            self._read()
        return item

    async def next(self) -> Item | None:
        """Waits for what comes next; None at the end."""
        while not self._items and not self.is_over:
            self._is_idle = True
            await self._wait(self._awaiting)
        return self.take()

    async def arrival(self) -> None:
        """Waits until something is there, or it is over, or a stream was closed."""
        if not self._items and not self.is_over:
            await self._wait(self._awaiting)

    def waiting(self) -> int:
        """How much waits to be asked for."""
        return len(self._items)

    def fail(self) -> None:
        """Nobody is answered any more: answers that came are given, and the others fail."""
        for item in self._items:
            if isinstance(item, Message):
                self.wire.answer(item)
        for future in self.wire.abandon():
            if not future.done():
                future.set_exception(Gone())

    async def closed(self) -> ConnectionClosed:
        """The exception that says why it is over. Waits a moment for the last words of the server."""
        await self._gone(MOMENT)
        why = "Connection closed"
        status = self.wire.returncode
        if status is not None:
            why += f": the server has ended with status {status}"
        elif (failure := self.wire.failure) is not None:
            why += f": {failure}"
        said = self.wire.stderr_tail()[-LONGEST_EXCUSE:].decode("utf-8", "replace").strip()
        if said:
            why += f"; it wrote: {said!r}"
        return ConnectionClosed(ErrorData(code=CONNECTION_CLOSED, message=why))

    async def close(self) -> None:
        """Ends it, and waits until nothing is left of the server. May be called twice, from any task, and from other threads."""
        if not self.loop.is_here():
            if not self.loop.from_thread(self._end):
                self.end()
            return
        self._end()
        if not self._is_gone:
            gone = self.loop.future()
            self._mourners.append(gone)
            await self.loop.shield(gone)

    def end(self) -> int:
        """Ends it where the loop does not run any more. Returns a descriptor that can be read once nothing is left of the server."""
        self.wire.close()
        return self.wire.ended

    def drop_reader(self) -> None:
        """Nobody asks any more for what comes."""
        self.readers -= 1
        if self.readers == 0:
            self._items.clear()
            self._bytes = 0
            self._pause()
            _release(self._awaiting)

    def release(self) -> None:
        """Lets those who wait for something look whether their stream is still open."""
        _release(self._awaiting)
        _release(self._senders)

    def _read(self) -> None:
        if self._descriptors is not None and not self.is_over:
            self._is_reading = True
            self.loop.watch_reads(self._descriptors[0], self._readable)

    def _pause(self) -> None:
        if self._descriptors is not None and self._is_reading:
            self._is_reading = False
            self.loop.unwatch_reads(self._descriptors[0])

    def _readable(self) -> None:
        in_order = self.is_in_order or not self._is_idle or bool(self._items)
        try:
            read = self.wire.readable(in_order=in_order)
        except Error:
            # There is no memory to read into, which is the end of it.
            read = [None]
        if self.is_full and not self._waits_for_writes():
            self._flush()
        if self._openers and self.wire.is_open:
            _release(self._openers)
        for item in read or ():
            if item is None:
                self._end()
                return
            self._items.append(item)
            self._bytes += _size(item)
        if self._items:
            self._is_idle = False
            _release(self._awaiting)
            if len(self._items) >= MOST_ITEMS or self._bytes >= MOST_BYTES:
                self._pause()

    def _flush(self) -> None:
        self._is_sending = False
        is_full = self.wire.flush() and not self.is_over
        if self._descriptors is not None and is_full != self.is_full and self._waits_for_writes():
            if is_full:
                self.loop.watch_writes(self._descriptors[1], self._flush)
            else:
                self.loop.unwatch_writes(self._descriptors[1])
        self.is_full = is_full
        if not is_full:
            _release(self._senders)

    def _waits_for_writes(self) -> bool:
        """Whether the room for what is sent is told by a descriptor of its own."""
        return self._descriptors is not None and self._descriptors[0] != self._descriptors[1]

    def _end(self) -> None:
        """Nothing is read or written any more."""
        if self.is_over:
            return
        self.is_over = True
        self._pause()
        if self._descriptors is not None and self.is_full and self._waits_for_writes():
            self.loop.unwatch_writes(self._descriptors[1])
        self.is_full = False
        # Only now, so that nobody else has the descriptors before they are forgotten here.
        self._descriptors = None
        self.wire.close()
        self.fail()
        self.release()
        _release(self._openers)
        self.loop.watch_end(self.wire.ended, self._ended)

    def _ended(self) -> None:
        self._is_gone = True
        self.loop.unwatch_reads(self.wire.ended)
        if self.at_end is not None:
            self.at_end()
        _release(self._mourners)

    async def _gone(self, limit: float) -> None:
        """Waits until nothing is left of the server, or for so long."""
        if self._is_gone or not self.is_over:
            return
        future = self.loop.future()
        timer = self.loop.later(limit, lambda: _release([future]))
        await self._wait(self._mourners, future)
        timer.cancel()

    async def _wait(self, among: list[Any], future: Any = None) -> None:
        future = self.loop.future() if future is None else future
        among.append(future)
        try:
            await future
        finally:
            if future in among:
                among.remove(future)


def _lost(reason: Exception) -> McpError:
    return McpError(error_of(reason))


def _release(waiting: list[Any]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
    waiting.clear()


def _size(item: Item) -> int:
    return len(item) if isinstance(item, Message) else 0
