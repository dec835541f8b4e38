"""HTTP authentication of phones: Digest (RFC 7616, and RFC 2617 for old ones), Basic (RFC 7617).

Only over HTTPS: what is asked for holds passwords, and would travel in clear otherwise. Every
request does the same work, whether its MAC is registered or not.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import unquote

from provd.exchange import Request, Transport
from provd.provisioning.credentials import Login
from provd.provisioning.nonces import Nonces

REALM = "provd"
ALGORITHMS = ("MD5", "SHA-256")
"""Offered in this order: of several challenges many phones read the first and understand MD5 alone.
Within TLS, over a random password of 120 bits, MD5 is no weakness."""

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'\s*([a-zA-Z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)')
_NEEDED = ("username", "realm", "nonce", "uri", "response", "nc", "cnonce")


class Proof(enum.Enum):
    """What an evidence comes to. STALE: right, but for a nonce that does not count any more."""

    NONE = enum.auto()
    RIGHT = enum.auto()
    WRONG = enum.auto()
    STALE = enum.auto()


@dataclass(frozen=True, slots=True)
class DigestResponse:
    """The parameters of an Authorization field, unquoted."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    nc: str
    cnonce: str
    qop: str
    algorithm: str


class Authentication:
    """Checks what phones say, and says what they are to do."""

    def __init__(self, nonces: Nonces) -> None:
        self._nonces = nonces

    def challenge(self, request: Request, *, stale: bool = False) -> tuple[str, ...]:
        """The values of WWW-Authenticate fields."""
        nonce = self._nonces.give(request.received_at)
        again = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm="{REALM}", qop="auth", algorithm={algorithm}, nonce="{nonce}"{again}'
            for algorithm in ALGORITHMS
        )

    def proof(self, request: Request, login: Login) -> Proof:
        """NONE without an Authorization field and on any transport but HTTPS."""
        field = request.headers.get("authorization", "")
        if request.transport is not Transport.HTTPS or not field:
            return Proof.NONE
        scheme, _, rest = field.partition(" ")
        if scheme.lower() == "basic":
            return _basic(rest.strip(), login)
        if scheme.lower() != "digest":
            return Proof.WRONG
        said = parse(rest)
        return self._digest(request, said, login) if said else Proof.WRONG

    def _digest(self, request: Request, said: DigestResponse, login: Login) -> Proof:
        wanted = response(said, request.method, login)
        is_right = hmac.compare_digest(wanted.encode(), said.response.lower().encode())
        is_right &= said.username == login.user and said.realm == REALM
        if not is_right or not _same_path(said.uri, request.path):
            return Proof.WRONG
        counted = self._nonces.use(said.nonce, int(said.nc, 16), request.received_at)
        return Proof.RIGHT if counted else Proof.STALE


def parse(parameters: str) -> DigestResponse | None:
    """None for what is no response to a challenge of ours: other algorithms or protections,
    something missing, said twice or malformed."""
    found: dict[str, str] = {}
    at = 0
    while at < len(parameters):
        match = _PARAMETER.match(parameters, at)
        if match is None or match[1].lower() in found:
            return None
        quoted = match[2]
        found[match[1].lower()] = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = match.end()
    algorithm, qop = found.get("algorithm", "MD5").upper(), found.get("qop", "")
    if algorithm not in _HASHES or qop != "auth" or not all(found.get(one) for one in _NEEDED):
        return None
    if not re.fullmatch("[0-9a-fA-F]{8}", found["nc"]):
        return None
    needed = {name: found[name] for name in _NEEDED}
    return DigestResponse(**needed, qop=qop, algorithm=algorithm)


def response(said: DigestResponse, method: str, login: Login) -> str:
    """What the right password makes of it (RFC 7616, 3.4.1), lower-case hexadecimal."""

    def hashed(*parts: str) -> str:
        hash_ = hashlib.new(_HASHES[said.algorithm], usedforsecurity=False)
        hash_.update(":".join(parts).encode("utf-8", "surrogatepass"))
        return hash_.hexdigest()

    secret = hashed(login.user, said.realm, login.password.reveal())
    asked = hashed(method, said.uri)
    return hashed(secret, said.nonce, said.nc, said.cnonce, said.qop, asked)


def _basic(encoded: str, login: Login) -> Proof:
    try:
        said = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return Proof.WRONG
    wanted = f"{login.user}:{login.password.reveal()}".encode()
    return Proof.RIGHT if hmac.compare_digest(said, wanted) else Proof.WRONG


def _same_path(uri: str, path: str) -> bool:
    """Whether the signed URI names the file asked for; a response must not serve for another."""
    after_host = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*", "", uri)
    said = unquote(after_host.partition("?")[0].partition("#")[0]).replace("\\", "/")
    return "/".join(part for part in said.split("/") if part not in ("", ".")) == path
