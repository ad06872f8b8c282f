"""The connection of a client with its server, on the event loop on which it was opened.

It moves what the engine reads and writes: answers go to the futures that wait for them, questions of the server to the application, and when the
server has gone, everybody who waits hears why.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from ._core import Channel, ConnectionEvent, Message, View
from ._loops import Loop, Timer
from ._told import Told
from .errors import ClosedError, PeerError, ProtocolError, TransportError, words_of

__all__ = ["Answerer", "Link", "Progress", "closed"]

#: Hears how far a call is: the value, the total if it is known, and a message. It may be a coroutine function.
Progress = Callable[[float, float | None, str | None], object]
#: Answers a question of the server: it gets the parameters and returns the result, or a coroutine that does.
Answerer = Callable[[dict[str, Any]], Any]

#: Questions of the server that are answered at one time.
MOST_QUESTIONS = 64
#: Seconds that an exception waits for the last words of a server that has ended.
MOMENT = 1.0
#: Seconds by which two times may differ that are the same.
SAME = 0.001
#: Bytes of the server's standard error that an exception quotes.
LONGEST_EXCUSE = 400


class Link:
    """A connection, on the loop on which it was opened."""

    def __init__(
        self,
        loop: Loop,
        channel: Channel,
        answerers: Mapping[str, Answerer],
        on_notification: Callable[[str, dict[str, Any]], object] | None,
        handshake_timeout: float,
    ) -> None:
        self.loop = loop
        self.channel = channel
        #: Whether calls can be made, and whether none can any more.
        self.is_open, self.is_over = False, False
        self._was_open = False
        self._answerers = answerers
        self._on_notification = on_notification
        self._progress: dict[int, Progress] = {}
        #: What waits for an answer.
        self._asked: dict[int, Any] = {}
        #: Questions that are being answered; None until the task is there, which a loop may begin, and end, at once.
        self._questions: dict[Any, Timer | None] = {}
        self._told = Told(loop)
        self._waiting: list[Any] = []
        self._is_gone = False
        self._mourners: list[Any] = []
        self._is_sending, self._is_full = False, False
        self._timer: Timer | None = None
        self._due = 0.0
        self._handshake_timeout = handshake_timeout
        self._is_late = False
        self._is_shut = False
        self._handshake: Timer | None = loop.later(handshake_timeout, self._too_late)
        self._descriptors = channel.descriptors()
        if self._descriptors is not None:
            loop.watch_reads(self._descriptors[0], self._readable)
        self.send()

    async def ready(self) -> None:
        """Waits until calls can be made."""
        if self.is_open:
            return
        if not self.is_over:
            future = self.loop.future()
            self._waiting.append(future)
            await future
        if self.is_over:
            raise await self._refused()

    def send(self) -> None:
        """Sends what waits, together with all else of this turn of the loop."""
        if not self._is_sending:
            self._is_sending = True
            self.loop.soon(self._flush)

    async def answer(self, id: int, future: Any, progress: Progress | None) -> Message:
        """Waits for the answer to a request."""
        if progress is not None:
            self._progress[id] = progress
        self._asked[id] = future
        self.send()
        try:
            return await future
        except TransportError:
            raise
        except ClosedError:
            raise await self.reason() from None
        except self.loop.cancelled:
            self.channel.cancel(id, "cancelled")
            self.send()
            raise
        finally:
            self._asked.pop(id, None)
            if progress is not None:
                self._progress.pop(id, None)

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """What the application says to a question of the server."""
        answerer = self._answerers.get(method)
        if answerer is None:
            reason = f"this client does not answer {method}"
            raise ProtocolError(reason, "peer", "method-not-here", reason, None, -32601)
        answer = answerer(params)
        if inspect.isawaitable(answer):
            answer = await answer
        if not isinstance(answer, (dict, View, memoryview)) and not hasattr(answer, "model_dump"):
            raise TypeError(f"what answers {method} has to return a result, a dict, and returned {answer!r:.80}")
        return answer

    async def _refused(self) -> Exception:
        """Why there is no connection: that it took too long, or what the transport says, when it was that."""
        if self._is_late:
            reason = await self.reason()
            return TimeoutError(f"there was no handshake within {self._handshake_timeout:g} seconds: {reason}")
        failure = self.channel.failure
        if failure is None or self._was_open:
            return await self.reason()
        return failure

    async def reason(self) -> ClosedError:
        """Why the connection is over. Waits a moment for the last words of the server."""
        await self._gone(MOMENT)
        why = self.channel.closing or "the connection was closed"
        if self.channel.failure is not None:
            why += f": {self.channel.failure}"
        status = self.channel.returncode
        if status is not None:
            why += f"; the server has ended with status {status}"
        said = self.channel.stderr_tail()[-LONGEST_EXCUSE:].decode("utf-8", "replace").strip()
        return closed(f"{why}; it wrote: {said!r}" if said else why, "caller" if self._is_shut else "peer")

    async def close(self) -> None:
        """Ends it, and waits until the server has ended, as the engine sees to."""
        if not self.loop.is_here():
            if not self.loop.from_thread(self._shut):
                self.end()
            return
        self._shut()
        await self.loop.shield(self._gone())

    def end(self) -> int:
        """Ends it where the loop does not run any more. Returns a descriptor that can be read once nothing is left of the server."""
        self.channel.close()
        return self.channel.ended

    async def _gone(self, limit: float | None = None) -> None:
        """Waits until nothing is left of the server, or for so long."""
        if self._is_gone:
            return
        future = self.loop.future()
        self._mourners.append(future)
        timer = None if limit is None else self.loop.later(limit, lambda: _release([future]))
        await future
        if timer is not None:
            timer.cancel()

    def _ended(self) -> None:
        self._is_gone = True
        self.loop.unwatch_reads(self.channel.ended)
        _release(self._mourners)

    def _shut(self) -> None:
        self._is_shut = self._is_shut or not self.is_over
        asked, self._asked = self._asked, {}
        for id, future in asked.items():
            # A server that is busy with it ends sooner when it knows.
            self.channel.cancel(id, "closed")
            if not future.done():
                future.set_exception(closed("the connection was closed", "caller"))
        self._told.forget()
        try:
            self._handle(self.channel.close())
        finally:
            self._over()

    def _over(self) -> None:
        """Nothing is read or written any more."""
        if self.is_over:
            return
        self.is_open, self.is_over = False, True
        if self._descriptors is not None:
            self.loop.unwatch_reads(self._descriptors[0])
            if self._is_full:
                self.loop.unwatch_writes(self._descriptors[1])
        if self._timer is not None:
            self._timer.cancel()
        self._end_handshake()
        questions, self._questions = self._questions, {}
        for question in questions.values():
            if question is not None:
                question.cancel()
        _release(self._waiting)
        # Only now, so that nobody else has the descriptors before they are forgotten here.
        self.channel.close()
        self.loop.watch_end(self.channel.ended, self._ended)

    def _readable(self) -> None:
        events = self.channel.readable()
        if events is not None:
            self._handle(events)

    def _flush(self) -> None:
        self._is_sending = False
        is_full = self.channel.flush() and not self.is_over
        if is_full and not self._is_full and self._descriptors is not None:
            self.loop.watch_writes(self._descriptors[1], self._flush)
        elif self._is_full and not is_full and self._descriptors is not None:
            self.loop.unwatch_writes(self._descriptors[1])
        self._is_full = is_full
        self._set_timer()

    def _set_timer(self) -> None:
        """Sees to it that the next time is not missed. A timer that turns out to be too early costs less than one for each call."""
        after = None if self.is_over else self.channel.timeout()
        if after is None:
            return
        due = monotonic() + after
        if self._timer is not None:
            if due > self._due - SAME:
                return
            self._timer.cancel()
        self._timer, self._due = self.loop.later(after, self._timed_out), due

    def _timed_out(self) -> None:
        self._timer = None
        self.send()
        self._handle(self.channel.handle_timeout())

    def _handle(self, events: Sequence[ConnectionEvent] | None) -> None:
        fatal: BaseException | None = None
        for event in events or ():
            handle = _HANDLERS.get(event.kind)
            if handle is None:
                continue
            try:
                handle(self, event)
            except BaseException as error:
                # What the application does with one event is no reason to lose the others.
                if isinstance(error, self.loop.fatal):
                    fatal = error
                else:
                    _log("a %s could not be dealt with", event.kind)
        if fatal is not None:
            raise fatal

    def _ready(self, _: ConnectionEvent) -> None:
        self.is_open = self._was_open = True
        self._end_handshake()
        _release(self._waiting)
        self.send()

    def _too_late(self) -> None:
        self._handshake = None
        if not self.is_over:
            self._is_late = True
            self._shut()

    def _end_handshake(self) -> None:
        timer, self._handshake = self._handshake, None
        if timer is not None:
            timer.cancel()

    def _closed(self, _: ConnectionEvent) -> None:
        self._over()

    def _progressed(self, event: ConnectionEvent) -> None:
        hear = self._progress.get(event.id) if isinstance(event.id, int) else None
        if hear is not None and event.message is not None:
            params = event.message.payload()
            self._told.tell(hear(params["progress"], params.get("total"), params.get("message")))

    def _notified(self, event: ConnectionEvent) -> None:
        message = event.message
        if self._on_notification is not None and message is not None:
            self._told.tell(self._on_notification(message.method or "", message.payload() or {}))

    def _requested(self, event: ConnectionEvent) -> None:
        if len(self._questions) >= MOST_QUESTIONS:
            self._reply_error(event.id, -32603, "too many questions at one time")
            return
        self._questions[event.id] = None
        task = self.loop.task(self._serve(event))
        if event.id in self._questions:
            self._questions[event.id] = task

    def _cancelled(self, event: ConnectionEvent) -> None:
        question = self._questions.pop(event.id, None)
        if question is not None:
            question.cancel()
        self._reply_error(event.id, -32603, "cancelled")

    async def _serve(self, event: ConnectionEvent) -> None:
        """Answers a request of the server."""
        message = event.message
        assert message is not None
        try:
            answer = await self.ask(message.method or "", message.payload() or {})
        except PeerError as error:
            self._refuse(event.id, error)
        except ProtocolError as error:
            self._reply_error(event.id, error.code, str(error))
        except BaseException as error:
            # The server waits for an answer unless it was it that cancelled.
            if event.id in self._questions:
                self._reply_error(event.id, -32603, f"{type(error).__name__}: {words_of(error)}")
                _log("%s could not be answered", message.method)
            if isinstance(error, (self.loop.cancelled, *self.loop.fatal)):
                raise
        else:
            self._reply(event.id, answer)
        finally:
            self._questions.pop(event.id, None)

    def _reply(self, id: Any, answer: Any) -> None:
        try:
            self.channel.respond(id, answer)
        except ClosedError:
            return
        except Exception as error:
            self._reply_error(id, -32603, f"{type(error).__name__}: {words_of(error)}")
        self.send()

    def _refuse(self, id: Any, error: PeerError) -> None:
        try:
            self._reply_error(id, error.code, error.message, error.data)
        except Exception as wrong:
            # What is in it has no place in an answer.
            self._reply_error(id, -32603, f"{type(wrong).__name__}: {wrong}")

    def _reply_error(self, id: Any, code: int, reason: str, data: object = None) -> None:
        try:
            self.channel.respond_error(id, code, reason, data)
        except ClosedError:
            return
        self.send()


_HANDLERS: dict[str, Callable[[Link, ConnectionEvent], None]] = {
    "ready": Link._ready,
    "closed": Link._closed,
    "progress": Link._progressed,
    "notification": Link._notified,
    "request": Link._requested,
    "cancelled": Link._cancelled,
}


def _release(waiting: list[Any]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
    waiting.clear()


def _log(text: str, what: object) -> None:
    """Tells whoever reads logs of the exception that is being dealt with."""
    import logging

    logging.getLogger("mcp_engine.client").exception(text, what)


def closed(reason: str, fault: str) -> ClosedError:
    return ClosedError(reason, fault, "closed", reason, None, -32603)
