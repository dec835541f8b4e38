"""A receiver over a dict, for trying the servers: what may be sent, and what was kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from twisted.internet.defer import Deferred

from provd.exchange import Admission, Outcome, Reason, Refusal, Request, Stored


@dataclass
class DictReceiver:
    """Takes what `allowed` names, of so many octets; `refusals` say why something else is refused.
    While `waiting` is set, admission waits for it; `storing` likewise."""

    allowed: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, Reason] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    told: list[tuple[str, str, bool, str]] = field(default_factory=list)
    waiting: Deferred[None] | None = None
    storing: Deferred[None] | None = None
    asked: int = 0
    challenge: tuple[str, ...] = ()

    async def admit(self, request: Request) -> Admission | Refusal:
        self.asked += 1
        if self.waiting is not None:
            await self.waiting
        if request.path in self.allowed:
            return Admission(self.allowed[request.path])
        reason = self.refusals.get(request.path, Reason.UPLOAD_REFUSED)
        return Refusal(reason, challenge=self.challenge)

    async def store(
        self, request: Request, admission: Admission, content: bytes
    ) -> Stored | Refusal:
        if self.storing is not None:
            await self.storing
        if request.path in self.refusals:
            return Refusal(self.refusals[request.path])
        created = request.path not in self.kept
        self.kept[request.path] = content
        return Stored(created, len(content))

    def received(self, request: Request, reply: Stored | Refusal, outcome: Outcome) -> None:
        reason = reply.reason.name if isinstance(reply, Refusal) else ""
        self.told.append((request.method, outcome.status, outcome.whole, reason))
