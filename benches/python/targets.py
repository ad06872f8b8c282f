"""What a contender's time is of ours at least: by table, what is done, beside whom, and on what."""

from __future__ import annotations

TARGETS: dict[str, dict[tuple[str, str, str], float]] = {
    "messages": {
        ("batch, kind id method", "mcp typed", "call"): 25.0,
        ("batch, kind id method", "mcp typed", "result"): 25.0,
        ("feed", "msgspec lines", "call"): 1.3,
        ("feed", "msgspec lines", "result"): 1.3,
        ("feed", "msgspec lines", "mixed"): 2.0,
        ("payload, single", "orjson", "call"): 0.8,
        ("payload, single", "orjson", "result"): 0.8,
        ("payload, single", "orjson", "code"): 0.8,
        ("payload, single", "orjson", "tools"): 0.8,
    },
    "imports": {
        ("import", "mcp", "package"): 20.0,
        ("import", "mcp-agent", "package"): 1.6,
    },
    "fan-outs": {("fan-out, 64 wide", "legacy", verb): 3.0 for verb in ("execute", "execute_many", "map")},
    "clients": {
        ("client", "mcp 1", "sequential"): 5.0,
        ("client", "mcp 1", "concurrent"): 12.0,
        ("client", "mcp 2", "sequential"): 5.0,
        ("client", "mcp 2", "concurrent"): 12.0,
        ("64 at one time", "one at a time", "client"): 1.0,
    },
    "http": {
        ("client, http", "mcp 1", "sequential"): 6.0,
        ("client, http", "mcp 1", "concurrent"): 6.0,
        ("compat aggregator, http", "legacy", "echo"): 6.0,
    },
    "servers": {
        ("server", "mcp 1", "sequential"): 15.0,
        ("server", "mcp 1", "concurrent"): 15.0,
    },
    "compat": {
        ("compat session", "legacy", "echo"): 5.0,
        ("compat session", "legacy", "echo 64"): 12.0,
        ("compat session", "legacy", "output"): 10.0,
        ("compat session", "legacy", "2 MB"): 8.0,
        ("compat session", "legacy", "16 MB"): 30.0,
        ("compat aggregator", "legacy", "echo"): 5.0,
        ("compat aggregator", "legacy", "output"): 10.0,
        ("compat aggregator", "legacy", "2 MB"): 8.0,
        ("compat aggregator", "legacy", "16 MB"): 30.0,
        ("compat agent", "legacy", "echo"): 5.0,
        ("compat agent", "legacy", "output"): 10.0,
        ("64 at one time", "one at a time", "compat session"): 1.0,
        ("64 at one time", "one at a time", "compat aggregator"): 1.0,
        ("64 at one time", "one at a time", "compat agent"): 1.0,
    },
}
