"""One phone's SUBSCRIBE, and the NOTIFY that tells it the URL (RFC 6665, in one dialogue that ends
with it). Pure: the time is given, bytes come out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from provd.sip.answers import answer
from provd.sip.messages import MessageError, Request, Response, headers, sequence, write
from provd.sip.transaction import Timers, Transaction
from provd.sip.values import address, listed, main_value, uri

MAGIC = "z9hG4bK"
MOST_SENT = 3
"""Times that a NOTIFY is sent: at 0, 0.5 and 1.5 seconds. Who may have forged a phone's
address must not make us send many times as much as he did."""

Token = Callable[[], str]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Ends:
    """Host and port of both ends: ours, from which answers leave; the phone's, from which it asked,
    whatever its Via or Contact says."""

    ours: Place
    phone: Place

    @property
    def local(self) -> str:
        return f"{self.ours[0]}:{self.ours[1]}"


class Dialogue:
    """`accepted` is the answer to the SUBSCRIBE, as often as it comes; `take` gives the NOTIFY
    whenever it shall be sent. Raises MessageError for a request that can't be answered."""

    def __init__(self, request: Request, url: str, ends: Ends, *, token: Token, now: float) -> None:
        tag = token()
        self.ends = ends
        self.accepted = write(_accepted(request, ends, tag))
        self._branch = MAGIC + token()
        self._call = request.headers.first("Call-ID")
        self._notify = write(_notify(request, url, ends, self._branch, tag))
        self._transaction = Transaction(Timers(), now, reliable=False)
        self._left = MOST_SENT
        self.over = False

    @property
    def due(self) -> float:
        """When `wake` shall be called; never, once it is over."""
        return math.inf if self.over else self._transaction.due

    def take(self) -> bytes:
        """The NOTIFY, now."""
        self._left -= 1
        return self._notify

    def wake(self, now: float) -> bool:
        """Whether the NOTIFY is to be sent again; without any left it is over."""
        if self._transaction.wake(now):
            self.over = not self._left
            return not self.over
        return False

    def hear(self, response: Response) -> bool:
        """Whether it ended with this answer."""
        if self.over or not response.is_final or not self._is_ours(response):
            return False
        self.over = True
        return True

    def _is_ours(self, response: Response) -> bool:
        """RFC 3261, 17.1.3."""
        vias = listed(response.headers.all("Via"))
        return (
            len(vias) == 1
            and main_value(vias[0])[1].get("branch") == self._branch
            and response.headers.first("Call-ID") == self._call
            and sequence(response)[1] == "NOTIFY"
        )


def _accepted(request: Request, ends: Ends, tag: str) -> Response:
    more = headers(("Contact", f"<sip:{ends.local}>"), ("Expires", "0"))
    return answer(request, 200, "OK", tag=tag, source=ends.phone, more=more)


def _notify(request: Request, url: str, ends: Ends, branch: str, tag: str) -> Request:
    given = request.headers
    rows = headers(
        ("Via", f"SIP/2.0/UDP {ends.local};branch={branch};rport"),
        ("Max-Forwards", "20"),
        ("From", _tagged(given.first("To"), tag)),
        ("To", given.first("From")),
        ("Call-ID", given.first("Call-ID")),
        ("CSeq", "1 NOTIFY"),
        ("Contact", f"<sip:{ends.local}>"),
        ("Event", "ua-profile;effective-by=0"),
        ("Subscription-State", "terminated;reason=timeout"),
        ("Content-Type", "application/url"),
    )
    return Request("NOTIFY", _target(request, ends), rows, url.encode())


def _target(request: Request, ends: Ends) -> str:
    """What the phone called itself; it is sent where the SUBSCRIBE came from all the same."""
    contact = next(iter(listed(request.headers.all("Contact"))), "")
    try:
        return str(uri(address(contact).uri))
    except MessageError:
        return f"sip:{ends.phone[0]}:{ends.phone[1]}"


def _tagged(value: str, tag: str) -> str:
    """As `provd.sip.answers` does it: the dialogue's two messages must agree."""
    return value if "tag" in main_value(value)[1] else f"{value};tag={tag}"
