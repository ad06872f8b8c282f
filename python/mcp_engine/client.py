"""A client for servers of every revision of MCP, under asyncio or trio.

The connection is the engine's: one call for each time that there is something to read does all the reading and parsing, and gives every
answer to whoever waits for it. Closing may be done twice, and from any task. A server that dies fails what waits for it at once, and is
started again for the next call::

    async with Client.stdio("uvx", "mcp-server-time") as client:
        result = await client.call_tool("get_current_time", {"timezone": "Europe/Zurich"})
        print(result.text)
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from . import __version__
from ._core import Channel, ConnectionEvent, Limits, Message, Program
from ._loops import Loop, Timer, running_loop
from .errors import ClosedError, LimitError, ProtocolError
from .types import Prompt, PromptResult, Resource, ResourceResult, ResourceTemplate, Tool, ToolResult

__all__ = ["Client", "Progress"]

Listed = TypeVar("Listed")
#: Hears how far a call is: the value, the total if it is known, and a message.
Progress = Callable[[float, float | None, str | None], object]
#: Answers a question of the server: it gets the parameters and returns the result, or a coroutine that does.
Answerer = Callable[[dict[str, Any]], Any]

#: Rounds of input that one call may ask for.
MOST_ROUNDS = 16
#: Requests of the server that are answered at one time.
MOST_QUESTIONS = 64
#: Pages of one listing.
MOST_PAGES = 1000


class Client:
    """A client of one server. Make one with ``Client.stdio``, and enter it or ``connect`` it.

    Args:
        program: The server.
        name: How the client calls itself.
        version: Which version it is of.
        sampling: Answers ``sampling/createMessage``.
        elicitation: Answers ``elicitation/create``.
        roots: The roots, or what answers ``roots/list``.
        on_notification: Hears every other notification: its method and its parameters.
        versions: The revisions that it speaks; all by default.
        limits: What the server may make it hold.
        timeout: Seconds that a call may take without a sign of life.
        respawn: Whether a server that has ended is started again for the next call.
    """

    def __init__(
        self,
        program: Program,
        *,
        name: str = "mcp-engine",
        version: str = __version__,
        sampling: Answerer | None = None,
        elicitation: Answerer | None = None,
        roots: Sequence[Mapping[str, Any]] | Answerer | None = None,
        on_notification: Callable[[str, dict[str, Any]], object] | None = None,
        versions: Sequence[str] | None = None,
        limits: Limits | None = None,
        timeout: float = 60.0,
        respawn: bool = True,
    ) -> None:
        self._program = program
        self._name, self._version = name, version
        self._answerers = _answerers(sampling, elicitation, roots)
        self._on_notification = on_notification
        self._options = {
            "capabilities": _capabilities(self._answerers),
            "versions": None if versions is None else list(versions),
            "limits": limits,
            "idle_timeout": timeout,
        }
        self._respawn = respawn
        self._link: _Link | None = None
        self._is_closed = False

    @classmethod
    def stdio(
        cls,
        command: str | os.PathLike[str],
        *arguments: str | os.PathLike[str],
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        inherit: str = "short",
        stderr: str = "keep",
        **options: Any,
    ) -> Client:
        """A client of a program: never a shell, in a process group of its own.

        Args:
            command: The program, looked for in ``PATH`` unless there is a slash in it.
            arguments: Its arguments, as they are.
            env: Variables that are added to what it inherits.
            cwd: Where it is started.
            inherit: What it inherits of our environment: "short" (HOME, LOGNAME, PATH, SHELL, TERM, USER), "all" or "nothing".
            stderr: What becomes of its standard error: "keep", the end at least, or "show" it too.
            options: Those of ``Client``.

        Raises:
            ValueError: for an ``inherit`` or ``stderr`` that there is not.
        """
        variables = None if env is None else list(env.items())
        return cls(Program(command, *arguments, env=variables, cwd=cwd, inherit=inherit, stderr=stderr), **options)

    async def __aenter__(self) -> Client:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Starts the server and agrees on a revision.

        Raises:
            OSError: the server cannot be started.
            ClosedError: it ended, or refused, before they agreed; or the client was closed.
        """
        await (await self._open()).ready()

    async def close(self) -> None:
        """Ends the conversation and the server. Calls that wait raise ClosedError. May be called twice, and from any task."""
        self._is_closed = True
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @property
    def protocol_version(self) -> str | None:
        """The revision that was agreed on; None while there is no connection."""
        return self._link.channel.version if self._link else None

    @property
    def server_info(self) -> dict[str, Any] | None:
        """The name and version of the server; None while there is no connection."""
        return self._link.channel.server_info if self._link else None

    @property
    def server_capabilities(self) -> dict[str, Any] | None:
        """What the server has declared; None while there is no connection."""
        return self._link.channel.server_capabilities if self._link else None

    @property
    def instructions(self) -> str | None:
        """How the server wants to be used."""
        return self._link.channel.instructions if self._link else None

    @property
    def stderr_tail(self) -> bytes:
        """The last that the server wrote to its standard error."""
        return self._link.channel.stderr_tail() if self._link else b""

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> ToolResult:
        """Calls a tool. A tool that has failed says so by ``is_error`` of its result.

        Args:
            name: The tool.
            arguments: What it is given: anything that JSON can say.
            progress: Hears how far it is.
            timeout: Seconds that it may take without a sign of life, instead of the client's.

        Raises:
            PeerError: the server answered with an error, as for a tool that there is not.
            TimeoutError: it took too long, and the server was told.
            ClosedError: the connection ended before the answer came.
            ValueError: the arguments are no JSON.
        """
        link = self._link
        if link is None or not link.is_open:
            link = await self._open()
            await link.ready()
        if arguments is not None and not isinstance(arguments, dict):
            arguments = dict(arguments)
        future = link.loop.future()
        id = link.channel.call_tool(future, name, arguments, progress=progress is not None, idle_timeout=timeout)
        message = await link.answer(id, future, progress)
        if message.result_type == "input_required":
            params = {"name": name, **({} if arguments is None else {"arguments": arguments})}
            message = await self._give_input(link, "tools/call", params, message, progress, timeout)
        return ToolResult(message)

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Message:
        """Asks the server anything, and returns the answer as it came. See ``call_tool`` for what it raises."""
        link = await self._open()
        await link.ready()
        params = None if params is None else dict(params)
        future = link.loop.future()
        id = link.channel.request(future, method, params, progress=progress is not None, idle_timeout=timeout)
        message = await link.answer(id, future, progress)
        if message.result_type == "input_required":
            message = await self._give_input(link, method, params or {}, message, progress, timeout)
        return message

    async def notify(self, method: str, params: Mapping[str, Any] | None = None) -> None:
        """Says something to the server.

        Raises:
            ProtocolError: the revision does not let a client say that.
            ClosedError: the connection has ended.
        """
        link = await self._open()
        await link.ready()
        link.channel.notify(method, None if params is None else dict(params))
        link.send()

    async def list_tools(self) -> list[Tool]:
        """All tools, of all pages. See ``call_tool`` for what it raises, and LimitError for a listing without end."""
        return await self._list("tools/list", "tools", Tool)

    async def list_prompts(self) -> list[Prompt]:
        """All prompts; see ``list_tools``."""
        return await self._list("prompts/list", "prompts", Prompt)

    async def list_resources(self) -> list[Resource]:
        """All resources; see ``list_tools``."""
        return await self._list("resources/list", "resources", Resource)

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """All templates of resources; see ``list_tools``."""
        return await self._list("resources/templates/list", "resourceTemplates", ResourceTemplate)

    async def read_resource(self, uri: str) -> ResourceResult:
        """Reads a resource. See ``call_tool`` for what it raises."""
        message = await self.request("resources/read", {"uri": uri})
        return ResourceResult(message.payload())

    async def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> PromptResult:
        """Fills a prompt in. See ``call_tool`` for what it raises."""
        params = {"name": name, **({} if arguments is None else {"arguments": dict(arguments)})}
        message = await self.request("prompts/get", params)
        return PromptResult(message.payload())

    async def complete(
        self, reference: Mapping[str, Any], argument: str, value: str, context: Mapping[str, str] | None = None
    ) -> list[str]:
        """What an argument of a prompt or a template may become. See ``call_tool`` for what it raises."""
        params: dict[str, Any] = {"ref": dict(reference), "argument": {"name": argument, "value": value}}
        if context is not None:
            params["context"] = {"arguments": dict(context)}
        message = await self.request("completion/complete", params)
        return message.payload()["completion"]["values"]

    async def ping(self) -> None:
        """Asks whether the server is there: with ``ping``, or ``server/discover`` where MCP has no ping any more."""
        link = await self._open()
        await link.ready()
        await self.request("server/discover" if link.channel.era == "modern" else "ping")

    async def _open(self) -> _Link:
        """The connection, opened if there is none."""
        if self._is_closed:
            raise _closed("the client was closed")
        link = self._link
        if link is not None and not link.is_over:
            return link
        if link is not None and not self._respawn:
            raise await link.reason()
        loop = running_loop()
        options = {name: value for name, value in self._options.items() if value is not None}
        channel = Channel.open(self._program, self._name, self._version, **options)
        self._link = _Link(loop, channel, self._answerers, self._on_notification)
        return self._link

    async def _list(self, method: str, member: str, make: Callable[[dict[str, Any]], Listed]) -> list[Listed]:
        found: list[Listed] = []
        seen: set[str] = set()
        params: dict[str, Any] | None = None
        while True:
            page = (await self.request(method, params)).payload()
            found.extend(map(make, page[member]))
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                return found
            if cursor in seen or len(seen) >= MOST_PAGES:
                reason = "the listing has more pages than Limits.pages, or repeats one"
                raise LimitError(reason, "limit", "pages", reason, None, -32603)
            seen.add(cursor)
            params = {"cursor": cursor}

    async def _give_input(
        self,
        link: _Link,
        method: str,
        params: dict[str, Any],
        message: Message,
        progress: Progress | None,
        timeout: float | None,
    ) -> Message:
        """Answers what the server wants to know before it answers (MCP 2026-07-28)."""
        for _ in range(MOST_ROUNDS):
            questions = message.payload().get("inputRequests") or {}
            answers = {key: await link.ask(one["method"], one.get("params") or {}) for key, one in questions.items()}
            future = link.loop.future()
            id = link.channel.retry(
                future, method, params, message, answers, progress=progress is not None, idle_timeout=timeout
            )
            message = await link.answer(id, future, progress)
            if message.result_type != "input_required":
                return message
        reason = f"the server asks for input more than {MOST_ROUNDS} times"
        raise LimitError(reason, "limit", "input-rounds", reason, None, -32603)


