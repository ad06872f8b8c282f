"""``ClientSession``: the client's side of a conversation, in place of the SDK's, and a class derived from it.

Over streams of ours, what is asked goes straight into the engine, and answers come straight to whoever waits for them. Over any other
streams it is the SDK's session. The SDK decides what is said, and builds and judges what comes, except for what is known to fit.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakSet

import httpx
from mcp import types
from mcp.client import session as sdk
from mcp.shared.exceptions import McpError
from mcp.shared.message import MessageMetadata, SessionMessage
from mcp.shared.session import ProgressFnT, RequestResponder
from pydantic import BaseModel
from typing_extensions import Self

from ..._core import Decoder, Message, loads
from ..._loops import Timer
from ...errors import ClosedError, Error
from .._steps.schema import matches
from ._line import Gone, Item, Line, Unspeakable
from ._modern import REVISION, UNSUPPORTED_VERSION, Modern, wants_any_era
from ._results import error_of, result_of
from ._streams import check_resumption, is_ignored, line_of, received

__all__ = ["ClientSession", "opened"]

Result = TypeVar("Result", bound=BaseModel)

#: Questions of the server that are answered at one time.
MOST_QUESTIONS = 64


class TimedOut(Exception):
    """What a future gets when it took too long."""


#: The sessions that are open, over whatever streams.
opened: WeakSet[ClientSession] = WeakSet()
#: The session whose messages are being handled here: it does not wait for itself to end.
_handling: ContextVar[object] = ContextVar("_handling", default=None)


class ClientSession(sdk.ClientSession):
    """As ``mcp.ClientSession``; ``async with`` may be left by any task, and twice.

    With ``era`` "any", or ``MCP_ENGINE_ERA=any`` in the environment, a program that speaks MCP 2026-07-28 is spoken to in that revision, with the same
    methods, results and callbacks. By default the SDK's handshake is made.
    """

    #: "any" or "legacy", to be set before ``initialize``; None for what the environment says.
    era: str | None = None

    _modern: Modern | None = None
    _line: Line | None = None
    _handler: Timer | None = None
    _has_left = False

    async def __aenter__(self) -> Self:
        opened.add(self)
        self._line = line_of(self._read_stream, self._write_stream)
        if self._line is None:
            return await super().__aenter__()
        self._has_left, self._listens = False, False
        self._modern = None
        self._answering: dict[types.RequestId, Timer] = {}
        #: Requests that wait for an answer and may be cancelled.
        self._asked: set[int] = set()
        self._ended: Any = self._line.loop.future()
        self._line.is_in_order = bool(self._response_routers)
        self._handler = self._line.loop.task(self._receive_loop())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> bool | None:
        opened.discard(self)
        if self._line is None:
            return await super().__aexit__(exc_type, exc_val, exc_tb)
        await self._exit_stack.aclose()
        handler, self._handler = self._handler, None
        if handler is not None:
            for question in list(self._answering.values()):
                question.cancel()
            handler.cancel()
            self._leave()
            # A task that is cancelled before its first step never has one.
            if self._listens and _handling.get() is not self:
                await self._ended
        return None

    def add_response_router(self, router: Any) -> None:
        super().add_response_router(router)
        if self._line is not None:
            # Whether a router wants an answer has to be asked before it is given.
            self._line.is_in_order = True

    async def initialize(self) -> types.InitializeResult:
        try:
            result = await super().initialize()
        except McpError as error:
            # A server of the modern era that starts slowly has not answered the probe in time.
            if error.error.code != UNSUPPORTED_VERSION or self._line is None or not wants_any_era(self.era, self._line):
                raise
            result = await super().initialize()
        if self._modern is not None:
            result.protocolVersion = REVISION
        return result

    async def send_request(
        self,
        request: types.ClientRequest,
        result_type: type[Result],
        request_read_timeout_seconds: timedelta | None = None,
        metadata: MessageMetadata = None,
        progress_callback: ProgressFnT | None = None,
    ) -> Result:
        line = self._line
        if line is None:
            return await super().send_request(request, result_type, request_read_timeout_seconds, metadata, progress_callback)
        check_resumption(line, metadata)
        name, is_first = request.__class__.__name__, isinstance(request.root, types.InitializeRequest)
        if is_first and wants_any_era(self.era, line):
            modern = Modern(self, line, request.root.params)  # type: ignore[arg-type]
            told: Any = await modern.discover()
            if told is not None:
                self._modern = modern
                return told
        elif self._modern is not None:
            said = loads(request.model_dump_json(by_alias=True, exclude_none=True))
            try:
                return await self._modern.request(said, result_type, name, request_read_timeout_seconds, progress_callback)
            except Unspeakable as error:
                # Not even the SDK has a spelling that the engine takes.
                raise error.__cause__ or error from None
        id, future = await self._new_request(line)
        asked: Any
        if progress_callback is None:
            asked = request.model_dump_json(by_alias=True, exclude_none=True)
        else:
            asked = request.model_dump(by_alias=True, mode="json", exclude_none=True)
            asked.setdefault("params", {}).setdefault("_meta", {})["progressToken"] = id
            self._progress_callbacks[id] = progress_callback
        try:
            line.wire.ask(future, id, asked)
        except ClosedError:
            self._progress_callbacks.pop(id, None)
            raise await line.closed() from None
        message = await self._answer(line, id, future, name, request_read_timeout_seconds, is_first=is_first)
        return result_of(message, result_type)

    async def send_notification(
        self,
        notification: types.ClientNotification,
        related_request_id: types.RequestId | None = None,
    ) -> None:
        if self._line is None:
            await super().send_notification(notification, related_request_id)
        elif self._modern is None or self._modern.says(notification.root.method):
            await self._tell(self._line, notification.model_dump_json(by_alias=True, exclude_none=True))

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        read_timeout_seconds: timedelta | None = None,
        progress_callback: ProgressFnT | None = None,
        *,
        meta: dict[str, Any] | None = None,
    ) -> types.CallToolResult:
        line = self._line
        is_plain = line is not None and progress_callback is None and meta is None and self._sends_directly()
        if line is None or not is_plain:
            return await super().call_tool(name, arguments, read_timeout_seconds, progress_callback, meta=meta)
        try:
            result = await self._call(line, name, arguments, read_timeout_seconds)
        except Unspeakable:
            return await super().call_tool(name, arguments, read_timeout_seconds)
        except Exception as error:
            self._failed(error)
            raise
        if not result.isError:
            await self._validate_tool_result(name, result)
        return result

    async def _call(self, line: Line, name: str, arguments: Any, timeout: timedelta | None) -> types.CallToolResult:
        """Calls a tool, without a model of the request. Raises Unspeakable for what the SDK has to spell."""
        if self._modern is not None:
            return await self._modern.call(name, arguments, timeout)
        id, future = await self._new_request(line)
        try:
            line.wire.call_tool(future, id, name, arguments)
        except ClosedError:
            raise await line.closed() from None
        except (TypeError, ValueError):
            # What JSON has no spelling for, pydantic has one for, or an exception.
            raise Unspeakable from None
        return result_of(await self._answer(line, id, future, "ClientRequest", timeout), types.CallToolResult)

    def _sends_directly(self) -> bool:
        """Whether nobody wants to see requests on their way."""
        return type(self).send_request is ClientSession.send_request

    def _failed(self, error: Exception) -> None:
        """Hears of requests that were sent directly and have failed."""

    async def _validate_tool_result(self, name: str, result: types.CallToolResult) -> None:
        if not matches(self, name, result):
            await super()._validate_tool_result(name, result)

    async def _send_response(self, request_id: types.RequestId, response: types.ClientResult | types.ErrorData) -> None:
        if self._line is None:
            await super()._send_response(request_id, response)
            return
        member = "error" if isinstance(response, types.ErrorData) else "result"
        said = response.model_dump(by_alias=True, mode="json", exclude_none=True)
        await self._tell(self._line, {"id": request_id, member: said})

    async def _receive_loop(self) -> None:
        line = self._line
        if line is None:
            await super()._receive_loop()
            return
        self._listens = True
        _handling.set(self)
        try:
            while (item := await line.next()) is not None:
                await self._take(line, item)
        except Exception as error:
            logging.exception(f"Unhandled exception in receive loop: {error}")
        finally:
            self._leave()
            if not self._ended.done():
                self._ended.set_result(None)

    def _leave(self) -> None:
        """Nothing is said or heard any more."""
        assert self._line is not None
        asked, self._asked = self._asked, set()
        for id in asked:
            self._take_back(self._line, id)
        self._has_left = True
        self._line.fail()
        self._read_stream.close()
        self._write_stream.close()

    async def _new_request(self, line: Line) -> tuple[int, Any]:
        if self._has_left:
            # Nobody would hear the answer.
            raise await line.closed()
        id = self._request_id
        self._request_id = id + 1
        return id, line.loop.future()

    async def _answer(
        self, line: Line, id: int, future: Any, name: str, timeout: timedelta | None, *, is_first: bool = False
    ) -> Message:
        """Waits for the answer to a request, and does without it when that takes too long."""
        line.send_request()
        line.unanswered += 1
        if not is_first:
            self._asked.add(id)
        try:
            message: Message = await self._timed(line, future, name, timeout)
        except (McpError, line.loop.cancelled) as error:
            # What was lost on its way is nothing to be taken back.
            if is_first or self._has_left or error.__cause__ is not None:
                line.wire.forget(id)
            else:
                self._withdraw(line, id)
            raise
        finally:
            line.unanswered -= 1
            self._asked.discard(id)
            self._progress_callbacks.pop(id, None)
        if message.kind == "error":
            raise McpError(error_of(message))
        return message

    async def _timed(self, line: Line, future: Any, name: str, timeout: timedelta | None) -> Any:
        """Waits for something of the server, for as long as a request may take."""
        limit = self._session_read_timeout_seconds if timeout is None else timeout
        timer = None
        if limit is not None:
            timer = line.loop.later(max(limit.total_seconds(), 0.0), lambda: _expire(future))
        try:
            return await future
        except Gone:
            raise await line.closed() from None
        except (Error, TimeoutError) as reason:
            raise line.lost(reason) from reason
        except TimedOut:
            waited = "" if limit is None else f" Waited {limit.total_seconds()} seconds."
            words = f"Timed out while waiting for response to {name}.{waited}"
            raise McpError(types.ErrorData(code=httpx.codes.REQUEST_TIMEOUT, message=words)) from None
        finally:
            if timer is not None:
                timer.cancel()

    def _withdraw(self, line: Line, id: int) -> None:
        """Does without the answer to a request, and tells the server."""
        line.wire.forget(id)
        self._take_back(line, id)

    def _take_back(self, line: Line, id: int) -> None:
        params = {"requestId": id, "reason": "cancelled"}
        try:
            line.wire.tell({"method": "notifications/cancelled", "params": params})
        except ClosedError:
            return
        line.send()

    async def _tell(self, line: Line, said: Any) -> None:
        if self._handler is None:
            raise await line.closed()
        while line.is_full:
            await line.room()
        try:
            line.wire.tell(said)
        except ClosedError:
            raise await line.closed() from None
        line.send()

    async def _take(self, line: Line, item: Item) -> None:
        """Deals with one thing that came, before the next."""
        if isinstance(item, Message) and item.kind in ("response", "error"):
            await self._take_response(line, item)
            return
        one = received(item)
        if isinstance(one, Exception):
            if not is_ignored(line, one):
                await self._handle_incoming(one)
        elif isinstance(one.message.root, types.JSONRPCRequest):
            self._take_request(line, one)
        elif isinstance(one.message.root, types.JSONRPCNotification):
            await self._take_notification(one.message.root)
        else:
            await self._take_unlike(line, one)

    async def _take_response(self, line: Line, message: Message) -> None:
        if not self._response_routers and line.wire.answer(message):
            return
        one = received(message)
        if isinstance(one, Exception):
            # As an error without an id, which answers what could not be read.
            if not is_ignored(line, one):
                await self._handle_incoming(one)
        elif self._response_routers:
            await self._handle_response(one)
        else:
            await self._unexpected(one)

    async def _take_unlike(self, line: Line, one: SessionMessage) -> None:
        """Deals with a response that only the SDK takes for one, such as one with a number that JSON does not have."""
        if self._response_routers:
            await self._handle_response(one)
            return
        root = one.message.root
        text = root.model_dump_json(by_alias=True, include=set(type(root).model_fields))
        for message in Decoder().feed(text.encode() + b"\n"):
            if isinstance(message, Message) and line.wire.answer(message):
                return
        await self._unexpected(one)

    async def _unexpected(self, message: SessionMessage) -> None:
        await self._handle_incoming(RuntimeError(f"Received response with an unknown request ID: {message}"))

    def _take_request(self, line: Line, message: SessionMessage) -> None:
        root: Any = message.message.root
        if len(self._answering) >= MOST_QUESTIONS:
            error = {"code": types.INTERNAL_ERROR, "message": "too many questions at one time"}
            line.wire.tell({"id": root.id, "error": error})
            line.send()
            return
        self._answering[root.id] = line.loop.task(self._serve(line, message))

    async def _serve(self, line: Line, message: SessionMessage) -> None:
        """Answers a request of the server, beside whatever else comes."""
        root: Any = message.message.root
        try:
            await self._respond(line, root, message)
        except Exception as error:
            logging.warning(f"Failed to validate request: {error}")
            logging.debug(f"Message that failed validation: {root}")
            await self._send_refusal(root.id)
        finally:
            self._answering.pop(root.id, None)

    async def _respond(self, line: Line, root: Any, message: SessionMessage) -> None:
        said = root.model_dump(by_alias=True, mode="json", exclude_none=True)
        request: Any = self._receive_request_type.model_validate(said)
        responder = RequestResponder(
            request_id=root.id,
            request_meta=request.root.params.meta if request.root.params else None,
            request=request,
            session=self,
            on_complete=lambda responder: self._in_flight.pop(responder.request_id, None),
            message_metadata=message.metadata,
        )
        self._in_flight[responder.request_id] = responder
        try:
            await self._received_request(responder)
        except line.loop.cancelled:
            # The responder lets out what its own scope has ended.
            if not responder.cancelled:
                raise
        if not responder._completed:
            await self._handle_incoming(responder)

    async def _send_refusal(self, id: types.RequestId) -> None:
        error = types.ErrorData(code=types.INVALID_PARAMS, message="Invalid request parameters", data="")
        try:
            await ClientSession._send_response(self, id, error)
        except McpError:
            # Nobody is left to be told.
            return

    async def _take_notification(self, root: types.JSONRPCNotification) -> None:
        try:
            said = root.model_dump(by_alias=True, mode="json", exclude_none=True)
            if self._modern is not None and self._modern.hears(root.method, said.get("params")):
                return
            notification: Any = self._receive_notification_type.model_validate(said)
            if isinstance(notification.root, types.CancelledNotification):
                await self._cancel(notification.root.params.requestId)
                return
            if isinstance(notification.root, types.ProgressNotification):
                await self._progressed(notification.root.params)
            await self._received_notification(notification)
            await self._handle_incoming(notification)
        except Exception as error:
            logging.warning(f"Failed to validate notification: {error}. Message was: {root}")

    async def _cancel(self, id: Any) -> None:
        responder: Any = self._in_flight.get(id)
        if responder is not None and responder._entered:
            await responder.cancel()

    async def _progressed(self, params: types.ProgressNotificationParams) -> None:
        callback = self._progress_callbacks.get(params.progressToken)
        if callback is None:
            return
        try:
            await callback(params.progress, params.total, params.message)
        except Exception as error:
            logging.error("Progress callback raised an exception: %s", error)


def _expire(future: Any) -> None:
    if not future.done():
        future.set_exception(TimedOut())
