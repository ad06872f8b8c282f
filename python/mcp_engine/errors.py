"""The exceptions of the engine. Timeouts are the built-in ``TimeoutError``."""

from __future__ import annotations

__all__ = [
    "ClosedError",
    "Error",
    "LimitError",
    "MisuseError",
    "PeerError",
    "ProtocolError",
    "SchemaError",
    "TransportError",
    "ValidationError",
    "words_of",
]


class Error(Exception):
    """What all exceptions of the engine are."""


class _Broken(Error):
    """A rule was broken: whose fault it is, which rule, and where.

    Attributes:
        fault: "frame", "json", "message", "peer", "incompatible", "limit", "misuse", "caller" or "transport".
        rule: The name of the rule, which does not change between versions.
        reason: What the rule asks for.
        offset: Where in the stream it was broken, in bytes; None where no message is at fault.
        code: The code of JSON-RPC with which a peer is told.
    """

    def __init__(self, text: str, fault: str, rule: str, reason: str, offset: int | None, code: int) -> None:
        super().__init__(text, fault, rule, reason, offset, code)
        self.fault = fault
        self.rule = rule
        self.reason = reason
        self.offset = offset
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class ProtocolError(_Broken):
    """A message broke a rule of JSON, of JSON-RPC or of MCP."""


class LimitError(_Broken):
    """A limit was reached: see ``Limits``."""


class MisuseError(_Broken):
    """The engine was called in a way that it cannot be."""


class ClosedError(_Broken):
    """The connection is closed: the fault is "caller" where that was done here, and "peer" where it was not."""


class TransportError(ClosedError):
    """There is no way to the server, or the way to one answer is lost. The fault is "limit" where the status says that a limit of the server was
    reached (413, 414, 429 and 431), and else "transport".

    Attributes:
        status: The status of HTTP that the server answered with, or None.
        challenge: Its header ``WWW-Authenticate``, or None.
    """

    def __init__(
        self, text: str, rule: str, status: int | None = None, challenge: str | None = None, fault: str = "transport"
    ) -> None:
        super().__init__(text, fault, rule, text, None, -32603)
        self.args = (text, rule, status, challenge, fault)
        self.status = status
        self.challenge = challenge


class PeerError(Error):
    """The other side answered with an error.

    Attributes:
        code: The code of JSON-RPC or of MCP.
        message: One sentence for people.
        data: More for programs, or None.
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class SchemaError(Error):
    """A schema cannot be used: what is wrong with it, and where."""


class ValidationError(Error):
    """A value does not match its schema: where, and why."""


def words_of(error: BaseException) -> str:
    """What an exception says, if it can; else its name."""
    try:
        words = str(error)
    except Exception:
        words = ""
    return words.encode("utf-8", "replace").decode() or type(error).__name__
