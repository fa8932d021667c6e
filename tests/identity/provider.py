"""An OpenID Connect provider on loopback, built with Authlib's server side; it lies when told so.

One client, `incident`, whose secret is known; one person, who agrees to everything.
"""

# mypy: disable-error-code="misc"
# Authlib carries no types, so what is made of its classes has Any for a base

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request, grants
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import KeySet, RSAKey

CLIENT: Final = "incident"
#: Not fit for an address as it is, so that its form matters.
SECRET: Final = "s3cret:/% +王"
REDIRECT: Final = "https://zhuji.example/oidc/back"
#: Made once: to make an RSA key takes a while.
KEY: Final = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
FORGED: Final = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})

Answer = tuple[int, Any, list[tuple[str, str]]]


class _Payload(OAuth2Payload):
    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    @property
    def data(self) -> dict[str, str]:
        return self.values

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {key: [value] for key, value in self.values.items()}


class _Request(OAuth2Request):
    def __init__(self, method: str, path: str, headers: Any, body: str) -> None:
        super().__init__(method, f"https://provider{path}", headers=headers)
        self.fields = dict(parse_qsl(body))
        self.payload = _Payload({**dict(parse_qsl(urlsplit(path).query)), **self.fields})

    @property
    def args(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.uri).query))

    @property
    def form(self) -> dict[str, str]:
        return self.fields


class _Client(ClientMixin):
    def __init__(self, method: str, redirect: str) -> None:
        self.method, self.redirect = method, redirect

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect

    def check_client_secret(self, client_secret: str) -> bool:
        # Authlib takes what stands in a Basic header as it is; RFC 6749, 2.3.1, says what it stands for
        return SECRET in (client_secret, unquote(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class _Code(AuthorizationCodeMixin):
    def __init__(self, code: str, payload: dict[str, str]) -> None:
        self.code = code
        self.code_challenge = payload.get("code_challenge")
        self.code_challenge_method = payload.get("code_challenge_method")
        self.payload = payload

    def get_redirect_uri(self) -> str:
        return self.payload["redirect_uri"]

    def get_scope(self) -> str:
        return self.payload["scope"]

    def get_nonce(self) -> str | None:
        return self.payload.get("nonce")

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider(AuthorizationServer):
    """The provider; what it says can be made otherwise before it is asked."""

    def __init__(self) -> None:
        super().__init__(scopes_supported=["openid", "email"])
        self.codes: dict[str, _Code] = {}
        self.issuer = ""
        #: Who comes: claims of the token besides those of the protocol.
        self.person: dict[str, Any] = {"sub": "0031"}
        #: What of the token, the metadata and the keys is not as it should be.
        self.claims: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.key, self.published = KEY, KEY
        self.algorithm = "RS256"
        #: How a client says who it is.
        self.method = "client_secret_basic"
        #: Where browsers go back to.
        self.redirect = REDIRECT
        #: What paths are answered with instead.
        self.instead: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.register_token_generator("default", BearerTokenGenerator(lambda *_, **__: generate_token(42)))
        self.register_grant(_grant(self), [OpenIDOfProvider(self), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.method, self.redirect) if client_id == CLIENT else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        pass

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers

    def answer(self, method: str, path: str, headers: Any, body: str) -> Answer:
        """Answer a request as a provider does."""
        where = urlsplit(path).path
        self.asked.append(where)
        if where in self.instead:
            return self.instead[where]
        json_type = [("Content-Type", "application/json")]
        if where == "/.well-known/openid-configuration":
            return 200, self.metadata(), json_type
        if where == "/jwks":
            return 200, KeySet([self.published]).as_dict(private=False), json_type
        request = _Request(method, path, headers, body)
        if where == "/authorize":
            return self.authorize(request)
        if where == "/token":
            answer: Answer = self.create_token_response(request)
            return answer
        return 404, "", []

    def authorize(self, request: _Request) -> Answer:
        """Send the browser back, as somebody who agrees."""
        try:
            grant = self.get_consent_grant(request, end_user="somebody")
        except OAuth2Error as error:
            refused: Answer = self.handle_error_response(request, error)
            return refused
        agreed: Answer = self.create_authorization_response(request, grant_user="somebody", grant=grant)
        return agreed

    def metadata(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [self.method],
            **self.lies,
        }
        return {key: value for key, value in found.items() if value is not None}


class OpenIDOfProvider(OpenIDCode):
    """What the token says."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return any(one.get_nonce() == nonce for one in self.provider.codes.values())

    def resolve_client_private_key(self, client: _Client) -> RSAKey:
        return self.provider.key

    def get_client_algorithm(self, client: _Client) -> str:
        return self.provider.algorithm

    def get_encode_header(self, client: _Client) -> dict[str, str]:
        return {"alg": self.provider.algorithm, "kid": "k1"}

    def get_client_claims(self, client: _Client) -> dict[str, Any]:
        return {"iss": self.provider.issuer, "aud": [CLIENT]}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(self.provider.person)

    def encode_id_token(self, token: dict[str, Any], request: OAuth2Request) -> Any:
        # what is not as it should be goes over what is
        kept = self.provider.person
        self.provider.person = {**kept, **self.provider.claims}
        try:
            return super().encode_id_token(token, request)
        finally:
            self.provider.person = kept


def _grant(provider: Provider) -> type[Any]:
    class Grant(grants.AuthorizationCodeGrant):
        def save_authorization_code(self, code: str, request: _Request) -> None:
            provider.codes[code] = _Code(code, request.payload.data)

        def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: _Code) -> str:
            return "somebody"

        TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic", "client_secret_post", "none"]

    return Grant


@contextmanager
def served(make: Callable[[], Provider] = Provider) -> Iterator[Provider]:
    """Let a provider answer on loopback while the block runs."""
    provider = make()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            status, said, headers = provider.answer(self.command, self.path, self.headers, body)
            raw = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(raw)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
