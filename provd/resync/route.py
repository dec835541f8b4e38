"""The way to a phone: to which SIP server, as whom, with which credentials.

resync.proxy, or the line's outbound proxy, or its registrar      where the NOTIFY is sent
sip:user@registrar                                                whom it is for
resync.user and resync.password, besides the line's own           who sends it
"""

from __future__ import annotations

from dataclasses import dataclass

from provd.devices.device import Line
from provd.devices.layers import Settings
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.sip.carrying import Carrier, Peer
from provd.sip.digest import Credentials
from provd.sip.values import user_part

_PROXIES = (
    ("resync.proxy", "resync.port", "resync.transport"),
    ("sip.outbound_proxy", "sip.outbound_proxy_port", "sip.transport"),
    ("sip.registrar", "sip.port", "sip.transport"),
)
_REMEDY = "Set sip.registrar or resync.proxy"


@dataclass(frozen=True, slots=True)
class Route:
    """`domain` is the registrar as it stands in URIs, with its port where that is not the usual
    one. `own` are the line's credentials; `sender` is who the NOTIFY says it comes from, and
    `credentials` what it is sent with, in the order in which they are tried. `trusted`: the
    operator named the server, not somebody who may only sell here."""

    peer: Peer
    domain: str
    user: str
    own: Credentials
    sender: str
    credentials: tuple[Credentials, ...]
    trusted: bool = False

    @property
    def uri(self) -> str:
        """The line's address of record."""
        return f"sip:{user_part(self.user)}@{self.domain}"


def route(settings: Settings, line: Line, *, operators: int) -> Route:
    """Through the SIP server. What layers up to the rank `operators` say, the operator says.

    Raises InputError where no server is named, or where a password would go to a server or a
    domain that somebody else named.
    """
    named, port, transport = _proxy(settings, line)
    host = str(line.registrar if named == "line" else settings.get(named))
    carrier = _carrier(settings.get(transport))
    registrar = line.registrar or str(settings.get("sip.registrar") or host)
    domain = _in_uri(registrar, _number(settings, "sip.port"))
    own = Credentials(line.auth_user or line.user, line.password.reveal())
    rank = _NEAREST if named == "line" else settings.rank(named)
    domains = _NEAREST if line.registrar else settings.rank("sip.registrar")
    known = _known(settings, max(rank, domains), port, transport)
    return Route(
        peer=Peer(carrier, host, _number(settings, port)),
        domain=domain,
        user=line.user,
        own=own,
        sender=f"sip:{user_part(known.user if known else line.user)}@{domain}",
        credentials=(known, own) if known else (own,),
        trusted=rank <= operators,
    )


def direct(settings: Settings, line: Line, peer: Peer) -> Route:
    """Straight to the phone's address: it knows the line's own password, and no other."""
    own = Credentials(line.auth_user or line.user, line.password.reveal())
    domain = _in_uri(peer.host, peer.port)
    registrar = line.registrar or str(settings.get("sip.registrar") or peer.host)
    sender = f"sip:{user_part(line.user)}@{_in_uri(registrar, 0)}"
    return Route(peer, domain, line.user, own, sender, (own,), trusted=True)


def _proxy(settings: Settings, line: Line) -> tuple[str, str, str]:
    """The keys that name host, port and transport; the host's is "line" where the line names it."""
    for named, port, transport in _PROXIES:
        if named == "sip.registrar" and line.registrar:
            return "line", port, transport
        if settings.get(named):
            return named, port, transport
    raise InputError("nobody says which SIP server it registers at", remedy=_REMEDY)


def _known(settings: Settings, named: int, port: str, transport: str) -> Credentials | None:
    """resync.user's; `named` is the rank of server and domain. Whoever changes one of them must
    give the password as well: else what proves it would go where its owner never sent it, a
    server for another domain being free to ask for it."""
    user, password = settings.get("resync.user"), settings.get("resync.password")
    if not user or not isinstance(password, Secret):
        return None
    ranks = [settings.rank(key) for key in (port, transport) if settings.get(key) is not None]
    if settings.rank("resync.password") < max([named, *ranks]):
        raise InputError(
            "the SIP server or domain is named nearer to the phone than resync.password",
            key="resync.password",
            remedy="Set sip.registrar, resync.proxy and resync.password in the same place",
        )
    return Credentials(str(user), password.reveal())


_NEAREST = 1000
"""Nearer to the phone than any layer: its line."""


def _carrier(transport: object) -> Carrier:
    """Where the phone may ask the DNS, UDP: provd asks for addresses only."""
    return Carrier(str(transport)) if transport in tuple(Carrier) else Carrier.UDP


def _number(settings: Settings, key: str) -> int:
    return int(str(settings.get(key) or 0))


def _in_uri(host: str, port: int) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return f"{bracketed}:{port}" if port else bracketed
