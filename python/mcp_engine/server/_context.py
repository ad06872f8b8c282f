"""What a function that serves a request can ask and say meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core import Call, compile_schema
from ..errors import Error, ValidationError
from ._scalars import apply
from ._schema import Types

__all__ = ["CapabilityError", "Context", "Elicited", "InputRequired", "Question", "elicitation", "roots", "sampling"]

#: A method, and what it is asked with.
Question = tuple[str, dict[str, Any]]
#: Asks by a call: questions, what is to be remembered; the answers.
Ask = Callable[[Call, dict[str, Question], dict[str, Any]], Awaitable[dict[str, Any]]]


class CapabilityError(Error):
    """The client has not declared what a question needs. A function that does not catch it answers with the error that says so."""


class InputRequired(BaseException):
    """The client was told what is needed, and will ask again: then the function is called anew. It should not be caught, only cleaned up for."""


@dataclass(frozen=True, slots=True)
class Elicited:
    """What a user said.

    Attributes:
        action: "accept", "decline" or "cancel".
        content: What was filled in, as the type that was asked for; None unless the action is "accept".
    """

    action: str
    content: Any = None


class Context:
    """The request that a function serves. A parameter with this annotation gets it."""

    __slots__ = ("_ask", "_call", "_remembered", "_turn", "_unnamed")

    def __init__(self, call: Call, ask: Ask, turn: Callable[[], None]) -> None:
        self._call, self._ask, self._turn = call, ask, turn
        self._remembered: dict[str, Any] = {}
        self._unnamed = 0

    @property
    def request_id(self) -> int | str:
        """The id of the request."""
        return self._call.id

    @property
    def session(self) -> int | None:
        """A number for the connection or session that no other has; None for a request that stands alone (MCP 2026-07-28 over HTTP)."""
        return self._call.connection

    @property
    def protocol_version(self) -> str:
        """The revision in which it was asked."""
        return self._call.version

    @property
    def client_info(self) -> dict[str, Any] | None:
        """The name and version of the client."""
        return self._call.client_info()

    @property
    def principal(self) -> str | None:
        """Who asks, where the transport knows."""
        return self._call.principal

    @property
    def task(self) -> str | None:
        """The id of the task as which it runs, or None."""
        return self._call.task

    @property
    def meta(self) -> dict[str, Any]:
        """``_meta`` of the request; empty where there is none."""
        return self._call.meta() or {}

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the answer any more. A coroutine is cancelled then; what blocks should ask from time to time."""
        self._turn()
        return self._call.is_cancelled

    def has(self, capability: str) -> bool:
        """Whether the client has "sampling", "elicitation", "elicitation.url" or "roots".

        Raises:
            ValueError: for another capability.
        """
        return self._call.has(capability)

    def require(self, capability: str) -> None:
        """Does nothing when the client has that; see ``has``.

        Raises:
            CapabilityError: it has not.
            ValueError: for another capability.
        """
        if not self._call.require(capability):
            raise CapabilityError(f"the client has not declared {capability}")

    def progress(self, value: float, total: float | None = None, message: str | None = None) -> bool:
        """Tells how far it is, if the client wants to know. Says whether that was possible: ``value`` has to increase."""
        return self._told(self._call.progress(value, total, message))

    def log(self, level: str, content: Any, logger: str | None = None) -> bool:
        """Sends a log message, if the client wants those of that level: "debug", "info", "notice", "warning", "error", "critical", "alert" or
        "emergency". Says whether that was possible.

        Raises:
            ValueError: for another level, and for what JSON cannot say.
        """
        return self._told(self._call.log(level, content, logger))

    def debug(self, content: Any) -> bool:
        """``log("debug", content)``."""
        return self.log("debug", content)

    def info(self, content: Any) -> bool:
        """``log("info", content)``."""
        return self.log("info", content)

    def warning(self, content: Any) -> bool:
        """``log("warning", content)``."""
        return self.log("warning", content)

    def error(self, content: Any) -> bool:
        """``log("error", content)``."""
        return self.log("error", content)

    def close_stream(self, retry: float | None = None) -> bool:
        """Ends the response that the client reads at present; over HTTP it comes back for the rest, after ``retry`` seconds. Says whether it was
        ended: there may be nothing to come back to."""
        return self._told(self._call.close_stream(retry))

    async def elicit(self, message: str, schema: Any, *, key: str | None = None) -> Elicited:
        """Asks the user to fill in a form.

        How the client is asked depends on the revision. Until 2025-11-25 it is a request. Later the call is answered with what is needed, the client
        calls again with it, and the function begins anew: it should do nothing before that it may not do twice.

        Args:
            message: What the user reads.
            schema: A schema of simple members as a dict, or a dataclass, TypedDict or model that has one.
            key: What the question is called; the same each time that the function runs.

        Raises:
            CapabilityError: the client cannot ask its user.
            ValidationError: what was filled in does not fit the schema.
            Error: the client has failed to ask.
        """
        load = None
        if not isinstance(schema, Mapping):
            schema, load = Types().root(schema)
        key = key or self._key()
        answer = (await self.ask({key: elicitation(message, schema)}))[key]
        if answer["action"] != "accept":
            return Elicited(answer["action"])
        return Elicited("accept", apply(load, _filled_in(answer)))

    async def sample(
        self,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        max_tokens: int = 1024,
        key: str | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Asks the client's language model, and returns its message. See ``elicit`` for how, and what it raises; options are those of
        ``sampling/createMessage``."""
        key = key or self._key()
        return (await self.ask({key: sampling(messages, max_tokens=max_tokens, **options)}))[key]

    async def list_roots(self, *, key: str | None = None) -> list[dict[str, Any]]:
        """Asks for the client's roots. See ``elicit`` for how, and what it raises."""
        key = key or self._key()
        return (await self.ask({key: roots()}))[key].get("roots") or []

    async def ask(self, questions: Mapping[str, Question]) -> dict[str, Any]:
        """Asks several things at once: questions as ``elicitation``, ``sampling`` and ``roots`` make them, by keys of your own; and returns the answers by
        the same keys. See ``elicit`` for how, and what it raises."""
        remembered, self._remembered = self._remembered, {}
        answers = await self._ask(self._call, dict(questions), remembered)
        for key, (method, asked) in questions.items():
            if method == "elicitation/create":
                _judge(answers[key], asked.get("requestedSchema"))
        return answers

    def remember(self, key: str, value: Any) -> None:
        """Keeps something for when the function begins anew, with the next question: the client carries it, sealed."""
        self._remembered[key] = value

    def remembered(self, key: str) -> Any:
        """What was kept under a key; None where there is nothing.

        Raises:
            ValueError: what the client has brought back is not what it was given.
        """
        if key in self._remembered:
            return self._remembered[key]
        return self._call.remembered(key)

    def _told(self, was_possible: bool) -> bool:
        """What was told is on its way before a function goes on that keeps the thread."""
        self._turn()
        return was_possible

    def _key(self) -> str:
        """A name for a question, the same each time that the function runs."""
        self._unnamed += 1
        return f"input-{self._unnamed}"


def _filled_in(answer: Mapping[str, Any]) -> Any:
    content = answer.get("content")
    return {} if content is None else content


def _judge(answer: Mapping[str, Any], schema: Any) -> None:
    """Judges what a user has filled in. Raises ValidationError."""
    if schema is None or answer.get("action") != "accept":
        return
    try:
        compile_schema(schema).validate(_filled_in(answer))
    except ValidationError as error:
        raise ValidationError(f"what was filled in does not fit: {error}") from error


def elicitation(message: str, schema: Mapping[str, Any]) -> Question:
    """A form for the user."""
    return "elicitation/create", {"mode": "form", "message": message, "requestedSchema": dict(schema)}


def sampling(messages: str | Sequence[Mapping[str, Any]], *, max_tokens: int = 1024, **options: Any) -> Question:
    """A question for the client's language model."""
    if isinstance(messages, str):
        messages = [{"role": "user", "content": {"type": "text", "text": messages}}]
    return "sampling/createMessage", {**options, "messages": [dict(own) for own in messages], "maxTokens": max_tokens}


def roots() -> Question:
    """The client's roots."""
    return "roots/list", {}
