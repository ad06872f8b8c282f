"""``ThreadExecutor``: functions on threads within limits, from any thread, as an executor of ``concurrent.futures``."""

from __future__ import annotations

import functools
import itertools
import random
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

from ._bounds import Rate, Retry, assert_rate
from ._core import Scheduler
from ._drive import kind_of
from ._threads import Threads, usual_threads

__all__ = ["ThreadExecutor"]


class ThreadExecutor(futures.Executor):
    """An executor of ``concurrent.futures`` within limits: functions on threads, from any thread, without an event loop. What was taken in is
    done before the interpreter ends.

    Args:
        concurrency: How much runs at the same time; as many as there are threads by default.
        queued: How much may wait; more is refused by LimitError.
        rate: How fast things start: (starts, seconds, how many at once).
        threads: How many threads there are.
        retry: How what has failed is tried again.
    """

    def __init__(
        self,
        *,
        concurrency: int | None = None,
        queued: int = 4096,
        rate: Rate | None = None,
        threads: int | None = None,
        retry: Retry | None = None,
    ) -> None:
        count = usual_threads() if threads is None else threads
        running = count if concurrency is None else min(concurrency, count)
        if running < 1 or queued < 1:
            raise ValueError("the limits must be 1 at least")
        assert_rate(rate)
        self._threads = Threads(count, finish=self._finish)
        self._scheduler = Scheduler(tasks=queued + 2 * running + 1, running=running, keys=1)
        self._key = self._scheduler.open_key(queued=queued, rate=rate)
        self._policy = 0 if retry is None else retry.add_to(self._scheduler, "*")
        self._tags = itertools.count()
        self._work: dict[int, tuple[int, futures.Future[Any], Callable[[], Any]]] = {}
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._timer: threading.Timer | None = None
        self._due: float | None = None
        self._is_closed = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """Runs a function as soon as it may.

        Raises:
            LimitError: too much waits.
            RuntimeError: it was shut down.
        """
        future: futures.Future[Any] = futures.Future()
        call = functools.partial(function, *args, **kwargs)
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the executor was shut down")
            tag = next(self._tags)
            id = self._scheduler.submit(self._key, tag=tag, policy=self._policy)
            self._work[tag] = (id, future, call)
        self._turn()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more work in. What was taken in is done, unless it is to be cancelled where it has not begun."""
        with self._lock:
            self._is_closed = True
            work = list(self._work.values())
            if not work:
                self._threads.close()
        if cancel_futures:
            for id, future, _ in work:
                if future.cancel():
                    self._scheduler.cancel(id)
            self._turn()
        if wait:
            self._finish()
            self._threads.close()
            self._threads.join()

    def _finish(self) -> None:
        """Waits until all work is done. It keeps the time meanwhile, since no timer begins once the interpreter ends."""
        while True:
            with self._changed:
                if not self._work:
                    return
                self._changed.wait(None if self._due is None else max(0.0, self._due - time.monotonic()))
            self._turn()

    def _turn(self) -> None:
        with self._lock:
            said = self._scheduler.turn()
            ready, _, ended, due = said if said is not None else ([], [], [], None)
            for tag, _ in ended:
                self._forget(tag)
            self._arm(due)
        for id, tag, attempt in ready:
            self._threads.run(functools.partial(self._run, id, tag, attempt))

    def _arm(self, due: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due != self._due:
            self._due = due
            self._changed.notify_all()
        if due is None:
            return
        timer = threading.Timer(max(0.0, due - time.monotonic()), self._turn)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            # The interpreter ends, and whoever waits for that keeps the time.
            return
        self._timer = timer

    def _run(self, id: int, tag: int, attempt: int) -> None:
        work = self._work.get(tag)
        if work is None:
            # It was cancelled on its way.
            self._end(id, tag, "abandoned")
            return
        _, future, call = work
        if attempt == 1 and not future.set_running_or_notify_cancel():
            self._end(id, tag, "abandoned")
            return
        try:
            result = call()
        except BaseException as error:
            if self._end(id, tag, "failed", kind_of(error) or ""):
                future.set_exception(error)
            # A frame that is kept by an exception keeps its names.
            del error
        else:
            future.set_result(result)
            self._end(id, tag, "succeeded")

    def _end(self, id: int, tag: int, how: str, kind: str = "") -> Any:
        """Whether that was the last attempt."""
        with self._lock:
            is_last = self._scheduler.complete(id, how, kind=kind, random=random.getrandbits(64)).kind != "retries"
            if is_last:
                self._forget(tag)
        self._turn()
        return is_last

    def _forget(self, tag: int) -> None:
        self._work.pop(tag, None)
        if not self._work:
            self._changed.notify_all()
            if self._is_closed:
                self._threads.close()
