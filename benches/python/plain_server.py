"""A server that reads a line and writes a line, so that what is measured is its client. Tools: echo, output (with a schema), long."""

from __future__ import annotations

import json
import sys
from typing import Any

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "degrees": {"type": "number"},
        "days": {"type": "array", "items": {"type": "object", "properties": {"day": {"type": "integer"}, "note": {"type": "string"}}, "required": ["day"]}},
    },
    "required": ["city", "degrees"],
}
OUTPUT = {"city": "Bern", "degrees": 21.5, "days": [{"day": day, "note": "dry"} for day in range(5)]}
TOOLS = [
    {"name": "echo", "inputSchema": {"type": "object"}},
    {"name": "output", "inputSchema": {"type": "object"}, "outputSchema": SCHEMA},
    {"name": "long", "inputSchema": {"type": "object"}},
]
OPENING = {"capabilities": {"tools": {}}, "serverInfo": {"name": "plain", "version": "1"}}


def text(said: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}], "isError": False}


def result(message: dict[str, Any]) -> dict[str, Any]:
    method, params = message["method"], message.get("params") or {}
    if method == "initialize":
        return OPENING | {"protocolVersion": params["protocolVersion"]}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method != "tools/call":
        return {}
    arguments = params.get("arguments") or {}
    if params["name"] == "output":
        return text(json.dumps(OUTPUT)) | {"structuredContent": OUTPUT}
    return text("x" * arguments["bytes"] if params["name"] == "long" else arguments["text"])


for line in sys.stdin.buffer:
    message = json.loads(line)
    if "id" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result(message)}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
