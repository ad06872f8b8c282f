"""Connections with programs that are still open when the interpreter ends: they are closed then, and waited for, so that no program outlives it."""

from __future__ import annotations

import atexit
import os
import select
from time import monotonic
from typing import Protocol
from weakref import WeakSet

__all__ = ["close_at_exit"]

#: Seconds after which a program is gone that listens to nothing: the engine kills it before.
LONGEST = 6.0


class Connection(Protocol):
    """A connection with a program."""

    def end(self) -> int:
        """Closes it, on any thread, and returns a descriptor that can be read once nothing is left of the program."""


_open: WeakSet[Connection] = WeakSet()
#: The process whose connections they are: those that were inherited by a fork belong to its parent.
_process = 0


def close_at_exit(connection: Connection) -> None:
    """Closes a connection when the interpreter ends, if somebody still has it then, and waits for the end of its program."""
    global _process
    if _process != os.getpid():
        _process = os.getpid()
        _open.clear()
        atexit.register(_close_all)
    _open.add(connection)


def _close_all() -> None:
    if _process == os.getpid():
        _wait([connection.end() for connection in list(_open)])


def _wait(endings: list[int]) -> None:
    """Waits until all descriptors can be read, or for ``LONGEST``."""
    poll, left = select.poll(), set(endings)
    for descriptor in left:
        poll.register(descriptor, select.POLLIN)
    due = monotonic() + LONGEST
    while left and monotonic() < due:
        for descriptor, _ in poll.poll(max(0.0, due - monotonic()) * 1000):
            poll.unregister(descriptor)
            left.discard(descriptor)
