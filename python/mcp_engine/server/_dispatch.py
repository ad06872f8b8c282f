"""Calls from the engine to functions, and their values back.

Plain functions are called where the calls are taken, coroutine functions run as tasks of the event loop, and functions for threads on a pool. All
answers of a turn go back together.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any

from .._core import Call, Serving
from .._threads import Threads
from ..errors import Error, PeerError, words_of
from ._context import CapabilityError, Context, InputRequired, Question
from ._entries import Completions, Entry
from ._function import Function

if TYPE_CHECKING:
    from .._loops import Loop, Timer

__all__ = ["COMPLETIONS", "Dispatcher"]

#: Threads for functions that block.
THREADS = 32
#: The number under which completions are asked for.
COMPLETIONS = 0


class Dispatcher:
    """Serves what one ``Serving`` takes, on one event loop or, without any, on the thread that waits."""

    def __init__(
        self, serving: Serving, entries: Mapping[int, Entry], completions: Completions, loop: Loop | None
    ) -> None:
        self.is_over = self._is_closed = False
        self.reason: str | None = None
        self.serving, self._loop = serving, loop
        self._entries, self._completions = entries, completions
        self._running: dict[int, Timer] = {}
        self._questions: dict[int, Any] = {}
        self._token = 0
        self._threads = Threads(THREADS, "mcp-engine-tool")
        self._is_flushing = False
        self._ended: Any = loop.future() if loop is not None else None

    def readable(self) -> None:
        """Serves everything that there is, for an event loop."""
        self.serve(*self.serving.take())
        self.serving.flush()

    def serve(self, calls: list[Call], notices: list[tuple[str, int, Any]]) -> None:
        """Serves what was taken."""
        for call in calls:
            self._begin(call)
        for kind, number, what in notices:
            self._notice(kind, number, what)

    async def ended(self) -> None:
        """Waits until nothing is served any more."""
        await self._ended

    def stop(self) -> None:
        """Ends it, once what is being served is answered; called again, at once: then nobody waits for a function on a thread, not even at exit."""
        if self.serving.stop():
            self._threads.abandon()

    def close(self) -> None:
        """Gives up everything that is still going on."""
        self._is_closed = True
        for task in list(self._running.values()):
            task.cancel()
        self._running.clear()
        self._threads.close()

    def _begin(self, call: Call) -> None:
        number = call.entry
        entry = self._completions if number == COMPLETIONS else self._entries.get(number)
        if entry is None:
            call.refuse(-32602, "that was removed meanwhile")
            return
        try:
            if number == COMPLETIONS:
                function, arguments = self._completions.serve(call)
            else:
                function, arguments = entry.function, entry.arguments(call)
            if function.context is not None:
                arguments[function.context] = Context(call, self._ask, self.serving.turn)
            if function.is_async:
                self._start(call, entry, function.call(**arguments))
            elif function.on_thread:
                self._on_thread(call, entry, function, arguments)
            else:
                value = function.call(**arguments)
                if type(value) is types.CoroutineType:
                    self._start(call, entry, value)
                else:
                    self._answer(call, entry, value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            _fail(call, error)

    def _answer(self, call: Call, entry: Entry, value: Any) -> None:
        try:
            entry.answer(call, value)
        except RecursionError:
            call.fail("the result is none: it is nested too deeply, or in itself")
        except Exception as error:
            call.fail(f"the result is none: {_words(error)}")

    def _start(self, call: Call, entry: Entry, coroutine: types.CoroutineType[Any, Any, Any]) -> None:
        if self._loop is None:
            coroutine.close()
            call.fail("there is no event loop for a coroutine: write the function with async def")
            return
        # It is in its place before it begins, since an event loop may begin it at once.
        self._running[call.number] = _NOBODY
        task = self._loop.task(self._run(call, entry, coroutine))
        if call.number in self._running:
            self._running[call.number] = task

    async def _run(self, call: Call, entry: Entry, coroutine: Awaitable[Any]) -> None:
        try:
            self._answer(call, entry, await coroutine)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if self._loop is not None and isinstance(error, self._loop.cancelled):
                call.fail("it was cancelled")
                raise
            _fail(call, error)
        finally:
            self._running.pop(call.number, None)
            self._flush_soon()

    def _on_thread(self, call: Call, entry: Entry, function: Function, arguments: dict[str, Any]) -> None:
        def run() -> None:
            if self._is_closed:
                return
            try:
                self._answer(call, entry, function.call(**arguments))
            except BaseException as error:
                _fail(call, error)
            self.serving.flush()

        self._threads.run(run)

    def _flush_soon(self) -> None:
        if not self._is_flushing and self._loop is not None:
            self._is_flushing = True
            self._loop.soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        self.serving.flush()

    async def _ask(self, call: Call, questions: dict[str, Question], remembered: dict[str, Any]) -> dict[str, Any]:
        if self._loop is None or not self._loop.is_here():
            raise RuntimeError("a client is asked on the event loop of its server")
        self._token += 1
        token, future = self._token, self._loop.future()
        self._questions[token] = future
        try:
            call.ask(token, questions, remembered or None)
            return await future
        finally:
            self._questions.pop(token, None)

    def _notice(self, kind: str, number: int, what: Any) -> None:
        if kind == "cancelled":
            task = self._running.pop(number, None)
            if task is not None:
                task.cancel()
        elif kind == "ended":
            self.is_over, self.reason = True, what
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(None)
        else:
            future = self._questions.pop(number, None)
            if future is None or future.done():
                return
            if kind == "answered":
                future.set_result(what)
            else:
                future.set_exception(_refused(*what))


class _Refused(PeerError):
    """What the client has answered a question with."""


class _Nobody:
    def cancel(self) -> None:
        """There is nothing to cancel."""


_NOBODY = _Nobody()


def _refused(why: str, code: int, reason: str) -> BaseException:
    if why == "interrupted":
        return InputRequired()
    if why == "capability":
        return CapabilityError(reason)
    if why == "error":
        return _Refused(code, reason)
    return Error(reason)


def _fail(call: Call, error: BaseException) -> None:
    """Answers with what an exception says."""
    if isinstance(error, InputRequired):
        # The client was told already, unless it was asked by the context of another call.
        call.fail("it has asked by the context of a call that is over")
        return
    if isinstance(error, (CapabilityError, _Refused)) and call.answer_held():
        return
    if isinstance(error, PeerError):
        for parts in (error.code, error.message, error.data), (error.code, error.message):
            try:
                call.refuse(*parts)
            except Exception:
                # What is in it has no place in an answer.
                continue
            return
    if isinstance(error, Exception):
        import logging

        logging.getLogger("mcp_engine.server").info("a function has failed", exc_info=error)
    call.fail(_words(error))


def _words(error: BaseException) -> str:
    """What a client is told of an exception."""
    if isinstance(error, SystemExit):
        # It ends the call, and not those of everybody else.
        return f"it has exited with {error.code}"
    return words_of(error)
