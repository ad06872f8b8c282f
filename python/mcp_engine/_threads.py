"""Threads of Python's for functions that block: started when they are needed, ended when the interpreter does and their work is done.

A thread of the engine would need the lock of the interpreter for every call, and a thread state for each; these keep theirs. What is given
to them must not raise.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

__all__ = ["Runner", "Threads", "usual_threads"]

Work = Callable[[], object]


class Runner(Protocol):
    """What runs functions elsewhere. They do not raise."""

    def run(self, work: Work) -> None: ...

    def close(self) -> None: ...


def usual_threads() -> int:
    """As many as ``concurrent.futures`` has."""
    return min(32, (os.cpu_count() or 1) + 4)


class Threads:
    """At most so many threads. Which work waits for one is bounded by whoever hands it out."""

    def __init__(self, most: int, name: str = "mcp-engine-worker", *, finish: Callable[[], object] | None = None) -> None:
        """``finish`` waits for work that was not handed over yet, when the interpreter ends."""
        self._most = most
        # Whoever has work for them is kept alive by it.
        self._finish = None if finish is None else weakref.WeakMethod(finish)
        self._name = name
        # Whoever hands work over has a permit for it, so that never more is in here than may run.
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._is_closed = False
        self._process = os.getpid()

    def run(self, work: Work) -> None:
        """Runs something on a thread.

        Raises:
            RuntimeError: they are closed, or belong to the process that this one was forked from.
        """
        if self._process != os.getpid():
            raise RuntimeError("the threads belong to the process that this one was forked from")
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the threads are closed")
            self._busy += 1
            if self._busy > len(self._threads) < self._most:
                self._begin()
        self._queue.put(work)

    def close(self) -> None:
        """Takes no more work. What was taken is done."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for _ in self._threads:
                self._queue.put(None)

    def abandon(self) -> None:
        """Nobody waits for what is still being worked on when the interpreter ends. A handler of signals may call it, since it takes no lock."""
        _open.discard(self)

    def finish(self) -> None:
        """Waits until their owner has handed all work over, and it is done."""
        finish = None if self._finish is None else self._finish()
        if finish is not None:
            finish()

    def join(self) -> None:
        """Waits for the end of all work, after ``close``."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _begin(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        # Daemons, since an idle one must not keep the interpreter; what works then is waited for by `_end_all`.
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # While the interpreter ends no thread begins; those that are there do all the work.
            if not self._threads:
                self._busy -= 1
                raise
            return
        self._threads.append(thread)
        if not _open:
            atexit.register(_end_all)
        _open.add(self)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                work()
            finally:
                # What it has worked on is let go before it waits for more.
                del work
                with self._lock:
                    self._busy -= 1


_open: weakref.WeakSet[Threads] = weakref.WeakSet()


def _end_all() -> None:
    threads = [one for one in _open if one._process == os.getpid()]
    for one in threads:
        one.finish()
    for one in threads:
        one.close()
    for one in threads:
        one.join()
