"""What a phone says of itself in its SUBSCRIBE.

The MAC stands in the user part of the Request-URI, of To or of From, in forms that differ by vendor
and firmware: MAC%3a001565aabbcc, MAC:..., MAC=..., MAC001565aabbcc, or the digits alone. Vendor,
model and version are parameters of the Event ua-profile, in any order, quoted or not; what they say
is not always what the phone's User-Agent says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.errors import MacError
from provd.sip.messages import Request
from provd.sip.values import main_value

METHOD = "SUBSCRIBE"
EVENT = "ua-profile"
LONGEST = 64
"""Characters of a vendor, model or version that are kept: these are for people."""

_USER = re.compile(r"sips?:(?:MAC(?::|=|%3A)?)?([0-9A-F]{12})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """`vendor`, `model`, `version` and `agent` (the SIP User-Agent) are the phone's own words, and
    prove nothing; empty where it says nothing."""

    mac: Mac
    vendor: str
    model: str
    version: str
    agent: str


def announcement(request: Request) -> Announcement | None:
    """None for what is no such SUBSCRIBE, for one without a MAC, and for one with two."""
    event, said = main_value(request.headers.first("Event"))
    if request.method != METHOD or event.lower() != EVENT:
        return None
    macs = set(_macs(request))
    if len(macs) != 1:
        return None
    vendor, model, version = (_told(said.get(name, "")) for name in ("vendor", "model", "version"))
    agent = _told(request.headers.first("User-Agent"), 4 * LONGEST)
    return Announcement(macs.pop(), vendor, model, version, agent)


def _macs(request: Request) -> Iterator[Mac]:
    places = (request.uri, request.headers.first("To"), request.headers.first("From"))
    for text in places:
        for found in _USER.finditer(text):
            try:
                yield Mac.parse(found[1])
            except MacError:
                continue  # a group address is nobody's


def _told(text: str, longest: int = LONGEST) -> str:
    return "".join(one for one in text if one.isprintable())[:longest]
