"""What is known of an OpenID Connect provider, and of who comes by it. The protocol itself is in `oidc`."""

from __future__ import annotations

from msgspec import Struct


class Provider(Struct, frozen=True, kw_only=True):
    """A provider, and as what we are known to it."""

    #: As its tokens name it; discovery begins there.
    issuer: str
    client_id: str
    #: None for a client that is public.
    client_secret: str | None = None
    #: Where browsers come back to.
    redirect: str
    #: Whether an address that it says is verified tells which user it is.
    trusts_email: bool = False


class Begun(Struct, frozen=True, kw_only=True):
    """What a browser was sent away with."""

    #: Where it goes.
    url: str
    state: str
    nonce: str
    verifier: str


class Known(Struct, frozen=True, kw_only=True):
    """Who somebody is at a provider."""

    issuer: str
    subject: str
    #: Verified by the provider, which is trusted in that; none otherwise.
    email: str | None
