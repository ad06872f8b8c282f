"""What is fixed under mcp-agent, and can be had as it was: each switch keeps one behaviour of mcp-agent 0.2.6.

They are named by ``install(legacy=…)`` or by the environment variable ``MCP_ENGINE_LEGACY``, with commas between them; ``all`` names all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["SWITCHES", "is_kept", "keep"]

#: The switches, by name: what is kept by each.
SWITCHES: dict[str, str] = {
    "server_name": "MCPAggregator.call_tool ignores server_name",
    "prefix": "a tool's name goes to the longest server that it begins with, even when only a shorter one has such a tool",
    "get_server": "a second get_server stops a server that is being started, or gets a session that is not initialized",
    "respawn": "a server that has died stays as it is, and every call fails",
    "close": "closing sleeps for 0.7 s, and has to be done by the task that opened",
    "read_timeout": "the read timeout of temporary connections is in days",
    "capabilities": "loading a server over temporary connections takes four of them",
    "session_id": "persistent connections over HTTP do not know their session's id",
    "reason": "errors of connections come without a reason, or with that of a task group",
    "cancel": "a signal reaches everybody who waits for its name, so that cancelling one run cancels all",
    "map": "Executor.map keeps no limit",
    "arguments": "execute_many drops positional arguments",
    "retries": "the timeout and the retries of ExecutorConfig are ignored",
    "resume": "a run that has ended can be resumed, and is running then",
    "retention": "runs that have ended are kept for ever",
    "mailbox": "a signal that is sent before somebody waits for it is lost",
}

_kept: frozenset[str] = frozenset()


def keep(names: Iterable[str] | None) -> None:
    """Says which behaviours are kept, instead of those that were named before: those named, else those of the environment.

    Raises:
        ValueError: there is no such switch.
    """
    global _kept
    if names is None:
        names = filter(None, (name.strip() for name in os.environ.get("MCP_ENGINE_LEGACY", "").split(",")))
    wanted = frozenset(names)
    if "all" in wanted:
        wanted = frozenset(SWITCHES)
    for name in sorted(wanted - SWITCHES.keys()):
        raise ValueError(f"there is no switch {name!r}: the switches are {', '.join(SWITCHES)}")
    _kept = wanted


def is_kept(name: str) -> bool:
    """Whether a behaviour is kept."""
    return name in _kept
