"""The connection without I/O, in time that the test makes."""

from __future__ import annotations

import pytest

from mcp_engine import ClosedError, Connection, LimitError, Limits, MisuseError, ProtocolError


def pair(*versions: str, **options: object) -> tuple[Connection, Connection]:
    named = {"versions": list(versions)} if versions else {}
    client = Connection.client("shell", "1", **named, **options)
    server = Connection.server("echo", "1", capabilities={"tools": {}})
    return client, server


def carry(source: Connection, target: Connection, now: float = 0.0) -> list[str]:
    """Hands over what one side has to say; returns what the other one tells."""
    return [event.kind for event in target.receive(source.transmit(), now)]


def opened(*versions: str, **options: object) -> tuple[Connection, Connection]:
    client, server = pair(*versions, **options)
    client.start(0.0)
    for _ in range(2):
        carry(client, server)
        if "ready" in carry(server, client):
            break
    carry(client, server)
    return client, server


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
def test_a_call_goes_there_and_back_in_every_revision(version: str) -> None:
    client, server = opened(version)
    assert client.version == version and client.era == ("modern" if version >= "2026" else "legacy")
    assert client.peer_implementation == {"name": "echo", "version": "1"}
    id = client.request("tools/call", {"name": "echo"}, now=1.0)
    (asked,) = server.receive(client.transmit(), 1.0)
    assert (asked.kind, asked.text, asked.message.name) == ("request", version, "echo")
    server.respond_text(asked.id, "hello", 1.0)
    (answered,) = client.receive(server.transmit(), 1.0)
    assert (answered.kind, answered.id, answered.message.text()) == ("response", id, "hello")


def test_a_request_runs_out_of_time_and_the_peer_is_told() -> None:
    client, server = opened("2025-11-25")
    client.request("tools/call", {"name": "slow"}, now=10.0, idle_timeout=5.0)
    assert carry(client, server) == ["request"]
    assert client.deadline() == pytest.approx(15.0)
    assert client.handle_timeout(14.9) == []
    (failed,) = client.handle_timeout(15.0)
    assert failed.kind == "failed" and isinstance(failed.error, TimeoutError)
    assert carry(client, server) == ["cancelled"]
    assert client.deadline() is None


def test_progress_is_told_while_a_request_is_served() -> None:
    client, server = opened()
    client.request("tools/call", {"name": "slow"}, now=0.0, progress=True)
    (asked,) = server.receive(client.transmit(), 0.0)
    server.progress(asked.id, 0.5, total=1.0)
    (told,) = client.receive(server.transmit(), 0.0)
    assert told.kind == "progress" and told.message.payload()["progress"] == 0.5
    with pytest.raises(MisuseError):
        server.progress(asked.id, 0.4)


@pytest.mark.parametrize(("ends", "fault", "text"), [("end", "peer", "closed by the peer"), ("close", "caller", "closed by the application")])
def test_whoever_waits_hears_of_the_end_and_whose_it_was(ends: str, fault: str, text: str) -> None:
    client, _ = opened()
    client.request("tools/call", {"name": "x"}, now=0.0)
    failed, closed = getattr(client, ends)()
    assert isinstance(failed.error, ClosedError) and failed.error.fault == fault
    assert (closed.kind, closed.text) == ("closed", text)
    with pytest.raises(ClosedError) as refused:
        client.request("ping", now=0.0)
    assert refused.value.fault == fault


def test_what_the_peer_does_not_offer_is_not_asked() -> None:
    client, _ = opened()
    with pytest.raises(ProtocolError) as raised:
        client.request("prompts/list", now=0.0)
    assert raised.value.rule == "capability"


def test_rules_that_are_broken_are_counted() -> None:
    client, _ = opened()
    client.receive(b'{"jsonrpc":"2.0","id":99,"result":{}}\nnonsense\n', 0.0)
    assert client.refusals["response-unknown"] == 1 and client.refusals["literal"] >= 1


def test_limits_are_kept() -> None:
    client, _ = opened(limits=Limits(own_requests=2))
    for _ in range(2):
        client.request("tools/call", {"name": "x"}, now=0.0)
    with pytest.raises(LimitError) as raised:
        client.request("tools/call", {"name": "x"}, now=0.0)
    assert raised.value.rule == "own-requests"


def test_the_engine_cannot_be_misused() -> None:
    client, server = pair()
    with pytest.raises(MisuseError):
        client.request("ping", now=0.0)
    with pytest.raises(MisuseError):
        server.start(0.0)
    with pytest.raises(MisuseError):
        server.respond(1, {}, 0.0)
    with pytest.raises(ValueError):
        Connection.client("a", "1", versions=["1999-01-01"])
    with pytest.raises(TypeError):
        Connection.client("a", "1", nonsense=1)
