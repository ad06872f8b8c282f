"""A server of MCP 2026-07-28 in plain Python, which writes every request down in the file that it is given and does what its tools are named for.

When it is ``slow``, it does not answer its first request.
"""

from __future__ import annotations

import json
import sys
from typing import Any

PREFIX = "io.modelcontextprotocol/"
WRITTEN = open(sys.argv[1], "w")  # noqa: SIM115
#: What listens, by the id of its request.
LISTENING: dict[Any, dict[str, Any]] = {}


def say(**message: Any) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def result(id: Any, **members: Any) -> None:
    meta = {f"{PREFIX}serverInfo": {"name": "modern", "version": "7"}}
    say(id=id, result={"resultType": "complete", "_meta": meta, **members})


def listed(id: Any, **members: Any) -> None:
    result(id, ttlMs=0, cacheScope="private", **members)


def text(id: Any, said: Any) -> None:
    result(id, content=[{"type": "text", "text": json.dumps(said)}])


def wants(id: Any, questions: dict[str, Any], state: str) -> None:
    say(id=id, result={"resultType": "input_required", "inputRequests": questions, "requestState": state})


def tell(method: str, member: str | None = None, **params: Any) -> None:
    for id, wanted in LISTENING.items():
        if member is None or wanted.get(member):
            say(method=method, params={**params, "_meta": {f"{PREFIX}subscriptionId": id}})


FORM = {"method": "elicitation/create", "params": {"mode": "form", "message": "Who?", "requestedSchema": {"type": "object", "properties": {}}}}
MODEL = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 5}}


def call(id: Any, params: dict[str, Any]) -> None:
    name, given = params["name"], params.get("inputResponses")
    if name == "meta":
        text(id, params["_meta"])
    elif name == "ask_all":
        if given is None:
            wants(id, {"a": FORM, "b": MODEL, "c": {"method": "roots/list"}}, "one")
        else:
            text(id, [given, params["requestState"], params.get("arguments")])
    elif name == "ask_for_ever":
        wants(id, {"a": FORM}, "again")
    elif name == "ask_strangely":
        wants(id, {"a": {"method": "what/is_this", "params": {}}}, "strange")
    elif name == "ask_wrongly":
        say(id=id, result={"resultType": "input_required", "inputRequests": [FORM]})
    elif name == "change":
        tell("notifications/tools/list_changed", "toolsListChanged")
        tell("notifications/resources/updated", "resourceSubscriptions", uri="test://one")
        text(id, "changed")
    elif name == "work":
        say(method="notifications/progress", params={"progressToken": params["_meta"]["progressToken"], "progress": 1, "total": 2})
        text(id, "worked")
    elif name != "silent":
        say(id=id, error={"code": -32602, "message": f"no tool {name}"})


def answer(id: Any, method: str, params: dict[str, Any]) -> None:
    capabilities = {"tools": {"listChanged": True}, "resources": {"subscribe": True}, "logging": {}}
    if method == "server/discover":
        listed(id, supportedVersions=["2026-07-28"], capabilities=capabilities, instructions="Use it.")
    elif method == "tools/list":
        listed(id, tools=[{"name": "meta", "inputSchema": {"type": "object"}}])
    elif method == "tools/call":
        call(id, params)
    elif method == "subscriptions/listen":
        if "test://forbidden" in params["notifications"].get("resourceSubscriptions", []):
            say(id=id, error={"code": -32602, "message": "forbidden"})
            return
        LISTENING[id] = params["notifications"]
        say(method="notifications/subscriptions/acknowledged", params={"_meta": {f"{PREFIX}subscriptionId": id}, "notifications": params["notifications"]})
    else:
        say(id=id, error={"code": -32601, "message": f"no method {method}"})


for line in sys.stdin:
    message = json.loads(line)
    WRITTEN.write(line)
    WRITTEN.flush()
    params = message.get("params", {})
    if message["method"] == "notifications/cancelled":
        LISTENING.pop(params["requestId"], None)
    elif "id" not in message:
        sys.exit(f"{message['method']} is nothing that a client of this revision says")
    elif message["method"] == "initialize":
        say(id=message["id"], error={"code": -32022, "message": "not here", "data": {"supported": ["2026-07-28"]}})
    elif sys.argv[2:] == ["slow"]:
        sys.argv.pop()
    elif params.get("_meta", {}).get(f"{PREFIX}protocolVersion") != "2026-07-28" or f"{PREFIX}clientCapabilities" not in params["_meta"]:
        say(id=message["id"], error={"code": -32602, "message": "the meta is missing"})
    else:
        answer(message["id"], message["method"], params)
