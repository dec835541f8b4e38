"""Digest credentials for SIP (RFC 3261, 22; RFC 7616; RFC 8760), as a client gives them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from provd.sip.messages import MessageError, Response

_HASHES: dict[str, Callable[[bytes], str]] = {
    # What the registrar asks for is what we must answer: RFC 3261 knows nothing but MD5.
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_FIELD = re.compile(
    r"\s*([A-Za-z0-9_.-]{1,32})\s*=\s*"
    r"(?:\"((?:[^\"\\]|\\.){0,1024})\"|([^\s,\"]{1,1024}))\s*(?:,|$)"
)
_SENT_QUOTED = re.compile(r'[^"\\\x00-\x1f\x7f]*')

PLACES = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}
"""Status -> the header that challenges, the header that answers."""


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """`realm`, `nonce` and `opaque` as they stood between their quotes, for they go back so.
    `algorithm` in lower case, "md5" where none is named; `session`: its -sess form."""

    realm: str
    nonce: str
    algorithm: str = "md5"
    session: bool = False
    qop: tuple[str, ...] = ()
    opaque: str = ""
    stale: bool = False


def challenge(response: Response) -> Challenge | None:
    """The first that we can answer: the server has them in its order of preference (RFC 8760, 2.4).
    None where there is none."""
    if response.status not in PLACES:
        return None
    found = (_challenge(value) for value in response.headers.all(PLACES[response.status][0]))
    return next((one for one in found if one), None)


def answer(
    given: Challenge, credentials: Credentials, *, method: str, uri: str, body: bytes, cnonce: str
) -> str:
    """The value of Authorization or Proxy-Authorization, for the first use of the nonce.

    Raises MessageError for a user that can't stand in quotes.
    """
    if not _SENT_QUOTED.fullmatch(credentials.user):
        raise MessageError("the user for authentication holds a quote or a control character")
    qop = "auth" if "auth" in given.qop else "auth-int" if "auth-int" in given.qop else ""
    rows = {
        "username": f'"{credentials.user}"',
        "realm": f'"{given.realm}"',
        "nonce": f'"{given.nonce}"',
        "uri": f'"{uri}"',
        "response": f'"{_response(given, credentials, method, uri, body, cnonce, qop)}"',
        "algorithm": given.algorithm.upper() + ("-sess" if given.session else ""),
    }
    if qop or given.session:
        rows["cnonce"] = f'"{cnonce}"'
    if qop:
        rows |= {"qop": qop, "nc": _FIRST}
    if given.opaque:
        rows["opaque"] = f'"{given.opaque}"'
    return "Digest " + ", ".join(f"{name}={value}" for name, value in rows.items())


_FIRST = "00000001"


def _response(
    given: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    body: bytes,
    cnonce: str,
    qop: str,
) -> str:
    digest = _HASHES[given.algorithm]
    secret = digest(f"{credentials.user}:{given.realm}:{credentials.password}".encode())
    if given.session:
        secret = digest(f"{secret}:{given.nonce}:{cnonce}".encode())
    asked = f"{method}:{uri}" + (f":{digest(body)}" if qop == "auth-int" else "")
    middle = f"{given.nonce}:{_FIRST}:{cnonce}:{qop}" if qop else given.nonce
    return digest(f"{secret}:{middle}:{digest(asked.encode())}".encode())


def _challenge(value: str) -> Challenge | None:
    scheme, _, rest = value.strip().partition(" ")
    fields = _fields(rest)
    if scheme.lower() != "digest" or not {"realm", "nonce"} <= fields.keys():
        return None
    algorithm = fields.get("algorithm", "MD5").lower()
    plain = algorithm.removesuffix("-sess")
    qop = tuple(word.strip().lower() for word in fields.get("qop", "").split(",") if word.strip())
    if plain not in _HASHES or (qop and not {"auth", "auth-int"} & set(qop)):
        return None
    return Challenge(
        realm=fields["realm"],
        nonce=fields["nonce"],
        algorithm=plain,
        session=plain != algorithm,
        qop=qop,
        opaque=fields.get("opaque", ""),
        stale=fields.get("stale", "").lower() == "true",
    )


def _fields(text: str) -> dict[str, str]:
    """Nothing where a field is not understood: half a challenge can't be answered."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        row = _FIELD.match(text, at)
        if not row:
            return {}
        found.setdefault(row[1].lower(), row[2] if row[2] is not None else row[3])
        at = row.end()
    return found
