"""Registering the accounts that a phone read, at the SIP servers that its files name: the proof
that what is in the files works. Each is registered for a minute, and taken back at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provd.sip.carrying import Answered, Carrier, Connection, Peer, why
from provd.sip.digest import Credentials
from provd.sip.inquiry import Draft
from provd.sip.locating import Lookup, reach
from provd.sip.messages import MessageError, Response, headers
from provd.sip.resolving import services
from provd.sip.transaction import Timers
from provd.sip.values import address, listed, user_part
from provd.vendors.values import ReadAccount

EXPIRES = 60
"""Seconds for which a registration is asked: so long at most it would stay if we died in it."""

LONGEST = 86_400
_SECONDS = re.compile("[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of an account: `text` says it for a person, `status` is SIP's final answer, 0
    where none came. `ok`: the registrar took the phone's contact, and took it back."""

    number: int
    ok: bool
    text: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class SipWay:
    """How the phone gets to its SIP server. `ca_file` are the authorities that it trusts, None: the
    system's. `source_address` is one of this machine's. `agent` is its User-Agent."""

    ca_file: Path | None = None
    source_address: str | None = None
    agent: str = "provd"
    timers: Timers | None = None
    lookup: Lookup = services
    clock: Callable[[], float] = time.monotonic

    def connect(self, peer: Peer) -> Connection:
        return Connection(
            peer,
            ca_file=self.ca_file,
            source_address=self.source_address,
            timers=self.timers,
            clock=self.clock,
        )


def register(account: ReadAccount, way: SipWay) -> Registration:
    """Blocks; what the network and the server do is told, not raised."""
    known = account.transport in tuple(Carrier)
    carrier = Carrier(account.transport) if known else Carrier.UDP
    if account.proxy:
        peer = Peer(carrier, account.proxy, account.proxy_port)
    else:
        peer = Peer(carrier, account.registrar, account.port)
    try:
        with reach(peer, way.connect, way.lookup, any_carrier=not known) as connection:
            return _Registering(account, connection, way.agent).run()
    except OSError as error:
        return Registration(account.number, False, f"{peer} can't be reached: {why(error)}")
    except MessageError as error:
        return Registration(account.number, False, f"it can't be asked for: {error}")


class _Registering:
    """One account on one connection."""

    def __init__(self, account: ReadAccount, connection: Connection, agent: str) -> None:
        self._account = account
        self._connection = connection
        self._agent = agent
        self._contact = connection.contact(user_part(account.user))

    def run(self) -> Registration:
        got = self._ask(EXPIRES)
        if longer := _longer(got):
            got = self._ask(longer)
        refused = self._refusal(got)
        if refused:
            return refused
        back = self._ask(0)
        ok = back.response is not None and back.response.status == 200
        text = f"registered at {self._connection.peer} (200)"
        return self._told(ok, text if ok else f"{text}, but it could not be taken back", 200)

    def _refusal(self, got: Answered) -> Registration | None:
        """None where the registrar took the contact."""
        response = got.response
        if response is None:
            return self._told(False, f"{self._connection.peer}: {got.reason}", 0)
        said = f"{response.status} {_shown(response.reason)}".rstrip()
        if response.status != 200:
            hint = _hint(response.status, challenged=got.challenged)
            return self._told(False, f"refused: {said}{hint}", response.status)
        if not self._is_bound(response):
            return self._told(False, f"{said}, but the registrar does not list the phone", 200)
        return None

    def _is_bound(self, response: Response) -> bool:
        """RFC 3261, 10.3: the answer lists all that is registered."""
        for text in listed(response.headers.all("Contact")):
            try:
                if address(text).uri == self._contact:
                    return True
            except MessageError:
                continue
        return False

    def _ask(self, expires: int) -> Answered:
        account = self._account
        credentials = Credentials(account.auth_user or account.user, account.password.reveal())
        domain = self._domain()
        who = f"<sip:{user_part(account.user)}@{domain}>"
        more = headers(
            ("Contact", f"<{self._contact}>"),
            ("Expires", str(expires)),
            ("User-Agent", self._agent),
        )
        return self._connection.ask(
            Draft("REGISTER", f"sip:{domain}", who, who, more), [credentials]
        )

    def _domain(self) -> str:
        """As phones write it: with the port where that is not the usual one."""
        host, port = self._account.registrar, self._account.port
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}" if port and port not in (5060, 5061) else name

    def _told(self, ok: bool, text: str, status: int) -> Registration:
        return Registration(self._account.number, ok, text, status)


def _longer(got: Answered) -> int:
    """What a registrar asks for that finds a minute too brief (RFC 3261, 10.3: 423); else 0."""
    if got.response is None or got.response.status != 423:
        return 0
    wanted = got.response.headers.first("Min-Expires")
    return int(wanted) if _SECONDS.fullmatch(wanted) and EXPIRES < int(wanted) <= LONGEST else 0


def _hint(status: int, *, challenged: bool) -> str:
    if status in (401, 403, 407):
        return ": user or password are wrong" if challenged else ": not even asked for a password"
    return ": nobody has this user" if status == 404 else ""


def _shown(reason: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in reason)[:80]