class _Link:
    """A connection, on the loop on which it was opened."""

    def __init__(
        self,
        loop: Loop,
        channel: Channel,
        answerers: Mapping[str, Answerer],
        on_notification: Callable[[str, dict[str, Any]], object] | None,
    ) -> None:
        self.loop = loop
        self.channel = channel
        #: Whether calls can be made, and whether none can any more.
        self.is_open, self.is_over = False, False
        self._answerers = answerers
        self._on_notification = on_notification
        self._progress: dict[int, Progress] = {}
        self._questions: dict[Any, Timer] = {}
        self._waiting: list[Any] = []
        self._is_gone = False
        self._mourners: list[Any] = []
        self._is_sending, self._is_full = False, False
        self._timer: Timer | None = None
        self._descriptors = channel.descriptors()
        if self._descriptors is not None:
            loop.watch_reads(self._descriptors[0], self._readable)
        self.send()

    async def ready(self) -> None:
        """Waits until calls can be made."""
        if self.is_open:
            return
        if not self.is_over:
            future = self.loop.future()
            self._waiting.append(future)
            await future
        if self.is_over:
            raise await self.reason()

    def send(self) -> None:
        """Sends what waits, together with all else of this turn of the loop."""
        if not self._is_sending:
            self._is_sending = True
            self.loop.soon(self._flush)
        if self._timer is None:
            self._set_timer()

    async def answer(self, id: int, future: Any, progress: Progress | None) -> Message:
        """Waits for the answer to a request."""
        if progress is not None:
            self._progress[id] = progress
        self.send()
        try:
            return await future
        except ClosedError:
            raise await self.reason() from None
        except self.loop.cancelled:
            self.channel.cancel(id, "cancelled")
            self.send()
            raise
        finally:
            if progress is not None:
                self._progress.pop(id, None)

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """What the application says to a question of the server."""
        answerer = self._answerers.get(method)
        if answerer is None:
            reason = f"this client does not answer {method}"
            raise ProtocolError(reason, "peer", "method-not-here", reason, None, -32601)
        answer = answerer(params)
        return await answer if inspect.isawaitable(answer) else answer

    async def reason(self) -> ClosedError:
        """Why the connection is over. Waits a moment for the last words of the server."""
        await self._gone(MOMENT)
        why = self.channel.closing or "the connection was closed"
        status = self.channel.returncode
        if status is not None:
            why += f"; the server has ended with status {status}"
        said = self.channel.stderr_tail()[-LONGEST_EXCUSE:].decode("utf-8", "replace").strip()
        return _closed(f"{why}; it wrote: {said!r}" if said else why)

    async def close(self) -> None:
        """Ends it, and waits until the server has ended, as the engine sees to."""
        if not self.loop.is_here():
            self.loop.from_thread(self._shut)
            return
        self._shut()
        await self.loop.shield(self._gone())

    async def _gone(self, limit: float | None = None) -> None:
        """Waits until nothing is left of the server, or for so long."""
        if self._is_gone:
            return
        future = self.loop.future()
        self._mourners.append(future)
        timer = None if limit is None else self.loop.later(limit, lambda: _release([future]))
        await future
        if timer is not None:
            timer.cancel()

    def _ended(self) -> None:
        self._is_gone = True
        self.loop.unwatch_reads(self.channel.ended)
        _release(self._mourners)

    def _shut(self) -> None:
        self._handle(self.channel.close())
        self._over()

    def _over(self) -> None:
        """Nothing is read or written any more."""
        if self.is_over:
            return
        self.is_open, self.is_over = False, True
        if self._descriptors is not None:
            self.loop.unwatch_reads(self._descriptors[0])
            if self._is_full:
                self.loop.unwatch_writes(self._descriptors[1])
        if self._timer is not None:
            self._timer.cancel()
        for question in self._questions.values():
            question.cancel()
        self._questions.clear()
        _release(self._waiting)
        # Only now, so that nobody else has the descriptors before they are forgotten here.
        self.channel.close()
        self.loop.watch_reads(self.channel.ended, self._ended)

    def _readable(self) -> None:
        events = self.channel.readable()
        if events is not None:
            self._handle(events)

    def _flush(self) -> None:
        self._is_sending = False
        is_full = self.channel.flush() and not self.is_over
        if is_full and not self._is_full and self._descriptors is not None:
            self.loop.watch_writes(self._descriptors[1], self._flush)
        elif self._is_full and not is_full and self._descriptors is not None:
            self.loop.unwatch_writes(self._descriptors[1])
        self._is_full = is_full

    def _set_timer(self) -> None:
        due = None if self.is_over else self.channel.timeout()
        self._timer = None if due is None else self.loop.later(due, self._timed_out)

    def _timed_out(self) -> None:
        self._handle(self.channel.handle_timeout())
        self._set_timer()
        self.send()

    def _handle(self, events: Sequence[ConnectionEvent] | None) -> None:
        for event in events or ():
            handle = _HANDLERS.get(event.kind)
            if handle is not None:
                handle(self, event)

    def _ready(self, _: ConnectionEvent) -> None:
        self.is_open = True
        _release(self._waiting)
        self.send()

    def _closed(self, _: ConnectionEvent) -> None:
        self._over()

    def _progressed(self, event: ConnectionEvent) -> None:
        hear = self._progress.get(event.id) if isinstance(event.id, int) else None
        if hear is not None and event.message is not None:
            params = event.message.payload()
            hear(params["progress"], params.get("total"), params.get("message"))

    def _notified(self, event: ConnectionEvent) -> None:
        message = event.message
        if self._on_notification is not None and message is not None:
            self._on_notification(message.method or "", message.payload() or {})

    def _requested(self, event: ConnectionEvent) -> None:
        if len(self._questions) >= MOST_QUESTIONS:
            self._reply_error(event.id, -32603, "too many questions at one time")
            return
        self._questions[event.id] = self.loop.task(self._serve(event))

    def _cancelled(self, event: ConnectionEvent) -> None:
        question = self._questions.pop(event.id, None)
        if question is not None:
            question.cancel()
        self._reply_error(event.id, -32603, "cancelled")

    async def _serve(self, event: ConnectionEvent) -> None:
        """Answers a request of the server."""
        message = event.message
        assert message is not None
        try:
            answer = await self.ask(message.method or "", message.payload() or {})
        except ProtocolError as error:
            self._reply_error(event.id, error.code, str(error))
        except Exception as error:
            self._reply_error(event.id, -32603, f"{type(error).__name__}: {error}")
        else:
            self._reply(event.id, answer)
        finally:
            self._questions.pop(event.id, None)

    def _reply(self, id: Any, answer: Any) -> None:
        try:
            self.channel.respond(id, answer)
        except ClosedError:
            return
        except Exception as error:
            self._reply_error(id, -32603, f"{type(error).__name__}: {error}")
        self.send()

    def _reply_error(self, id: Any, code: int, reason: str) -> None:
        try:
            self.channel.respond_error(id, code, reason)
        except ClosedError:
            return
        self.send()


