"""A server whose tools say who it is, and say what is no message."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("pid", "noise")]


def text(said: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}]}


def result(message: dict[str, Any]) -> dict[str, Any]:
    if message["method"] == "initialize":
        version = message["params"]["protocolVersion"]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "frail", "version": "1"}}
    if message["method"] == "tools/list":
        return {"tools": TOOLS}
    if message["params"]["name"] == "noise":
        print("npm warn deprecated: something", flush=True)
        return text("after the noise")
    return text(str(os.getpid()))


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result(message)}), flush=True)
