"""One request until its final answer: sent, sent again, and once more with credentials where it is
challenged (RFC 3261, 8.1.3.5). Pure: messages and the time in, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from provd.sip import digest
from provd.sip.digest import Credentials
from provd.sip.messages import (
    Headers,
    Message,
    MessageError,
    Request,
    Response,
    headers,
    sequence,
    write,
)
from provd.sip.transaction import Timers, Transaction
from provd.sip.values import listed, main_value

MAGIC = "z9hG4bK"
_MOST_ROUNDS = 5
"""A proxy, the phone behind it, and a stale nonce for each."""

Token = Callable[[], str]
"""Letters and digits that nobody can guess and that never come twice."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked, whatever the way. `sender` and `recipient` are the values of From and To,
    without their tags. `sequence` is the first CSeq."""

    method: str
    uri: str
    sender: str
    recipient: str
    more: Headers = field(default_factory=Headers)
    body: bytes = b""
    sequence: int = 1


@dataclass(frozen=True, slots=True)
class Way:
    """How it goes: `transport` as Via names it, and `local`, this end's host:port."""

    transport: str
    local: str

    @property
    def reliable(self) -> bool:
        return self.transport != "UDP"


class Inquiry:
    """Send what `take` gives after every call; call `wake` when `due` has come, and `hear` with
    whatever came, until `over`. Then `response` is the final one, or None: nobody answered.

    Of several `credentials` each is tried once for each realm, first those that no other realm was
    shown. Raises MessageError, from the beginning, for a draft that can't be written.
    """

    def __init__(
        self,
        draft: Draft,
        way: Way,
        credentials: tuple[Credentials, ...] = (),
        *,
        token: Token,
        now: float,
        timers: Timers | None = None,
    ) -> None:
        self._draft = draft
        self._way = way
        self._credentials = credentials
        self._token = token
        self._timers = timers or Timers()
        self._tag, self._call = token(), token()
        self._tried: list[tuple[int, str, Credentials]] = []
        self._proofs: dict[tuple[int, str], str] = {}
        self._sequence = draft.sequence
        self._outgoing: list[bytes] = []
        self.over = False
        self.response: Response | None = None
        self._send(now)

    @property
    def due(self) -> float:
        return self._transaction.due

    @property
    def showed_credentials(self) -> bool:
        return bool(self._tried)

    def take(self) -> list[bytes]:
        taken, self._outgoing = self._outgoing, []
        return taken

    def wake(self, now: float) -> None:
        if self._transaction.wake(now):
            self._outgoing.append(self._bytes)
        self.over = self.over or self._transaction.is_over(now)

    def hear(self, message: Message, now: float) -> None:
        """What is no answer to the request as it was sent last is ignored."""
        if self.over or not isinstance(message, Response) or not self._is_ours(message):
            return
        if not message.is_final:
            self._transaction.heard_provisional()
        elif self._can_prove(message):
            self._sequence += 1
            self._send(now)
        else:
            self.over, self.response = True, message

    def _send(self, now: float) -> None:
        self._branch = MAGIC + self._token()
        self._bytes = write(self._request())
        self._transaction = Transaction(self._timers, now, reliable=self._way.reliable)
        self._outgoing.append(self._bytes)

    def _request(self) -> Request:
        draft, way = self._draft, self._way
        rows = headers(
            ("Via", f"SIP/2.0/{way.transport} {way.local};branch={self._branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"{draft.sender};tag={self._tag}"),
            ("To", draft.recipient),
            ("Call-ID", self._call),
            ("CSeq", f"{self._sequence} {draft.method}"),
            *draft.more,
            *((digest.PLACES[status][1], proof) for (status, _), proof in self._proofs.items()),
        )
        return Request(draft.method, draft.uri, rows, draft.body)

    def _is_ours(self, response: Response) -> bool:
        """RFC 3261, 17.1.3; besides the dialogue must be the one that we began."""
        vias = listed(response.headers.all("Via"))
        return (
            len(vias) == 1
            and main_value(vias[0])[1].get("branch") == self._branch
            and sequence(response) == (self._sequence, self._draft.method)
            and response.headers.first("Call-ID") == self._call
        )

    def _can_prove(self, response: Response) -> bool:
        """Whether credentials are left to answer it with; then the next request has them."""
        given = digest.challenge(response)
        if given is None or self._sequence - self._draft.sequence >= _MOST_ROUNDS:
            return False
        place = response.status, given.realm
        credentials = self._again(place) if given.stale else self._fresh(place)
        if credentials is None:
            return False
        try:
            self._proofs[place] = digest.answer(
                given,
                credentials,
                method=self._draft.method,
                uri=self._draft.uri,
                body=self._draft.body,
                cnonce=self._token(),
            )
        except MessageError:
            return False
        self._tried.append((*place, credentials))
        return True

    def _again(self, place: tuple[int, str]) -> Credentials | None:
        """Those shown last: they were right, only their nonce was too old."""
        shown = [row[2] for row in self._tried if row[:2] == place]
        return shown[-1] if shown else self._fresh(place)

    def _fresh(self, place: tuple[int, str]) -> Credentials | None:
        left = [one for one in self._credentials if (*place, one) not in self._tried]
        elsewhere = [row[2] for row in self._tried]
        return min(left, key=lambda one: one in elsewhere, default=None)
