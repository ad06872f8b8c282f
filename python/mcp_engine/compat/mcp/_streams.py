"""The two streams of a connection as the SDK knows them: memory streams of anyio, of ``SessionMessage``.

Our own session takes the line behind them and does without them; every other one reads and writes them like those of the SDK.
"""

from __future__ import annotations

from typing import Any

from anyio import BrokenResourceError, ClosedResourceError, EndOfStream, WouldBlock
from anyio.lowlevel import checkpoint
from anyio.streams.memory import (
    MemoryObjectReceiveStream,
    MemoryObjectSendStream,
    MemoryObjectStreamStatistics,
)
from mcp import types
from mcp.shared.message import ClientMessageMetadata, MessageMetadata, SessionMessage

from ..._core import Message, Refusal
from ...errors import ClosedError
from ._failures import error_of
from ._line import Item, Line

__all__ = ["ReceiveStream", "SendStream", "check_resumption", "line_of", "received", "streams"]


def streams(line: Line) -> tuple[ReceiveStream, SendStream]:
    """Both streams of a line."""
    return ReceiveStream(line), SendStream(line)


def line_of(read_stream: object, write_stream: object) -> Line | None:
    """The line behind two streams, if they are the two of one."""
    if isinstance(read_stream, ReceiveStream) and isinstance(write_stream, SendStream):
        return read_stream.line if read_stream.line is write_stream.line else None
    return None


class ReceiveStream(MemoryObjectReceiveStream[SessionMessage | Exception]):
    """What the server says."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._closed = False
        line.readers += 1

    def receive_nowait(self) -> SessionMessage | Exception:
        if self._closed:
            raise ClosedResourceError
        while (item := self.line.take()) is not None:
            one = received(item)
            if not is_ignored(self.line, one):
                return one
        if self.line.is_over:
            raise EndOfStream
        raise WouldBlock

    async def receive(self) -> SessionMessage | Exception:
        await checkpoint()
        while True:
            try:
                return self.receive_nowait()
            except WouldBlock:
                await self.line.arrival()

    def clone(self) -> ReceiveStream:
        if self._closed:
            raise ClosedResourceError
        return ReceiveStream(self.line)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.line.drop_reader()
            self.line.release()

    def statistics(self) -> MemoryObjectStreamStatistics:
        return _statistics(self.line)

    def __del__(self) -> None:
        """Closing the line is what counts."""


class SendStream(MemoryObjectSendStream[SessionMessage]):
    """What the server is told."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._closed = False
        line.writers += 1

    def send_nowait(self, item: SessionMessage) -> None:
        self._check()
        check_resumption(self.line, item.metadata)
        if self.line.is_full:
            raise WouldBlock
        text = item.message.model_dump_json(by_alias=True, exclude_none=True)
        try:
            self.line.wire.send(text)
        except ClosedError:
            raise BrokenResourceError from None
        self.line.send()

    async def send(self, item: SessionMessage) -> None:
        await checkpoint()
        while self.line.is_full:
            self._check()
            await self.line.room()
        self.send_nowait(item)

    def clone(self) -> SendStream:
        if self._closed:
            raise ClosedResourceError
        return SendStream(self.line)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.line.writers -= 1
            self.line.release()

    def statistics(self) -> MemoryObjectStreamStatistics:
        return _statistics(self.line)

    def __del__(self) -> None:
        """Closing the line is what counts."""

    def _check(self) -> None:
        if self._closed:
            raise ClosedResourceError
        if self.line.is_over:
            raise BrokenResourceError


def check_resumption(line: Line, metadata: MessageMetadata) -> None:
    """Looks whether a request is to be gone on with that another connection has made.

    Raises:
        NotImplementedError: it is, and would be made once more.
    """
    if line.cannot_resume and isinstance(metadata, ClientMessageMetadata) and metadata.resumption_token:
        raise NotImplementedError("a request of another connection cannot be resumed here: mcp.client.streamable_http can")


def received(item: Item) -> SessionMessage | Exception:
    """What comes, as the SDK has it."""
    if isinstance(item, Refusal):
        return item.error
    if isinstance(item, Exception):
        return item
    try:
        if isinstance(item, Message):
            return SessionMessage(_envelope(item))
        if isinstance(item[1], Exception):
            lost = types.JSONRPCError(jsonrpc="2.0", id=item[0], error=error_of(item[1]))
            return SessionMessage(types.JSONRPCMessage(lost))
        # What the engine refuses may still be fine for the SDK, and what is not fails with the SDK's words.
        return SessionMessage(types.JSONRPCMessage.model_validate_json(item[0].decode()))
    except Exception as error:
        return error


def is_ignored(line: Line, one: SessionMessage | Exception) -> bool:
    """Whether what came is noise that is not told. What is told is logged as the SDK does."""
    if not isinstance(one, Exception):
        return False
    if line.ignores is not None and line.ignores(one):
        return True
    line.logger.error("Failed to parse JSONRPC message from server", exc_info=one)
    return False


def _envelope(message: Message) -> types.JSONRPCMessage:
    kind = message.kind
    if kind == "response":
        try:
            result = message.payload()
        except ValueError:
            # A number that no float can hold, which the SDK makes an infinity of.
            return types.JSONRPCMessage.model_validate_json(bytes(message))
        root = types.JSONRPCResponse.model_construct({"jsonrpc", "id", "result"}, jsonrpc="2.0", id=message.id, result=result)
        return types.JSONRPCMessage.model_construct(root, {"root"})
    return types.JSONRPCMessage.model_validate_json(bytes(message))


def _statistics(line: Line) -> MemoryObjectStreamStatistics:
    waiting: Any = line.waiting()
    return MemoryObjectStreamStatistics(waiting, 0, line.writers, line.readers, 0, 0)
