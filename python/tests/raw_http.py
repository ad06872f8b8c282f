"""A server of HTTP that says exactly what a test wants, on sockets of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Request:
    """What has come: the method, the path, headers by their names in lower case, and the body."""

    method: str
    path: str
    headers: dict[str, str]
    #: Of the body, when it is JSON.
    message: dict[str, Any]
    body: bytes = b""

    @property
    def asks(self) -> str:
        return self.message.get("method", self.method)


#: Bytes to send, or what sends them itself, after which the connection is closed.
Reply = bytes | Callable[[socket.socket], None]
Answer = Callable[[Request], Reply]


class Raw:
    """Answers every request with what ``answer`` makes of it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        #: What has come so far.
        self.heard: list[Request] = []
        #: Connections that wait for a request.
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def kill(self) -> None:
        """Nobody listens any more, and every connection but one that is just being answered is cut."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            reader = connection.makefile("rb")
            self._open.add(connection)
            while (request := _read(reader)) is not None:
                self._open.discard(connection)
                self.heard.append(request)
                reply = self._answer(request)
                if callable(reply):
                    reply(connection)
                    return
                self._open.add(connection)
                connection.sendall(reply)


def _read(reader: Any) -> Request | None:
    line = reader.readline().decode()
    if not line:
        return None
    method, path, _ = line.split()
    headers: dict[str, str] = {}
    while (line := reader.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    is_json = "json" in headers.get("content-type", "")
    return Request(method, path, headers, json.loads(body) if body and is_json else {}, body)


@contextlib.contextmanager
def raw(answer: Answer) -> Iterator[Raw]:
    """A server that runs for as long as the block."""
    server = Raw(answer)
    try:
        yield server
    finally:
        server.stop()


def response(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole response; names of headers have underscores for dashes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def result(request: Request, value: dict[str, Any], **headers: str) -> bytes:
    """The answer to a request, as JSON."""
    body = json.dumps({"jsonrpc": "2.0", "id": request.message["id"], "result": value}).encode()
    return response("200 OK", body, Content_Type="application/json", **headers)


def said(request: Request, text: str) -> bytes:
    """The result of a tool."""
    return result(request, {"content": [{"type": "text", "text": text}]})


EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def legacy(call: Answer, **headers: str) -> Answer:
    """A server of MCP 2025-11-25 that lists no tools, and whose tools do what ``call`` says. ``headers`` are those of the answer to initialize."""

    def answer(request: Request) -> Reply:
        if request.asks == "initialize":
            info = {"name": "raw", "version": "1"}
            opened = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
            return result(request, opened, **headers)
        if request.asks == "tools/call":
            return call(request)
        if request.asks == "tools/list":
            return result(request, {"tools": []})
        if request.method == "GET" and "last-event-id" in request.headers:
            return call(request)
        if request.method == "GET":
            return response("405 Method Not Allowed")
        return response("202 Accepted")

    return answer
