"""Switches back: bugs of other packages that steps fix, and that an application may want to keep."""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["SWITCHES", "is_legacy", "keep_legacy", "legacy"]

#: What each brings back.
SWITCHES = {
    "cancel": "a signal reaches everybody who waits for its name, so that cancelling one run cancels all",
    "map": "`Executor.map` keeps no limit",
    "arguments": "`execute_many` drops positional arguments",
    "retries": "the timeout and the retries of `ExecutorConfig` are ignored",
    "resume": "a run that has ended can be resumed, and is `running` then",
    "retention": "runs that have ended are kept for ever",
    "mailbox": "a signal that is sent before somebody waits for it is lost",
}

_kept: set[str] = set()


def is_legacy(name: str) -> bool:
    """Whether a bug is to stay."""
    return name in _kept


def legacy() -> list[str]:
    """The bugs that stay."""
    return sorted(_kept)


def keep_legacy(names: Iterable[str] | None = None) -> None:
    """Keeps the bugs that are named, else those of ``MCP_ENGINE_LEGACY``, and no others.

    Raises:
        ValueError: there is no such switch.
    """
    if names is None:
        names = filter(None, (name.strip() for name in os.environ.get("MCP_ENGINE_LEGACY", "").split(",")))
    wanted = set(names)
    if "all" in wanted:
        wanted = set(SWITCHES)
    for name in wanted - SWITCHES.keys():
        raise ValueError(f"there is no switch {name!r}: the switches are {', '.join(SWITCHES)}")
    _kept.clear()
    _kept.update(wanted)
