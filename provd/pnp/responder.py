"""Who has asked, who was told, and who is told again. Pure: datagrams and the time in, datagrams
out; who may be told what is decided by whoever holds this."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from provd.pnp.allowance import Allowance
from provd.pnp.announcement import Announcement, announcement
from provd.pnp.dialogue import Dialogue, Ends, Place, Token
from provd.sip.messages import MessageError, Request, Response, read, sequence

KEPT_SECONDS = 32.0
"""For so long a SUBSCRIBE that comes again is the same one (RFC 3261, 17.2.2: timer J)."""
MOST = 1024
LONGEST = 2048
"""Octets of a datagram; a phone's SUBSCRIBE has 600. What we send is made of it."""

Key = tuple[Place, str, int]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A phone that waits for its answer."""

    key: Key
    said: Announcement

    @property
    def source(self) -> Place:
        return self.key[0]


@dataclass(slots=True)
class _Heard:
    request: Request
    until: float
    dialogue: Dialogue | None = None


@dataclass(slots=True)
class Responder:
    """`ours` is where answers leave from. `tell` is told what happens, in the words of
    `provd.vitals.PNP_EVENTS`. Send what `take` gives after every call, and call `wake` when `due`
    has come."""

    ours: Place
    token: Token
    tell: Tell
    allowance: Allowance
    _heard: OrderedDict[Key, _Heard] = field(default_factory=OrderedDict)
    _outgoing: list[tuple[bytes, Place]] = field(default_factory=list)

    @property
    def due(self) -> float:
        running = [one.dialogue.due for one in self._heard.values() if one.dialogue]
        return min(running, default=math.inf)

    def take(self) -> list[tuple[bytes, Place]]:
        taken, self._outgoing = self._outgoing, []
        return taken

    def subscribed(self, data: bytes, source: Place, now: float) -> Asked | None:
        """What came by multicast. A phone that asks for the first time is to be decided about."""
        self._forget(now)
        if not self.allowance.take(source[0], now):
            self.tell("turned_away")
            return None
        request, said = _read(data)
        if request is None or said is None:
            self.tell("malformed")
            return None
        key = source, request.headers.first("Call-ID"), sequence(request)[0]
        if key in self._heard:
            self._again(self._heard[key])
            return None
        self.tell("asked")
        self._heard[key] = _Heard(request, now + KEPT_SECONDS)
        if len(self._heard) > MOST:
            self._heard.popitem(last=False)
        return Asked(key, said)

    def told(self, asked: Asked, url: str, now: float) -> bool:
        """The phone is to be told that URL. False where its request can't be answered, or was
        forgotten meanwhile."""
        heard = self._heard.get(asked.key)
        if heard is None:
            return False
        ends = Ends(self.ours, asked.source)
        try:
            heard.dialogue = Dialogue(heard.request, url, ends, token=self.token, now=now)
        except MessageError:
            self.tell("malformed")
            return False
        self._outgoing.append((heard.dialogue.accepted, asked.source))
        self._outgoing.append((heard.dialogue.take(), asked.source))
        self.tell("answered")
        return True

    def heard(self, data: bytes, source: Place) -> None:
        """What came to where answers leave from: a phone's answer to its NOTIFY."""
        dialogues = [one.dialogue for one in self._heard.values() if one.dialogue]
        waiting = [one for one in dialogues if one.ends.phone[0] == source[0] and not one.over]
        response = _response(data) if waiting else None
        if response and any(dialogue.hear(response) for dialogue in waiting):
            self.tell("confirmed" if response.status < 300 else "declined")

    def wake(self, now: float) -> None:
        for one in self._heard.values():
            dialogue = one.dialogue
            if dialogue is None or dialogue.due > now:
                continue
            if dialogue.wake(now):
                self._outgoing.append((dialogue.take(), dialogue.ends.phone))
            elif dialogue.over:
                self.tell("unanswered")

    def _again(self, heard: _Heard) -> None:
        """The answer may be lost; while it is decided there is none."""
        if heard.dialogue:
            self._outgoing.append((heard.dialogue.accepted, heard.dialogue.ends.phone))

    def _forget(self, now: float) -> None:
        """They stand in the order in which they came."""
        while self._heard and next(iter(self._heard.values())).until <= now:
            self._heard.popitem(last=False)


def _read(data: bytes) -> tuple[Request | None, Announcement | None]:
    try:
        message = read(data) if len(data) <= LONGEST else None
    except MessageError:
        return None, None
    return (message, announcement(message)) if isinstance(message, Request) else (None, None)


def _response(data: bytes) -> Response | None:
    try:
        message = read(data) if len(data) <= LONGEST else None
    except MessageError:
        return None
    return message if isinstance(message, Response) else None
