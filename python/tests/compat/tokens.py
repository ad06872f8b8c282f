"""A server of HTTP that wants tokens, with the endpoints where clients get some, and a client that does what a user would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from raw_http import Answer, Raw, Reply, Request, legacy, raw, response, said

__all__ = ["Guarded", "Memory", "echoed", "guarded", "provider"]


def echoed(request: Request) -> bytes:
    """Whatever the tool, it says back its text."""
    return said(request, request.message["params"]["arguments"]["text"])


class Guarded:
    """Answers with 401 unless a request has the token of the moment."""

    def __init__(self, inside: Answer | None = None) -> None:
        self.number = 1
        self.origin = ""
        #: The paths of what was asked without being let in, and those of the endpoints.
        self.refused: list[str] = []
        self.asked: list[str] = []
        #: What was let in: the method of MCP or HTTP.
        self.let_in: list[str] = []
        self._inside = inside or legacy(echoed)

    def token(self) -> str:
        return f"token-{self.number}"

    def __call__(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path != "/mcp":
            self.asked.append(path)
            return self._endpoint(path, request)
        if request.headers.get("authorization") != f"Bearer {self.token()}":
            self.refused.append(request.asks)
            where = f'Bearer resource_metadata="{self.origin}/.well-known/oauth-protected-resource"'
            return response("401 Unauthorized", b'{"error":"invalid_token"}', WWW_Authenticate=where, Content_Type="application/json")
        self.let_in.append(request.asks)
        return self._inside(request)

    def _endpoint(self, path: str, request: Request) -> bytes:
        if path.startswith("/.well-known/oauth-protected-resource"):
            return _json({"resource": f"{self.origin}/mcp", "authorization_servers": [self.origin]})
        if path.startswith("/.well-known/oauth-authorization-server"):
            places = {f"{name}_endpoint": f"{self.origin}/{path}" for name, path in PLACES.items()}
            return _json({"issuer": f"{self.origin}/", "response_types_supported": ["code"], **places})
        if path == "/register":
            asked = json.loads(request.body)
            return _json({**asked, "client_id": "client", "token_endpoint_auth_method": "none"}, "201 Created")
        if path == "/token":
            form = parse_qs(request.body.decode())
            assert form["code"] == ["code"], form
            return _json({"access_token": self.token(), "token_type": "Bearer", "expires_in": 3600})
        return response("404 Not Found")


PLACES = {"authorization": "authorize", "token": "token", "registration": "register"}


@contextmanager
def guarded(server: Guarded) -> Iterator[Raw]:
    """A server that runs for as long as the block."""
    with raw(server) as listening:
        server.origin = listening.url.removesuffix("/mcp")
        yield listening


def _json(value: object, status: str = "200 OK") -> bytes:
    return response(status, json.dumps(value).encode(), Content_Type="application/json")


class Memory:
    """Where a provider keeps what it has got."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def provider(url: str) -> OAuthClientProvider:
    """The SDK's provider, with a user who agrees at once."""
    states: list[str] = []

    async def redirect(place: str) -> None:
        states.append(parse_qs(urlsplit(place).query)["state"][0])

    async def callback() -> tuple[str, str | None]:
        return "code", states.pop()

    metadata = OAuthClientMetadata.model_validate({"redirect_uris": ["http://localhost:1/callback"], "client_name": "test"})
    return OAuthClientProvider(url, metadata, Memory(), redirect, callback)
