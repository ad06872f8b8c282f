"""The part of the step ``aggregator`` that keeps persistent connections: how they are started, found dead, and closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from .._patches import Patch, Undo
from .._switches import is_kept
from ._undo import undo_of

__all__ = ["Closing", "Connections", "Lifecycle"]

_MODULE = "mcp_agent.mcp.mcp_connection_manager"

#: How long closing waits for servers to end, as without the step.
CLOSE_SECONDS = 5.0
#: How long ``disconnect_all`` waits for them at most. Without the step it always does.
DISCONNECT_SECONDS = 0.2


class Connections(Patch):
    """``get_server`` waits for a server that is being started, and starts one again that has died."""

    module = _MODULE

    def apply(self, module: ModuleType) -> Undo:
        manager = module.MCPConnectionManager
        legacy: Callable[..., Awaitable[Any]] = manager.get_server

        async def get_server(self: Any, server_name: str, *args: Any, **kwargs: Any) -> Any:
            connection = self.running_servers.get(server_name)
            if isinstance(connection, module.ServerConnection) and _is_ready(connection):
                # Nothing changes while nothing is awaited, and to wait for the lock takes two turns of the loop.
                return connection
            async with self._lock:
                connection = self.running_servers.get(server_name)
                if isinstance(connection, module.ServerConnection) and _has_died(connection) and not is_kept("respawn"):
                    module.logger.warning(f"{server_name}: The server has closed its connection, and is started again")
                    self.running_servers.pop(server_name)
                    connection.request_shutdown()
            if isinstance(connection, module.ServerConnection) and _is_starting(connection) and not is_kept("get_server"):
                await connection.wait_for_initialized()
                # Whoever started it says so when it could not be.
                if not connection.is_healthy() and connection._error:
                    raise module.ServerInitializationError(_failed(server_name, connection))
            return await legacy(self, server_name, *args, **kwargs)

        manager.get_server = get_server
        return undo_of(manager, get_server=legacy)


def _is_ready(connection: Any) -> bool:
    if not connection._initialized_event.is_set() or not connection.is_healthy():
        return False
    return is_kept("respawn") or not _has_died(connection)


def _is_starting(connection: Any) -> bool:
    return not connection._initialized_event.is_set() and not connection._is_shutdown_requested_flag()


def _has_died(connection: Any) -> bool:
    """Whether nothing can come any more from a server that had been ready."""
    if not connection._initialized_event.is_set() or connection.session is None:
        return False
    stream = getattr(connection.session, "_read_stream", None)
    line = getattr(stream, "line", None)
    if line is not None:
        # A stream of ours.
        return bool(line.is_over)
    return isinstance(stream, MemoryObjectReceiveStream) and stream.statistics().open_send_streams == 0


def _failed(server_name: str, connection: Any) -> str:
    reason = connection._error_message or "Unknown error"
    return f"MCP Server: '{server_name}': Failed to initialize with error: '{reason}'. Check mcp_agent.config.yaml"


class Lifecycle(Patch):
    """A connection says why it could not be made and when it has ended, and its session knows the id that HTTP gave it."""

    module = _MODULE

    def apply(self, module: ModuleType) -> Undo:
        connection_class = module.ServerConnection
        legacy: Callable[[Any], Awaitable[None]] = module._server_lifecycle_task
        legacy_create: Callable[..., Any] = connection_class.create_session

        async def lifecycle(connection: Any) -> None:
            own = connection.__dict__
            ended = own["_mcp_engine_ended"] = anyio.Event()
            connection._transport_context_factory = _told(connection, connection._transport_context_factory)
            try:
                await legacy(connection)
            finally:
                if not connection._initialized_event.is_set():
                    connection._error, connection._error_message = True, "it was closed before it was ready"
                elif connection._error and not is_kept("reason"):
                    connection._error_message = own.get("_mcp_engine_reason") or connection._error_message
                connection._initialized_event.set()
                ended.set()

        def create_session(self: Any, *args: Any, **kwargs: Any) -> Any:
            session = legacy_create(self, *args, **kwargs)
            id_of = next(iter(self.__dict__.get("_mcp_engine_extras", ())), None)
            if callable(id_of) and hasattr(session, "set_session_id_callback") and not is_kept("session_id"):
                session.set_session_id_callback(id_of)
            return session

        module._server_lifecycle_task = lifecycle  # type: ignore[attr-defined]
        connection_class.create_session = create_session
        undo_create = undo_of(connection_class, create_session=legacy_create)
        undo_lifecycle = undo_of(module, _server_lifecycle_task=legacy)

        def undo() -> None:
            undo_create()
            undo_lifecycle()

        return undo


def _told(connection: Any, factory: Callable[[], Any]) -> Callable[[], Any]:
    """Opens the transport of a connection, and remembers what came with it and how it ended."""

    @asynccontextmanager
    async def transport() -> AsyncIterator[Any]:
        try:
            async with factory() as streams:
                connection.__dict__["_mcp_engine_extras"] = streams[2:]
                yield streams
        except Exception as error:
            connection.__dict__["_mcp_engine_reason"] = "; ".join(dict.fromkeys(_reasons(error)))
            raise

    return transport


def _reasons(error: BaseException) -> list[str]:
    """What the errors in a group say, or are."""
    if isinstance(error, BaseExceptionGroup):
        return [reason for one in error.exceptions for reason in _reasons(one)]
    if isinstance(error, (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream)):
        return ["Connection closed"]
    return [str(error) or type(error).__name__]


class Closing(Patch):
    """Closing waits for the servers to end, not for a time, and any task may do it."""

    module = _MODULE

    def __init__(self) -> None:
        self._undriven: set[str] = set()

    def caveat(self) -> str | None:
        if not self._undriven:
            return None
        return f"under {', '.join(sorted(self._undriven))} only the task that has opened connections can close them"

    def apply(self, module: ModuleType) -> Undo:
        manager = module.MCPConnectionManager
        undriven = self._undriven
        legacy = {name: getattr(manager, name) for name in ("close", "disconnect_all", "_start_owner")}

        async def close(self: Any, *raised: Any) -> None:
            if is_kept("close"):
                await legacy["close"](self, *raised)
                return
            try:
                await _close(self, module.logger)
            except Exception as error:
                module.logger.warning(f"MCPConnectionManager: Error during shutdown: {error}")

        async def disconnect_all(self: Any) -> None:
            if is_kept("close"):
                await legacy["disconnect_all"](self)
            else:
                await _disconnect_all(self, module.logger)

        async def start_owner(self: Any) -> None:
            is_asyncio = asyncio._get_running_loop() is not None
            if is_asyncio and not is_kept("close"):
                await _start_owner(self)
                return
            if not is_asyncio:
                # anyio knows one other library.
                undriven.add("trio")
            await legacy["_start_owner"](self)

        manager.close, manager.disconnect_all, manager._start_owner = close, disconnect_all, start_owner
        return undo_of(manager, **legacy)


async def _close(manager: Any, logger: Any) -> None:
    if threading.get_ident() == manager._thread_id:
        await _shut(manager, logger)
    elif manager._loop is None:
        logger.warning("MCPConnectionManager: No event loop recorded for cleanup; skipping TaskGroup close")
    else:
        closed = asyncio.run_coroutine_threadsafe(_shut(manager, logger), manager._loop)
        try:
            with anyio.fail_after(CLOSE_SECONDS):
                await anyio.to_thread.run_sync(closed.result, abandon_on_cancel=True)
        except TimeoutError:
            logger.warning("MCPConnectionManager: Timeout during cross-thread shutdown/close")
            closed.cancel()


async def _shut(manager: Any, logger: Any) -> None:
    """Ends all servers, and the task that they belong to."""
    async with manager._close_lock:
        logger.debug("MCPConnectionManager: shutting down all server tasks...")
        await manager.disconnect_all()
        if not manager._tg_active:
            return
        manager._tg_close_event.set()
        try:
            with anyio.fail_after(CLOSE_SECONDS):
                await manager._tg_closed_event.wait()
        except TimeoutError:
            logger.warning("MCPConnectionManager: Timeout waiting for TaskGroup owner to close")


async def _disconnect_all(manager: Any, logger: Any) -> None:
    logger.info("Disconnecting all persistent server connections...")
    async with manager._lock:
        connections = dict(manager.running_servers)
        manager.running_servers.clear()
    if not connections:
        return
    for name, connection in connections.items():
        logger.info(f"{name}: Requesting shutdown...")
        connection.request_shutdown()
    with anyio.move_on_after(DISCONNECT_SECONDS):
        for connection in connections.values():
            ended = getattr(connection, "_mcp_engine_ended", None)
            if ended is not None:
                await ended.wait()
    logger.info("All persistent server connections signaled to disconnect.")


async def _start_owner(manager: Any) -> None:
    """Starts the task that servers belong to by itself: a group that the caller entered would have to be left by the caller."""
    async with manager._owner_start_lock:
        owner = manager._tg_owner_task
        if (owner is not None and not owner.done()) or (manager._tg_active and manager._tg is not None):
            return
        manager._tg_ready_event, manager._tg_close_event, manager._tg_closed_event = anyio.Event(), anyio.Event(), anyio.Event()
        manager._loop, manager._thread_id = asyncio.get_running_loop(), threading.get_ident()
        manager._tg_owner_task = asyncio.create_task(manager._tg_owner())
        await manager._tg_ready_event.wait()
