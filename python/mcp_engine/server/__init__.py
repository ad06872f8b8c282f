"""Servers of MCP, in every revision, over standard input and output and over Streamable HTTP.

Functions become tools, prompts and resources: their annotations are the schema, their documentation is what the model reads. The protocol is the
engine's; a function is only called with arguments that fit::

    server = Server("calculator", "1.0")

    @server.tool()
    def add(a: int, b: int) -> int:
        "Adds two numbers."
        return a + b

    server.run()
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .. import __version__
from .._core import Limits, Serving
from ._bounds import Argument
from ._context import CapabilityError, Context, Elicited, InputRequired, Question, elicitation, roots, sampling
from ._dispatch import COMPLETIONS, Dispatcher
from ._entries import Completions, Entry, Prompt, Resource, Tool
from ._function import Function
from ._results import Audio, Image, Message, ToolResult

if TYPE_CHECKING:
    from .._loops import Loop

__all__ = [
    "Argument",
    "Audio",
    "CapabilityError",
    "Context",
    "Elicited",
    "Image",
    "InputRequired",
    "Message",
    "Question",
    "Server",
    "ToolResult",
    "elicitation",
    "roots",
    "sampling",
]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Server:
    """A server. Give it tools, prompts and resources, and ``run`` it.

    Args:
        name: What programs call it.
        version: Which version it is of.
        title, description, website_url, icons: What people see of it.
        instructions: How clients should use it.
        changeable: Whether tools, prompts and resources may come and go while it is served: then it has all three, and its clients are told.
        tasks: Whether tools may run as tasks, which clients poll: see ``tool``.
        versions: The revisions that it speaks; all by default.
        limits: What a client may make it hold.
        calls: Most calls that are served in Python at one time, of all clients.
        waiting: Most calls that wait for that; any more are refused.

    Raises:
        ValueError: no call could be served.
    """

    def __init__(
        self,
        name: str,
        version: str = __version__,
        *,
        title: str | None = None,
        description: str | None = None,
        website_url: str | None = None,
        icons: Sequence[Mapping[str, Any]] = (),
        instructions: str | None = None,
        changeable: bool = False,
        tasks: bool = False,
        versions: Sequence[str] | None = None,
        limits: Limits | None = None,
        calls: int = 1024,
        waiting: int = 65536,
    ) -> None:
        if isinstance(versions, str):
            raise TypeError(f"versions are a list of revisions, and not one: [{versions!r}]")
        if calls < 1 or waiting < 0:
            raise ValueError("a server serves at least one call, and lets none or more of them wait")
        self.name, self.version = name, version
        shown = {"title": title, "description": description, "websiteUrl": website_url, "icons": _listed(icons)}
        shown = {own: value for own, value in shown.items() if value is not None}
        self._options: dict[str, Any] = {
            "implementation": {"name": name, "version": version, **shown} if shown else None,
            "instructions": instructions,
            "changeable": changeable,
            "tasks": tasks,
            "versions": None if versions is None else list(versions),
            "limits": limits,
            "calls": calls,
            "waiting": waiting,
        }
        self._numbers = itertools.count(1)
        self._entries: dict[int, Entry] = {}
        self._completions = Completions()
        self._dispatchers: list[Dispatcher] = []

    def tool(
        self,
        name: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        annotations: Mapping[str, Any] | None = None,
        icons: Sequence[Mapping[str, Any]] = (),
        meta: Mapping[str, Any] | None = None,
        input_schema: Mapping[str, Any] | None = None,
        output_schema: Mapping[str, Any] | None = None,
        structured: bool = True,
        thread: bool = False,
        task: str | None = None,
        ask_first: Mapping[str, Question] | None = None,
    ) -> Callable[[Decorated], Decorated]:
        """Makes a function a tool.

        A plain function is called where calls are taken, and should not block; a coroutine function is a task of the event loop.

        Args:
            name: Its name; that of the function by default.
            title: What people call it.
            description: What the model reads; the documentation of the function by default.
            annotations: Hints: ``readOnlyHint`` and the like.
            icons: Pictures of it.
            meta: ``_meta``.
            input_schema: The schema of its arguments, instead of that of its annotations.
            output_schema: The schema of its structured content, instead of that of its annotation.
            structured: Whether what it returns is structured content as well, where its annotation has a schema.
            thread: Whether it blocks, and is called on a thread for that.
            task: "optional" or "required" where calls of it may or must be tasks.
            ask_first: What is asked before a call becomes a task (MCP 2026-07-28), so that the task need not wait for it: questions by the keys by which the
                function asks them.

        Raises:
            TypeError: an annotation has no schema; give it an ``input_schema``. Or the parentheses of ``@server.tool()`` are missing.
            ValueError: there is a tool of that name.
        """
        _assert_called("tool", name)

        def register(call: Decorated) -> Decorated:
            said = {
                "title": title,
                "description": description,
                "annotations": None if annotations is None else dict(annotations),
                "icons": _listed(icons),
                "_meta": None if meta is None else dict(meta),
                "inputSchema": None if input_schema is None else dict(input_schema),
                "outputSchema": None if output_schema is None else dict(output_schema),
                "execution": None if task is None else {"taskSupport": task},
            }
            function = Function(call, on_thread=thread)
            if input_schema is not None and not function.is_open:
                function.names |= set(input_schema.get("properties") or ())
            tool = Tool(function, name or function.name, said, structured)
            tool.first = None if ask_first is None else dict(ask_first)
            self._add(tool)
            return call

        return register

    def prompt(
        self,
        name: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        icons: Sequence[Mapping[str, Any]] = (),
        meta: Mapping[str, Any] | None = None,
    ) -> Callable[[Decorated], Decorated]:
        """Makes a function a prompt: it returns text, a ``Message``, or a list of them. See ``tool``."""
        _assert_called("prompt", name)

        def register(call: Decorated) -> Decorated:
            said = {"title": title, "description": description, "icons": _listed(icons), "_meta": meta}
            function = Function(call)
            self._add(Prompt(function, name or function.name, said))
            return call

        return register

    def resource(
        self,
        uri: str,
        *,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        mime_type: str | None = None,
        size: int | None = None,
        annotations: Mapping[str, Any] | None = None,
        icons: Sequence[Mapping[str, Any]] = (),
        meta: Mapping[str, Any] | None = None,
    ) -> Callable[[Decorated], Decorated]:
        """Makes a function a resource, or all resources of a template such as ``"notes://{day}"``, whose variables are its arguments. It returns text,
        bytes, or what becomes JSON. See ``tool``."""
        _assert_called("resource", uri)

        def register(call: Decorated) -> Decorated:
            said = {
                "name": name,
                "title": title,
                "description": description,
                "mimeType": mime_type,
                "size": size,
                "annotations": annotations,
                "icons": _listed(icons),
                "_meta": meta,
            }
            self._add(Resource(Function(call), uri, said))
            return call

        return register

    def completion(self, reference: str, argument: str) -> Callable[[Decorated], Decorated]:
        """Makes a function complete an argument of a prompt, by its name, or a variable of a template. It takes ``value``, what was typed so far, and
        ``context``, the other arguments, as far as it has parameters of these names, and returns texts, of which 100 are sent.

        Raises:
            RuntimeError: the server is being served, and had no completions when that began.
        """
        _assert_called("completion", reference)

        def register(call: Decorated) -> Decorated:
            if self._dispatchers and not self._completions:
                raise RuntimeError("a server that is being served has completions already, or gets none")
            self._completions.add(reference, argument, call)
            return call

        return register

    def add_tool(self, call: Callable[..., Any], name: str | None = None, **options: Any) -> None:
        """Adds a tool, now or while the server runs. Options are those of ``tool``.

        Raises:
            RuntimeError: the server is being served, and is not changeable.
        """
        self.tool(name, **options)(call)

    def add_prompt(self, call: Callable[..., Any], name: str | None = None, **options: Any) -> None:
        """Adds a prompt; see ``add_tool``."""
        self.prompt(name, **options)(call)

    def add_resource(self, uri: str, call: Callable[..., Any], **options: Any) -> None:
        """Adds a resource, or those of a template; see ``add_tool``."""
        self.resource(uri, **options)(call)

    def remove_tool(self, name: str) -> bool:
        """Removes a tool. Calls of it that have begun go on. Says whether there was one; see ``add_tool`` for what it raises."""
        return self._remove("tool", name)

    def remove_prompt(self, name: str) -> bool:
        """Removes a prompt; see ``remove_tool``."""
        return self._remove("prompt", name)

    def remove_resource(self, uri: str) -> bool:
        """Removes a resource, or those of a template; see ``remove_tool``."""
        return self._remove("template" if "{" in uri else "resource", uri)

    def resource_changed(self, uri: str) -> None:
        """Tells the clients that want to know that a resource has changed."""
        for dispatcher in self._dispatchers:
            dispatcher.serving.resource_changed(uri)

    def run(self, transport: str = "stdio", **options: Any) -> None:
        """Serves until the client has gone or the program is asked to end: by Ctrl-C or SIGTERM, after which what is being served is still answered,
        unless it is asked again.

        A server without coroutine functions does without an event loop.

        Args:
            transport: "stdio" or "http".
            options: Those of ``serve_http``.

        Raises:
            ValueError: for another transport.
            OSError: there is no such address, or standard input or output is closed.
            RuntimeError: the server is broken.
        """
        from . import _run

        if transport not in ("stdio", "http"):
            raise ValueError(f'a server runs on "stdio" or "http", and not on {transport!r}')
        if transport == "http":
            options.setdefault("ready", lambda url: print(f"{self.name} serves on {url}", file=sys.stderr, flush=True))
        elif options:
            raise TypeError("standard input and output have no options")
        begin = _run.on_stdio if transport == "stdio" else _run.on_http(**options)
        if self._is_plain():
            _run.run_here(self, begin)
        else:
            _run.run_asyncio(self, begin)

    async def serve_stdio(self) -> None:
        """Serves one client over standard input and output until it has gone, under asyncio or trio. They belong to the server from then on: what is
        printed goes to standard error.

        Raises:
            OSError: standard input or output is closed.
            RuntimeError: the connection is broken.
        """
        from . import _run

        await _run.serve(self, _run.on_stdio)

    async def serve_http(
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        path: str = "/mcp",
        allowed_hosts: Sequence[str] = (),
        allowed_origins: Sequence[str] = (),
        sse: bool = False,
        ready: Callable[[str], object] | None = None,
    ) -> None:
        """Serves clients over Streamable HTTP until ``stop`` is called, under asyncio or trio.

        Args:
            host: The address to listen on.
            port: Its port; 0 for any that is free.
            path: The path of the endpoint.
            allowed_hosts: Names beside those of the loopback that requests may be for; ``"*"`` for all.
            allowed_origins: Web pages that may ask; ``"*"`` for all.
            sse: Whether HTTP+SSE (MCP 2024-11-05) is there too, at /sse.
            ready: Hears the URL once it can be reached.

        Raises:
            OSError: there is no such address, or it is taken.
            ValueError: for what is no name of a host, no origin or no path.
            RuntimeError: the listener is broken.
        """
        from . import _run

        begin = _run.on_http(
            host=host,
            port=port,
            path=path,
            allowed_hosts=allowed_hosts,
            allowed_origins=allowed_origins,
            sse=sse,
            ready=ready,
        )
        await _run.serve(self, begin)

    def stop(self) -> None:
        """Ends everything that serves it, once what is being served is answered; called again, at once. May be called from any thread."""
        for dispatcher in list(self._dispatchers):
            dispatcher.stop()

    def _is_plain(self) -> bool:
        """Whether nothing of it needs an event loop."""
        functions = [entry.function for entry in self._entries.values()] + self._completions.functions()
        return not self._options["changeable"] and not any(own.is_async for own in functions)

    def _open(self, loop: Loop | None) -> Dispatcher:
        """What serves it from now on, until it is closed."""
        parts: dict[str, list[tuple[Any, ...]]] = {"tools": [], "prompts": [], "resources": [], "templates": []}
        for number, entry in self._entries.items():
            wraps = (entry.wraps, entry.first) if entry.kind == "tool" else ()
            parts[entry.kind + "s"].append((entry.definition, *wraps, number))
        options = {name: value for name, value in self._options.items() if value is not None}
        if self._completions:
            options["completion"] = COMPLETIONS
        serving = Serving(self.name, self.version, parts, **options, here=loop is None)
        dispatcher = Dispatcher(serving, self._entries, self._completions, loop)
        self._dispatchers.append(dispatcher)
        return dispatcher

    def _close(self, dispatcher: Dispatcher) -> None:
        self._dispatchers.remove(dispatcher)
        dispatcher.close()

    def _add(self, entry: Entry) -> None:
        if any(own.kind == entry.kind and own.name == entry.name for own in self._entries.values()):
            raise ValueError(f"there is a {entry.kind} of the name {entry.name!r} already")
        number = next(self._numbers)
        self._entries[number] = entry
        try:
            for dispatcher in self._dispatchers:
                dispatcher.serving.add(entry.kind, entry.definition, number, entry.wraps, entry.first)
        except BaseException:
            del self._entries[number]
            raise

    def _remove(self, kind: str, name: str) -> bool:
        for dispatcher in self._dispatchers:
            dispatcher.serving.remove(kind, name)
        found = [number for number, own in self._entries.items() if own.kind == kind and own.name == name]
        for number in found:
            del self._entries[number]
        return bool(found)


def _assert_called(decorator: str, name: Any) -> None:
    """What stands behind ``@`` is called first: else a function would be taken for a name, and be nothing of the server's."""
    if callable(name):
        wanted = f'@server.{decorator}({"" if decorator in ("tool", "prompt") else "…"})'
        raise TypeError(f"{getattr(name, '__name__', name)} became nothing of the server: the decorator is {wanted}, with parentheses")
    if name is not None and not (isinstance(name, str) and name):
        raise TypeError(f"a {decorator} is known by a text, and not by {name!r}")


def _listed(icons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    return [dict(icon) for icon in icons] or None
