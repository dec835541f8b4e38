"""Which of the phones that are registered as one extension is meant.

A registrar sends a NOTIFY for an extension to every phone that is registered as it. So it is asked
first whose they are (RFC 3261, 10.2.3: a REGISTER without Contact), and where there are several,
the NOTIFY is for the contact of this phone alone, or for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.sip.messages import MessageError, Response
from provd.sip.values import address, listed, uri

_MOST = 100


@dataclass(frozen=True, slots=True)
class Binding:
    """A contact that the registrar has. `hosts` are the addresses that it is known by: its own,
    and where its registration came from."""

    uri: str
    hosts: frozenset[str]
    text: str

    def names(self, mac: Mac) -> bool:
        """Whether the phone's MAC stands in it: in +sip.instance, or in a user of the vendor's."""
        return mac.digits in re.sub(r"[:._-]|%3a", "", self.text.lower())


def bindings(response: Response) -> list[Binding]:
    """Those that a registrar's 200 to a REGISTER lists."""
    found = []
    for text in listed(response.headers.all("Contact"))[:_MOST]:
        try:
            contact = address(text)
            own = {uri(contact.uri).host}
            received = contact.parameters.get("received", "")
            behind = {uri(received).host} if received else set()
        except MessageError:
            continue
        found.append(Binding(contact.uri, frozenset(own | behind), text))
    return found


def single_out(found: Sequence[Binding], mac: Mac, addresses: Collection[str]) -> Binding | None:
    """The one that is this phone's, by its MAC, else by the addresses that it asked us from; None
    where none is, or several."""
    named = [one for one in found if one.names(mac)]
    if not named:
        named = [one for one in found if one.hosts & set(addresses)]
    return named[0] if len(named) == 1 else None
