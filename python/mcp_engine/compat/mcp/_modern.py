"""MCP 2026-07-28 below a session of the SDK's: what the session says is put in the words of that revision, and what comes in those of the SDK.

There is no handshake: every request carries who asks and what it can do. Questions of the server come as results that want input, after which the
request is made again; what changes is told on a subscription; the level of the log stands in every request.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from mcp import types
from mcp.shared.exceptions import McpError
from mcp.shared.session import RequestResponder
from pydantic import BaseModel, ValidationError

from ..._core import Message, Wire
from ..._loops import Timer
from ...errors import ClosedError
from ._line import Gone, Line, Unspeakable
from ._results import built, error_of, payload_of

if TYPE_CHECKING:
    from .session import ClientSession

__all__ = ["REVISION", "UNSUPPORTED_VERSION", "Modern", "wants_any_era"]

Result = TypeVar("Result", bound=BaseModel)

REVISION = "2026-07-28"
#: How a server refuses a revision that it does not speak.
UNSUPPORTED_VERSION = -32022
#: What says which eras a session may speak, where nothing else does.
VARIABLE = "MCP_ENGINE_ERA"
#: Seconds that a server may take to say that it speaks the revision, before it is taken for an earlier one.
PROBE = 5.0
#: A server that does not say who it is.
NOBODY = {"name": "", "version": ""}
#: Rounds of input that one request may ask for.
MOST_ROUNDS = 16

_PREFIX = "io.modelcontextprotocol/"
#: What results of this revision have more than the SDK's.
_MORE = ("resultType", "ttlMs", "cacheScope")
_LISTENED = {"tools": "toolsListChanged", "prompts": "promptsListChanged", "resources": "resourcesListChanged"}


def wants_any_era(era: str | None, line: Line) -> bool:
    """Whether a server may be asked for this revision: ``era`` is "any", or else that of the environment, and the server is a program.

    Raises:
        ValueError: there is no such era.
    """
    wanted = era or os.environ.get(VARIABLE) or "legacy"
    if wanted not in ("any", "legacy"):
        raise ValueError(f'an era is "legacy" or "any", and not {wanted!r}')
    return wanted == "any" and isinstance(line.wire, Wire)


class Modern:
    """A server of this revision."""

    def __init__(self, session: ClientSession, line: Line, params: types.InitializeRequestParams) -> None:
        self._session = session
        self._line = line
        said = params.model_dump(by_alias=True, mode="json", exclude_none=True)
        # What was an experiment of the core is an extension now.
        said["capabilities"].pop("tasks", None)
        self._meta: dict[str, Any] = {
            f"{_PREFIX}protocolVersion": REVISION,
            f"{_PREFIX}clientCapabilities": said["capabilities"],
            f"{_PREFIX}clientInfo": said["clientInfo"],
        }
        #: What waits for a subscription to work, by the id of its request.
        self._opening: dict[int, Any] = {}
        #: What stays with a subscription, by the id of its request.
        self._held: dict[int, Timer] = {}
        #: Subscriptions to resources: the ids of their requests.
        self._resources: dict[str, int] = {}

    async def discover(self) -> types.InitializeResult | None:
        """What the server says of itself, as the SDK's handshake has it; None when it is of an earlier revision."""
        message = await self._probe()
        said = payload_of(message) if message is not None and message.kind == "response" else {}
        versions, capabilities = said.get("supportedVersions"), said.get("capabilities")
        if not isinstance(versions, list) or REVISION not in versions or not isinstance(capabilities, dict):
            return None
        meta = said.get("_meta")
        about = meta.get(f"{_PREFIX}serverInfo") if isinstance(meta, dict) else None
        told = {"protocolVersion": types.LATEST_PROTOCOL_VERSION, "capabilities": capabilities, "serverInfo": about or NOBODY}
        if said.get("instructions") is not None:
            told["instructions"] = said["instructions"]
        result = types.InitializeResult.model_validate(told)
        await self._hear_of_changes(capabilities)
        return result

    async def request(self, asked: dict[str, Any], result_type: type[Result], name: str, timeout: Any, progress: Any = None) -> Result:
        """Asks the server something."""
        method, params = asked["method"], asked.get("params") or {}
        if method == "logging/setLevel":
            self._meta[f"{_PREFIX}logLevel"] = params["level"]
        elif method == "ping":
            await self._ask("server/discover", {}, name, timeout)
        elif method == "resources/subscribe":
            await self._subscribe(params["uri"], name, timeout)
        elif method == "resources/unsubscribe":
            self._unsubscribe(params["uri"])
        else:
            message = await self._ask(method, params, name, timeout, progress)
            return built(_as_before(payload_of(message)), result_type)
        return built({}, result_type)

    async def call(self, tool: str, arguments: Any, timeout: Any) -> types.CallToolResult:
        """Calls a tool, as a request of the SDK's does."""
        params = {"name": tool} if arguments is None else {"name": tool, "arguments": arguments}
        return await self.request({"method": "tools/call", "params": params}, types.CallToolResult, "ClientRequest", timeout)

    def hears(self, method: str, params: dict[str, Any] | None) -> bool:
        """Whether a notification is one that the SDK does not know, and is dealt with here. What else it has of this revision is taken away."""
        meta = (params or {}).get("_meta") or {}
        id = meta.pop(f"{_PREFIX}subscriptionId", None)
        if params is not None and not meta:
            params.pop("_meta", None)
        if method != "notifications/subscriptions/acknowledged":
            return False
        opening = self._opening.pop(id, None)
        if opening is not None and not opening.done():
            opening.set_result(None)
        return True

    @staticmethod
    def says(method: str) -> bool:
        """Whether a client of this revision says that."""
        return method == "notifications/cancelled"

    async def _probe(self) -> Message | None:
        line = self._line
        id, future = await self._session._new_request(line)
        timer = line.loop.later(PROBE, lambda: None if future.done() else future.set_result(None))
        try:
            line.wire.ask(future, id, {"method": "server/discover", "params": {"_meta": self._meta}})
            line.send()
            message: Message | None = await future
        except (ClosedError, Gone):
            raise await line.closed() from None
        finally:
            timer.cancel()
            line.wire.forget(id)
        return message

    async def _ask(self, method: str, params: dict[str, Any], name: str, timeout: Any, progress: Any = None) -> Message:
        """Asks, and again with the input that the server wants, until there is an answer."""
        more: dict[str, Any] = {}
        for _ in range(MOST_ROUNDS):
            message = await self._ask_once(method, {**params, **more}, name, timeout, progress)
            if message.result_type != "input_required":
                return message
            wanted = payload_of(message)
            questions = wanted.get("inputRequests") or {}
            if not isinstance(questions, dict):
                raise _refused(types.INVALID_REQUEST, "inputRequests must be an object")
            more = {"inputResponses": {key: await self._input(key, question) for key, question in questions.items()}}
            if "requestState" in wanted:
                more["requestState"] = wanted["requestState"]
        raise _refused(types.INTERNAL_ERROR, f"the server asks for input more than {MOST_ROUNDS} times")

    async def _ask_once(self, method: str, params: dict[str, Any], name: str, timeout: Any, progress: Any) -> Message:
        session, line = self._session, self._line
        id, future = await session._new_request(line)
        meta = {**(params.get("_meta") or {}), **self._meta}
        if progress is not None:
            meta["progressToken"] = id
            session._progress_callbacks[id] = progress
        try:
            line.wire.ask(future, id, {"method": method, "params": {**params, "_meta": meta}})
        except ClosedError:
            session._progress_callbacks.pop(id, None)
            raise await line.closed() from None
        except (TypeError, ValueError) as error:
            session._progress_callbacks.pop(id, None)
            raise Unspeakable from error
        return await session._answer(line, id, future, name, timeout)

    async def _input(self, key: str, question: Any) -> dict[str, Any]:
        """What the application says to a question, which the SDK knows as a request."""
        try:
            request = types.ServerRequest.model_validate(question)
        except ValidationError as error:
            raise _refused(types.INVALID_PARAMS, f"the server asks for what this client does not know: {error}") from error
        kept: Any = _Kept()
        params: Any = request.root.params
        responder: Any = RequestResponder(key, params.meta if params else None, request, kept, lambda _: None)
        await self._session._received_request(responder)
        if isinstance(kept.response, types.ErrorData):
            raise McpError(kept.response)
        if kept.response is None:
            raise _refused(types.METHOD_NOT_FOUND, f"this client does not answer {request.root.method}")
        said: dict[str, Any] = kept.response.model_dump(by_alias=True, mode="json", exclude_none=True)
        return said

    async def _hear_of_changes(self, capabilities: dict[str, Any]) -> None:
        """Subscribes to what servers of earlier revisions tell everybody."""
        from mcp.client.session import _default_logging_callback

        if "logging" in capabilities and self._session._logging_callback is not _default_logging_callback:
            self._meta[f"{_PREFIX}logLevel"] = "debug"
        declared = {member for member in _LISTENED if (capabilities.get(member) or {}).get("listChanged")}
        if declared:
            await self._listen({_LISTENED[member]: True for member in sorted(declared)}, None)

    async def _subscribe(self, uri: str, name: str, timeout: Any) -> None:
        if uri in self._resources:
            return
        opening = self._line.loop.future()
        self._resources[uri] = await self._listen({"resourceSubscriptions": [uri]}, opening)
        try:
            await self._session._timed(self._line, opening, name, timeout)
        except BaseException:
            self._unsubscribe(uri)
            raise

    def _unsubscribe(self, uri: str) -> None:
        id = self._resources.pop(uri, None)
        if id is not None:
            self._opening.pop(id, None)
            self._held.pop(id).cancel()
            self._session._withdraw(self._line, id)

    async def _listen(self, wanted: dict[str, Any], opening: Any) -> int:
        """Subscribes. Returns the id; ``opening`` hears that it works, or does not."""
        line = self._line
        id, ending = await self._session._new_request(line)
        params = {"notifications": wanted, "_meta": self._meta}
        try:
            line.wire.ask(ending, id, {"method": "subscriptions/listen", "params": params})
        except ClosedError:
            raise await line.closed() from None
        line.send()
        if opening is not None:
            self._opening[id] = opening
        self._held[id] = line.loop.task(self._hold(id, ending))
        return id

    async def _hold(self, id: int, ending: Any) -> None:
        """Stays until a subscription has ended: the answer to its request comes then."""
        try:
            message: Message | None = await ending
        except Gone:
            message = None
        opening = self._opening.pop(id, None)
        if opening is None or opening.done():
            return
        if message is None:
            opening.set_exception(Gone())
        elif message.kind == "error":
            opening.set_exception(McpError(error_of(message)))
        else:
            opening.set_result(message)


class _Kept:
    """Stands for a session that sends an answer: keeps it."""

    response: Any = None

    async def _send_response(self, request_id: types.RequestId, response: Any) -> None:
        self.response = response


def _as_before(payload: dict[str, Any]) -> dict[str, Any]:
    """A result without what the SDK's have not."""
    for name in _MORE:
        payload.pop(name, None)
    meta = payload.get("_meta")
    if isinstance(meta, dict):
        meta.pop(f"{_PREFIX}serverInfo", None)
        if not meta:
            del payload["_meta"]
    return payload


def _refused(code: int, reason: str) -> McpError:
    return McpError(types.ErrorData(code=code, message=reason))
