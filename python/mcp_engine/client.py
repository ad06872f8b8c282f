"""A client for servers of every revision of MCP, under asyncio or trio.

The connection is the engine's: one call for each time that there is something to read does all the reading and parsing, and gives every
answer to whoever waits for it. Closing may be done twice, and from any task. A server that dies fails what waits for it at once, and is
started again, or connected to again, for the next call::

    async with Client.stdio("uvx", "mcp-server-time") as client:
        result = await client.call_tool("get_current_time", {"timezone": "Europe/Zurich"})
        print(result.text)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from . import __version__
from ._core import Channel, Limits, Message, Program, Remote
from ._endings import close_at_exit
from ._link import Answerer, Link, Progress, closed
from ._loops import running_loop
from .errors import LimitError, TransportError
from .types import Prompt, PromptResult, Resource, ResourceResult, ResourceTemplate, Tool, ToolResult, listed, text_of

__all__ = ["Client", "Progress"]

Listed = TypeVar("Listed")
#: The revisions that HTTP+SSE carries.
LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
#: Seconds that a server may take to say that it speaks the modern era.
PROBE = 5.0
#: Rounds of input that one call may ask for.
MOST_ROUNDS = 16
#: Pages of one listing.
MOST_PAGES = 1000


class Client:
    """A client of one server. Make one with ``Client.stdio``, ``http``, ``sse``, ``websocket``, ``unix`` or ``tcp``, and enter it or ``connect``
    it.

    Args:
        server: The program to start, or the server to connect to.
        name: How the client calls itself.
        version: Which version it is of.
        sampling: Answers ``sampling/createMessage``. As the others that answer, it refuses by a ``PeerError``, with its code, message and data.
        elicitation: Answers ``elicitation/create``.
        roots: The roots, or what answers ``roots/list``.
        on_notification: Hears every other notification, also those that MCP does not have: its method and its parameters. A coroutine function hears one
            after the other; what more than 1,024 are behind is left out, and logged.
        versions: The revisions that it speaks; all by default.
        limits: What the server may make it hold.
        timeout: Seconds that a call may take without a sign of life; infinite for any number of them.
        handshake_timeout: Seconds until the server is reached, or started, and both have agreed on a revision.
        respawn: Whether a server that has ended is started again, or connected to again, for the next call.
    """

    def __init__(
        self,
        server: Program | Remote,
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
        handshake_timeout: float = 60.0,
        respawn: bool = True,
    ) -> None:
        if isinstance(versions, str):
            raise TypeError(f"versions are a list of revisions, and not one: [{versions!r}]")
        if on_notification is not None and not callable(on_notification):
            raise TypeError(f"on_notification is a function, and not {on_notification!r:.80}")
        self._server = server
        self._name, self._version = name, version
        self._answerers = _answerers(sampling, elicitation, roots)
        self._on_notification = on_notification
        self._options = {
            "capabilities": _capabilities(self._answerers),
            "versions": None if versions is None else list(versions),
            "limits": limits,
            "idle_timeout": timeout,
            # A server that does not answer the probe is still asked in the way of the other era.
            "probe_timeout": min(PROBE, handshake_timeout / 2),
            "handshake_timeout": handshake_timeout,
        }
        self._handshake_timeout = handshake_timeout
        self._respawn = respawn
        self._link: Link | None = None
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

    @classmethod
    def http(
        cls,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        addresses: str = "any",
        listen: bool = True,
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        **options: Any,
    ) -> Client:
        """A client of a server of Streamable HTTP, in any revision. One of HTTP+SSE (MCP 2024-11-05) is found out, too.

        Args:
            url: Where the server is: ``http`` or ``https``.
            headers: Headers of every request, such as ``Authorization``. They go to this server and nowhere else, and are shown nowhere.
            addresses: "any", or "public" for a URL that comes from elsewhere: then no name leads to addresses of this machine or its network.
            listen: Whether the server may say something that belongs to no request; it takes a connection of its own.
            connect_timeout: Seconds until a connection is made.
            read_timeout: Seconds that a response may bring nothing, whatever the ``timeout`` of the call is.
            options: Those of ``Client``.

        Raises:
            ValueError: for a URL that is none of a server, a header that cannot be given, and values that there are not.
        """
        own = None if headers is None else list(headers.items())
        remote = Remote.http(
            url, own, addresses=addresses, listen=listen, connect_timeout=connect_timeout, read_timeout=read_timeout
        )
        return cls(remote, **options)

    @classmethod
    def sse(
        cls,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        addresses: str = "any",
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        **options: Any,
    ) -> Client:
        """A client of a server of HTTP+SSE (MCP 2024-11-05), which is the URL of its event stream. See ``http``."""
        own = None if headers is None else list(headers.items())
        remote = Remote.http(
            url, own, kind="sse", addresses=addresses, connect_timeout=connect_timeout, read_timeout=read_timeout
        )
        return cls(remote, **{"versions": LEGACY, **options})

    @classmethod
    def websocket(cls, url: str, **options: Any) -> Client:
        """A client of a server of WebSockets, at ``ws://host:port/path`` or ``wss://…``, with the options of ``Client``."""
        return cls(Remote.websocket(url), **options)

    @classmethod
    def unix(cls, path: str | os.PathLike[str], **options: Any) -> Client:
        """A client of a server that listens at the path of a socket of Unix, with the options of ``Client``."""
        return cls(Remote.unix(path), **options)

    @classmethod
    def tcp(cls, host: str, port: int, **options: Any) -> Client:
        """A client of a server that speaks lines over TCP, with the options of ``Client``."""
        return cls(Remote.tcp(host, port), **options)

    async def __aenter__(self) -> Client:
        try:
            await self.connect()
        except BaseException:
            link, self._link = self._link, None
            if link is not None:
                await link.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Starts the server and agrees on a revision.

        Raises:
            OSError: the server cannot be started.
            TransportError: it cannot be reached, or wants other credentials: ``status`` and ``challenge`` are what it said.
            TimeoutError: it took longer than ``handshake_timeout``.
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
            progress: Hears how far it is: the value, the total and a message, the last two perhaps None. It may be a coroutine function; see
                ``on_notification``.
            timeout: Seconds that it may take without a sign of life, instead of the client's.

        Raises:
            PeerError: the server answered with an error, as for a tool that there is not.
            TimeoutError: it took too long, and the server was told.
            TransportError: the way to the answer is lost; the client stays open.
            ClosedError: the connection ended before the answer came.
            ValueError: the arguments are no JSON.
        """
        link = self._link
        if link is None or not link.is_open or not link.loop.is_here():
            link = await self._open()
            await link.ready()
        arguments = _object(arguments, "arguments")
        future = link.loop.future()
        id = link.channel.call_tool(future, name, arguments, progress=progress is not None, idle_timeout=timeout)
        try:
            message = await link.answer(id, future, progress)
        except TransportError as error:
            link = await self._renewed(link, error)
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
        params = _object(params, "params")
        future = link.loop.future()
        id = link.channel.request(future, method, params, progress=progress is not None, idle_timeout=timeout)
        try:
            message = await link.answer(id, future, progress)
        except TransportError as error:
            link = await self._renewed(link, error)
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
        link.channel.notify(method, _object(params, "params"))
        link.send()

    async def list_tools(self) -> list[Tool]:
        """All tools, of all pages. See ``call_tool`` for what it raises; LimitError for a listing without end, ProtocolError for one that breaks MCP."""
        return await self._list("tools/list", "tools", Tool.read)

    async def list_prompts(self) -> list[Prompt]:
        """All prompts; see ``list_tools``."""
        return await self._list("prompts/list", "prompts", Prompt.read)

    async def list_resources(self) -> list[Resource]:
        """All resources; see ``list_tools``."""
        return await self._list("resources/list", "resources", Resource.read)

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """All templates of resources; see ``list_tools``."""
        return await self._list("resources/templates/list", "resourceTemplates", ResourceTemplate.read)

    async def read_resource(self, uri: str) -> ResourceResult:
        """Reads a resource. See ``call_tool`` for what it raises."""
        message = await self.request("resources/read", {"uri": uri})
        return ResourceResult.read(message.payload())

    async def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> PromptResult:
        """Fills a prompt in. See ``call_tool`` for what it raises."""
        params = {"name": name, **({} if arguments is None else {"arguments": _object(arguments, "arguments")})}
        message = await self.request("prompts/get", params)
        return PromptResult.read(message.payload())

    async def complete(
        self, reference: str | Mapping[str, Any], argument: str, value: str, context: Mapping[str, str] | None = None
    ) -> list[str]:
        """What an argument of a prompt or a template may become.

        Args:
            reference: The name of a prompt, the URI of a template, or an object of MCP with a ``type`` of its own.
            argument: The argument, or the variable.
            value: What was typed so far.
            context: The other arguments, as far as they are known.

        Raises:
            PeerError: there is no such prompt, or the server completes nothing. See ``call_tool`` for what else it raises.
        """
        params: dict[str, Any] = {"ref": _reference(reference), "argument": {"name": argument, "value": value}}
        if context is not None:
            params["context"] = {"arguments": _object(context, "context")}
        message = await self.request("completion/complete", params)
        completion = message.payload().get("completion")
        values = completion.get("values") if isinstance(completion, dict) else None
        return listed(values, "result.completion.values", str)

    async def ping(self) -> None:
        """Asks whether the server is there: with ``ping``, or ``server/discover`` where MCP has no ping any more."""
        link = await self._open()
        await link.ready()
        await self.request("server/discover" if link.channel.era == "modern" else "ping")

    async def _open(self) -> Link:
        """The connection, opened if there is none."""
        if self._is_closed:
            raise closed("the client was closed", "caller")
        link = self._link
        if link is not None and not link.is_over:
            if not link.loop.is_here():
                raise RuntimeError("a client belongs to the event loop on which it was opened, and this is another one")
            return link
        if link is not None and not self._respawn:
            raise await link.reason()
        loop = running_loop()
        options = {name: value for name, value in self._options.items() if value is not None}
        channel = Channel.open(self._server, self._name, self._version, **options)
        self._link = Link(loop, channel, self._answerers, self._on_notification, self._handshake_timeout)
        if channel.pid is not None:
            close_at_exit(self._link)
        return self._link

    async def _renewed(self, link: Link, error: TransportError) -> Link:
        """A new session, when the server has forgotten the old one before it took a request; else the error is raised."""
        if error.rule != "session-over" or not self._respawn:
            raise error
        await link.close()
        link = await self._open()
        await link.ready()
        return link

    async def _list(self, method: str, member: str, read: Callable[[Any, str], Listed]) -> list[Listed]:
        found: list[Listed] = []
        seen: set[str] = set()
        params: dict[str, Any] | None = None
        while True:
            page = (await self.request(method, params)).payload()
            where = f"result.{member}"
            found += [read(one, f"{where}[{at}]") for at, one in enumerate(listed(page.get(member), where, dict))]
            cursor = page.get("nextCursor")
            if cursor is None:
                return found
            cursor = text_of(cursor, "result.nextCursor")
            if cursor in seen or len(seen) >= MOST_PAGES:
                reason = "the listing has more pages than Limits.pages, or repeats one"
                raise LimitError(reason, "limit", "pages", reason, None, -32603)
            seen.add(cursor)
            params = {"cursor": cursor}

    async def _give_input(
        self,
        link: Link,
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
        asked = ", ".join(sorted({str(one.get("method")) for one in questions.values()})) or "nothing"
        reason = f"the server asks for input more than {MOST_ROUNDS} times, at last by {asked}: it may not take the answers"
        raise LimitError(reason, "limit", "input-rounds", reason, None, -32603)


def _object(value: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    if value is None or isinstance(value, dict):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} have names: they are a dict, and not {value!r:.80}")
    return dict(value)


def _reference(reference: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(reference, str):
        is_uri = "://" in reference or "{" in reference
        return {"type": "ref/resource", "uri": reference} if is_uri else {"type": "ref/prompt", "name": reference}
    return dict(reference)


def _answerers(
    sampling: Answerer | None, elicitation: Answerer | None, roots: Sequence[Mapping[str, Any]] | Answerer | None
) -> dict[str, Answerer]:
    for name, own in ("sampling", sampling), ("elicitation", elicitation):
        if own is not None and not callable(own):
            raise TypeError(f"{name} is a function that answers, and not {own!r:.80}")
    answerers: dict[str, Answerer] = {}
    if sampling is not None:
        answerers["sampling/createMessage"] = sampling
    if elicitation is not None:
        answerers["elicitation/create"] = elicitation
    if callable(roots):
        answerers["roots/list"] = roots
    elif roots is not None:
        if isinstance(roots, str) or not all(isinstance(root, Mapping) for root in roots):
            raise TypeError(f'roots are objects such as {{"uri": "file:///home"}}, or a function that lists them, and not {roots!r:.80}')
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
