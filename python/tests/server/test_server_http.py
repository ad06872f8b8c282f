"""Servers of functions over Streamable HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from stage import Run

from mcp_engine.server import Context, Server


def post(url: str, message: dict[str, Any], **headers: str) -> tuple[int, Any, Any]:
    """What one POST is answered with: the status, the message, the headers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    accept = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request("POST", parts.path, json.dumps(message), {**accept, **headers})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        body = [line.removeprefix("data:") for line in body.splitlines() if line.startswith("data:") and line[5:].strip()][-1]
    return response.status, json.loads(body) if body else None, response.headers


def modern_call(tool: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, str]]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "0"},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, headers


@pytest.mark.parametrize("how", ["here", "asyncio", "uvloop", "trio"])
def test_both_eras_are_served_at_one_address(over_http: Callable[..., str], how: str) -> None:
    url = over_http(how)
    message, headers = modern_call("add", a=1)
    status, answer, _ = post(url, message, **headers)
    assert (status, answer["result"]["structuredContent"]) == (200, {"result": 2})
    message, headers = modern_call("who")
    told = post(url, message, **headers)[1]["result"]["structuredContent"]
    assert told["client"] == {"name": "raw", "version": "0"} and told["session"] is None
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "0"}}
    status, answer, found = post(url, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    assert status == 200 and answer["result"]["protocolVersion"] == "2025-06-18"
    session = {"Mcp-Session-Id": found["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-06-18"}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "who", "arguments": {}}}
    told = post(url, call, **session)[1]["result"]["structuredContent"]
    assert told["version"] == "2025-06-18" and isinstance(told["session"], int)


def test_other_hosts_and_paths_are_refused(over_http: Callable[..., str]) -> None:
    url = over_http("here")
    message, headers = modern_call("add", a=1)
    assert post(url, message, **headers, Host="evil.example")[0] == 403
    assert post(url, message, **headers, Origin="https://evil.example")[0] == 403
    assert post(url.replace("/mcp", "/other"), message, **headers)[0] == 404


def test_paths_that_no_client_can_reach_are_refused(run: Run) -> None:
    async def main() -> None:
        server = Server("paths")
        for path in ("", "mcp", "/mcp?a=1", "/mcp#a", "/m cp", "/mücp", "http://host/mcp"):
            with pytest.raises(ValueError, match="begins with a slash"):
                await server.serve_http(port=0, path=path)
        with pytest.raises(ValueError, match="same path"):
            await server.serve_http(port=0, path="/sse", sse=True)

    run(main)


def test_limits_below_which_nothing_is_served_are_refused() -> None:
    for limits in ({"calls": 0}, {"calls": -1}, {"waiting": -1}):
        with pytest.raises(ValueError, match="at least one call"):
            Server("limits", **limits)


def test_a_server_stops_where_it_is_awaited(run: Run) -> None:
    async def main() -> None:
        server = Server("stopping")

        @server.tool()
        def own(context: Context) -> str:
            """Not called."""
            return context.protocol_version

        urls: list[str] = []

        def ready(url: str) -> None:
            urls.append(url)
            server.stop()

        await server.serve_http(port=0, ready=ready)
        assert urls[0].startswith("http://127.0.0.1:")
        # And again.
        await server.serve_http(port=0, ready=ready)
        with pytest.raises(OSError):
            await server.serve_http("256.0.0.1", 0)
        with pytest.raises(ValueError):
            await server.serve_http(port=0, allowed_hosts=["no host/"])

    run(main)


def test_cancelling_what_serves_ends_it(run_asyncio: Run) -> None:
    import asyncio

    async def main() -> None:
        server = Server("cancelled")
        reached: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(server.serve_http(port=0, ready=reached.set_result))
        url = await reached
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(OSError):
            for _ in range(1000):
                (await asyncio.open_connection("127.0.0.1", urlsplit(url).port))[1].close()
                await asyncio.sleep(0.01)

    run_asyncio(main)
