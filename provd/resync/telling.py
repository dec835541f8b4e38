"""Asking: who is registered, then the NOTIFY, and what came of it in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from provd.devices.mac import Mac
from provd.resync.bindings import bindings, single_out
from provd.resync.route import Route
from provd.sip.carrying import Answered, Connection, Peer, why
from provd.sip.inquiry import Draft
from provd.sip.messages import Response, headers
from provd.vendors.resync import Notice

Connect = Callable[[Peer], Connection]
"""Opens a connection, or raises OSError."""

_EVERYBODY = "The SIP server does not tell who is registered: every phone of {} was told"
_NO_REGISTRAR = {405, 501}
"""What a server answers that forwards for others and keeps no list of phones."""
_ONE_OF = "Of {} phones registered as {}, only this one was told"


@dataclass(frozen=True, slots=True)
class Told:
    """`accepted`: the phone took it. `text` says what came of it, for a person, `note` what else
    they should know. `status` is SIP's, 0 where nobody answered."""

    accepted: bool
    text: str
    note: str = ""
    status: int = 0

    @property
    def sentence(self) -> str:
        note = f" {self.note[:1].upper()}{self.note[1:]}." if self.note else ""
        return f"{self.text}.{note}"


@dataclass(frozen=True, slots=True)
class Phone:
    """Who is meant: its MAC, and the addresses that it asked us from of late. `alone`: no other
    phone of its customer is registered as the same extension. `unique`: no other phone at all, of
    those that we know of, has the same SIP user."""

    mac: Mac
    addresses: frozenset[str] = frozenset()
    alone: bool = True
    unique: bool = True


def tell(route: Route, notice: Notice, phone: Phone, connect: Connect) -> Told:
    """Through the SIP server. Blocks; what the network does is told, not raised."""
    try:
        with connect(route.peer) as connection:
            return _through(connection, route, notice, phone)
    except OSError as error:
        return Told(False, f"{route.peer} can't be reached{_reason(route, why(error))}")


def tell_directly(route: Route, notice: Notice, connect: Connect) -> Told:
    """To the phone's own address."""
    try:
        with connect(route.peer) as connection:
            draft = _draft(route, notice, route.uri, connection)
            answered = connection.ask(draft, route.credentials)
            return _told(answered, f"The phone at {route.peer}", route.uri, direct=True)
    except OSError as error:
        return Told(False, f"{route.peer} can't be reached: {why(error)}")


def _through(connection: Connection, route: Route, notice: Notice, phone: Phone) -> Told:
    server = f"The SIP server {route.peer}"
    asked = connection.ask(_question(route), [route.own])
    if asked.response is None:
        return Told(False, f"{server} can't be asked{_reason(route, asked.reason)}")
    meant = _meant(asked.response, route, phone)
    if isinstance(meant, Told):
        return meant
    draft = _draft(route, notice, meant.uri, connection)
    # Who could not show that the extension is the phone's own gets nobody else's rights either.
    credentials = route.credentials if meant.shown else [route.own]
    told = _told(connection.ask(draft, credentials), server, route.uri)
    return replace(told, note=meant.note) if told.accepted else told


@dataclass(frozen=True, slots=True)
class _Meant:
    """To which URI the NOTIFY goes, and what is to be said of that."""

    uri: str
    note: str = ""
    shown: bool = True
    """The server has taken the line's own password."""


def _meant(listed: Response, route: Route, phone: Phone) -> _Meant | Told:
    """Exactly one phone, or why there is none such. That the server let the line's own password
    ask is what shows whose extension it is: anybody can register a phone here with any user."""
    if listed.status in _NO_REGISTRAR:
        everybody = _Meant(route.uri, _EVERYBODY.format(route.uri), shown=False)
        return everybody if phone.unique else _several("Several phones are", route)
    if listed.status != 200:
        said = f"{listed.status} {_shown(listed.reason)}".rstrip()
        return Told(
            False,
            f"The SIP server {route.peer} does not let this phone's line in ({said})",
            "Nobody was told: check the line's user and password",
            listed.status,
        )
    found = bindings(listed)
    if not found:
        return Told(False, f"Nobody is registered as {route.uri}", status=404)
    if len(found) == 1 and phone.alone:
        return _Meant(route.uri)
    one = single_out(found, phone.mac, phone.addresses)
    if one is None:
        return _several(
            f"{len(found)} phones are" if len(found) > 1 else "One of several is", route
        )
    return _Meant(one.uri, _ONE_OF.format(len(found), route.uri) if len(found) > 1 else "")


def _reason(route: Route, text: str) -> str:
    """For servers that the operator named. Others would learn from it which ports are open in a
    network that they can't reach."""
    return f": {text}" if route.trusted else ""


def _several(who: str, route: Route) -> Told:
    return Told(
        False,
        f"{who} registered as {route.uri}, and nothing tells which is this phone: none was told",
        "Give the phone's own address, or power-cycle it",
    )


def _question(route: Route) -> Draft:
    """RFC 3261, 10.2.3: without Contact it changes nothing, and is answered with all of them."""
    return Draft("REGISTER", f"sip:{route.domain}", f"<{route.uri}>", f"<{route.uri}>")


def _draft(route: Route, notice: Notice, uri: str, connection: Connection) -> Draft:
    """Outside of any dialogue, as the phones' makers want it; the rest is RFC 6665's, 4.2.1."""
    return Draft(
        "NOTIFY",
        uri,
        f"<{route.sender}>",
        f"<{route.uri}>",
        headers(
            ("Contact", f"<{connection.contact()}>"),
            ("Event", notice.event),
            ("Subscription-State", "terminated"),
            ("User-Agent", "provd"),
            ("Content-Type", notice.content_type),
        ),
        notice.body,
    )


_SERVER = {
    403: "{who} forbids it ({said})",
    404: "Nobody is registered as {uri} ({said})",
    408: "The SIP server got no answer from the phone ({said})",
    410: "Nobody is registered as {uri} ({said})",
    480: "Nobody is registered as {uri} just now ({said})",
    481: "The phone takes no NOTIFY that it did not ask for ({said})",
    489: "The phone does not know this event ({said})",
    604: "Nobody is registered as {uri} ({said})",
}
_PHONE = {
    403: "{who} forbids it; some phones obey their SIP server only ({said})",
    404: "{who} does not know itself as {uri} ({said})",
    481: _SERVER[481],
    489: _SERVER[489],
}
_CREDENTIALS = {401, 407}


def _told(answered: Answered, who: str, uri: str, *, direct: bool = False) -> Told:
    response = answered.response
    if response is None:
        return Told(False, f"{who} can't be asked: {answered.reason}")
    said = f"{response.status} {_shown(response.reason)}".rstrip()
    if 200 <= response.status < 300:
        return Told(True, f"The phone accepted it ({said})", status=response.status)
    if response.status in _CREDENTIALS:
        text = f"{who} does not take the credentials ({said})"
        note = "It knows its line's password" if direct else "Set resync.user and resync.password"
        return Told(False, text, note, response.status)
    forms = _PHONE if direct else _SERVER
    form = forms.get(response.status, "{who} refused it ({said})")
    return Told(False, form.format(who=who, uri=uri, said=said), status=response.status)


def _shown(reason: str) -> str:
    """What a stranger wrote, as a terminal and a page can bear it."""
    return "".join(letter if letter.isprintable() else "?" for letter in reason)[:80]