_HANDLERS: dict[str, Callable[[_Link, ConnectionEvent], None]] = {
    "ready": _Link._ready,
    "closed": _Link._closed,
    "progress": _Link._progressed,
    "notification": _Link._notified,
    "request": _Link._requested,
    "cancelled": _Link._cancelled,
}

#: Seconds that an exception waits for the last words of a server that has ended.
MOMENT = 1.0
#: Bytes of the server's standard error that an exception quotes.
LONGEST_EXCUSE = 400


def _release(waiting: list[Any]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
    waiting.clear()


def _closed(reason: str) -> ClosedError:
    return ClosedError(reason, "misuse", "closed", reason, None, -32603)


def _answerers(
    sampling: Answerer | None, elicitation: Answerer | None, roots: Sequence[Mapping[str, Any]] | Answerer | None
) -> dict[str, Answerer]:
    answerers: dict[str, Answerer] = {}
    if sampling is not None:
        answerers["sampling/createMessage"] = sampling
    if elicitation is not None:
        answerers["elicitation/create"] = elicitation
    if callable(roots):
        answerers["roots/list"] = roots
    elif roots is not None:
        listed = {"roots": [dict(root) for root in roots]}
        answerers["roots/list"] = lambda _: listed
    return answerers


def _capabilities(answerers: Mapping[str, Answerer]) -> dict[str, Any]:
    declared: dict[str, Any] = {}
    if "sampling/createMessage" in answerers:
        declared["sampling"] = {}
    if "elicitation/create" in answerers:
        declared["elicitation"] = {"form": {}}
    if "roots/list" in answerers:
        declared["roots"] = {}
    return declared
