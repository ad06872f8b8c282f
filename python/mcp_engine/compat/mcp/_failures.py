"""Requests that get no answer, as the SDK has it: the reason, and as exceptions of ``httpx`` where whoever uses the SDK's transports expects those."""

from __future__ import annotations

import httpx
from mcp.shared.exceptions import McpError
from mcp.types import CONNECTION_CLOSED, ErrorData

from ...errors import TransportError

__all__ = ["RequestRefused", "error_of", "lost", "unreachable"]

#: What the SDK says of a session that the server has forgotten.
SESSION_TERMINATED = ErrorData(code=32600, message="Session terminated")


class RequestRefused(McpError, httpx.HTTPStatusError):
    """A server of HTTP has refused a request: McpError with the reason, and what ``httpx`` raises for its status."""

    def __init__(self, error: ErrorData, response: httpx.Response) -> None:
        httpx.HTTPStatusError.__init__(self, error.message, request=response.request, response=response)
        self.error = error


def error_of(reason: Exception) -> ErrorData:
    """What is said in place of an answer that does not come."""
    status = getattr(reason, "status", None)
    if status == httpx.codes.NOT_FOUND or getattr(reason, "rule", None) == "session-over":
        return SESSION_TERMINATED.model_copy()
    code = httpx.codes.REQUEST_TIMEOUT if isinstance(reason, TimeoutError) else CONNECTION_CLOSED
    more = {"status": status, "challenge": getattr(reason, "challenge", None)} if status is not None else None
    return ErrorData(code=code, message=str(reason), data=more)


def lost(reason: Exception, url: str) -> McpError:
    """What is raised in place of an answer that does not come."""
    error = error_of(reason)
    if not isinstance(reason, TransportError) or reason.status is None:
        return McpError(error)
    return RequestRefused(error, _response(reason, httpx.Request("POST", url)))


def unreachable(reason: Exception | None, url: str) -> Exception:
    """What ``httpx`` raises for a server that cannot be reached, or does not let somebody in."""
    request = httpx.Request("GET", url)
    text = str(reason or "the connection was closed")
    if isinstance(reason, TimeoutError):
        return httpx.ConnectTimeout(text, request=request)
    if isinstance(reason, TransportError) and reason.status is not None:
        return httpx.HTTPStatusError(text, request=request, response=_response(reason, request))
    if isinstance(reason, TransportError) and reason.rule == "connect":
        return httpx.ConnectError(text, request=request)
    return httpx.RemoteProtocolError(text, request=request)


def _response(reason: TransportError, request: httpx.Request) -> httpx.Response:
    headers = {} if reason.challenge is None else {"WWW-Authenticate": reason.challenge}
    return httpx.Response(reason.status or 0, headers=headers, request=request)
