"""What the application does when the client calls it: it may fail in any way, and takes nothing along."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from loops import Run

from mcp_engine import ClosedError
from mcp_engine._link import MOST_QUESTIONS
from mcp_engine._loops import running_loop
from mcp_engine._told import MOST_TOLD, Told
from mcp_engine.client import Client

LEGACY = ["2025-11-25"]


class Unheard(BaseException):
    """What nobody catches who catches exceptions."""


def raising(error: BaseException) -> Callable[..., Any]:
    def call(*_: Any) -> Any:
        raise error

    return call


@pytest.mark.parametrize("error", [Unheard("no"), asyncio.CancelledError()], ids=["unheard", "cancelled"])
def test_whatever_an_answerer_raises_is_told_and_ends_nothing_else(run: Run, engine: list[str], error: BaseException) -> None:
    async def main() -> None:
        async with Client.stdio(*engine, versions=LEGACY, sampling=raising(error)) as client:
            asked = await client.call_tool("test_sampling", {"prompt": "?"}, timeout=10)
            assert type(error).__name__ in asked.text
            assert (await client.call_tool("echo", {"text": "still here"})).text == "still here"

    run(main)


@pytest.mark.parametrize("error", [Unheard("no"), asyncio.CancelledError()], ids=["unheard", "cancelled"])
def test_whatever_a_listener_raises_loses_no_other_event(run: Run, engine: list[str], scripted: list[str], error: BaseException) -> None:
    async def main() -> None:
        async with Client.stdio(*engine) as client:
            assert (await client.call_tool("test_tool_with_progress", progress=raising(error))).text
        async with Client.stdio(*scripted, on_notification=raising(error)) as client:
            assert (await client.call_tool("tell", {"method": "notifications/x"})).text == "told"
            with pytest.raises(ClosedError, match="my last words"):
                await client.call_tool("die")

    run(main)


def test_coroutine_functions_hear_everything_in_its_order(run: Run, engine: list[str], scripted: list[str]) -> None:
    heard: list[Any] = []

    async def main() -> None:
        all_heard = running_loop().future()

        async def progress(value: float, total: float | None, message: str | None) -> None:
            heard.append((value, total, message))
            if value == total:
                all_heard.set_result(None)

        async with Client.stdio(*engine) as client:
            await client.call_tool("test_tool_with_progress", progress=progress)
            await all_heard

        told = running_loop().future()

        async def listen(method: str, params: dict[str, Any]) -> None:
            told.set_result((method, params))

        async with Client.stdio(*scripted, on_notification=listen) as client:
            await client.call_tool("tell", {"method": "notifications/x"})
            assert await told == ("notifications/x", {})

    run(main)
    assert heard == sorted(heard) and heard[-1] == (100, 100, "100 of 100")


def test_a_coroutine_function_that_fails_hears_the_next(run: Run, scripted: list[str]) -> None:
    heard: list[str] = []

    async def main() -> None:
        second = running_loop().future()

        async def listen(method: str, _: dict[str, Any]) -> None:
            heard.append(method)
            if len(heard) == 1:
                raise RuntimeError("the first one was too much")
            second.set_result(None)

        async with Client.stdio(*scripted, on_notification=listen) as client:
            for number in (1, 2):
                await client.call_tool("tell", {"method": f"notifications/{number}"})
            await second

    run(main)
    assert heard == ["notifications/1", "notifications/2"]


def test_what_a_slow_listener_is_too_far_behind_for_is_left_out(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []

    async def main() -> None:
        loop = running_loop()
        told, done = Told(loop), loop.future()

        async def hear(number: int) -> None:
            heard.append(number)
            if number == MOST_TOLD - 1:
                done.set_result(None)

        for number in range(MOST_TOLD + 10):
            told.tell(hear(number))
        await done

    run(main)
    assert heard == list(range(MOST_TOLD))
    assert [record.levelname for record in caplog.records if "left out" in record.message] == ["WARNING"]


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
def test_an_answer_that_is_none_is_blamed_on_who_answers(run: Run, engine: list[str], version: str) -> None:
    reason = "what answers sampling/createMessage has to return a result, a dict, and returned None"

    async def main() -> None:
        async with Client.stdio(*engine, versions=[version], sampling=lambda _: None) as client:
            if version == "2025-11-25":
                assert reason in (await client.call_tool("test_sampling", {"prompt": "?"})).text
            else:
                with pytest.raises(TypeError, match=reason):
                    await client.call_tool("test_input_required_result_sampling")

    run(main)


def test_a_loop_that_begins_tasks_at_once_answers_any_number_of_questions(run_asyncio: Run, engine: list[str]) -> None:
    class Done:
        def cancel(self) -> None:
            raise AssertionError("it has ended")

    def begun(coroutine: Coroutine[Any, Any, None]) -> Done:
        with pytest.raises(StopIteration):
            coroutine.send(None)
        return Done()

    async def main() -> None:
        answer = {"role": "assistant", "model": "none", "content": {"type": "text", "text": "yes"}}
        async with Client.stdio(*engine, versions=LEGACY, sampling=lambda _: answer) as client:
            assert client._link is not None
            client._link.loop.task = begun
            for _ in range(MOST_QUESTIONS + 1):
                assert '"yes"' in (await client.call_tool("test_sampling", {"prompt": "?"})).text

    run_asyncio(main)


def test_a_listener_may_close_its_client(run: Run, scripted: list[str]) -> None:
    async def main() -> None:
        closed = running_loop().future()

        async def listen(*_: Any) -> None:
            await client.close()
            closed.set_result(None)

        client = Client.stdio(*scripted, on_notification=listen)
        await client.connect()
        await client.notify("notifications/y")
        try:
            await client.call_tool("tell", {"method": "notifications/x"})
        except ClosedError:
            pass
        await closed

    run(main)


def test_a_client_of_another_loop_is_refused_and_nothing_is_asked(run_asyncio: Run, scripted: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            errors: list[BaseException] = []

            async def other() -> None:
                for use in (client.call_tool("tell", {"method": "x"}), client.list_tools(), client.notify("notifications/z")):
                    try:
                        await use
                    except RuntimeError as error:
                        errors.append(error)

            await asyncio.to_thread(lambda: asyncio.run(other()))
            assert [str(error).split(",")[0] for error in errors] == ["a client belongs to the event loop on which it was opened"] * 3
            assert "notifications/z" not in (await client.call_tool("heard_so_far")).text

    run_asyncio(main)


def test_closing_where_the_loop_has_ended_ends_the_server(run: Run, scripted: list[str]) -> None:
    async def begin() -> tuple[Client, int]:
        client = Client.stdio(*scripted)
        await client.connect()
        assert client._link is not None
        return client, client._link.channel.ended

    async def end() -> None:
        await client.close()
        ended = running_loop().future()
        running_loop().watch_end(descriptor, lambda: ended.done() or ended.set_result(None))
        await ended
        running_loop().unwatch_reads(descriptor)

    client, descriptor = run(begin)
    # Nothing but the client may keep the descriptor.
    link = client._link
    run(end)
    assert link is not None and link.channel.returncode is not None


def test_a_trio_that_breaks_does_not_hang_at_a_client(scripted: list[str]) -> None:
    trio = pytest.importorskip("trio")

    async def broken() -> None:
        raise RuntimeError("this is no fault of a client")

    async def main() -> None:
        async with Client.stdio(*scripted) as client:
            trio.lowlevel.spawn_system_task(broken)
            await client.call_tool("silent")

    ended: list[BaseException] = []

    def run() -> None:
        try:
            trio.run(main)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    assert [type(error).__name__ for error in ended] == ["TrioInternalError"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"versions": "2025-06-18"}, "versions are a list of revisions"),
        ({"sampling": 3}, "sampling is a function that answers"),
        ({"elicitation": "x"}, "elicitation is a function that answers"),
        ({"on_notification": []}, "on_notification is a function"),
        ({"roots": "file:///"}, "roots are objects"),
        ({"roots": ["file:///"]}, "roots are objects"),
    ],
)
def test_options_that_cannot_be_are_refused_by_their_names(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        Client.stdio("any", **options)


def test_arguments_without_names_are_refused(run_asyncio: Run, engine: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*engine) as client:
            uses: list[Callable[[Any], Awaitable[Any]]] = [
                lambda value: client.call_tool("echo", value),
                lambda value: client.get_prompt("test_simple_prompt", value),
                lambda value: client.request("tools/list", value),
                lambda value: client.notify("notifications/x", value),
            ]
            for use in uses:
                for value in ([1], "text", 3):
                    with pytest.raises(TypeError, match="have names: they are a dict"):
                        await use(value)

    run_asyncio(main)


def test_what_is_completed_is_named_by_a_text(run_asyncio: Run, engine: list[str]) -> None:
    async def main() -> None:
        async with Client.stdio(*engine) as client:
            by_name = await client.complete("test_prompt_with_arguments", "arg1", "par")
            assert by_name and by_name == await client.complete(
                {"type": "ref/prompt", "name": "test_prompt_with_arguments"}, "arg1", "par"
            )
            of_template = await client.complete("test://template/{id}/data", "id", "")
            assert of_template == await client.complete({"type": "ref/resource", "uri": "test://template/{id}/data"}, "id", "")

    run_asyncio(main)
