"""A backend over a dict, for trying the servers: what is asked for, and what was delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from twisted.internet.defer import Deferred

from provd.exchange import Answer, Outcome, Reason, Refusal, Request

MODIFIED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 8, 30, 0, tzinfo=UTC)


def answer(content: bytes, media_type: str = "text/plain") -> Answer:
    return Answer(content, media_type, hashlib.sha256(content).hexdigest()[:16], MODIFIED)


@dataclass
class Delivery:
    request: Request
    reply: Answer | Refusal
    outcome: Outcome


@dataclass
class DictBackend:
    """Files by path. `waiting` paths take a thread: they answer when their Deferred fires."""

    files: Mapping[str, bytes]
    refusals: Mapping[str, Reason] = field(default_factory=dict)
    waiting: dict[str, Deferred[None]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    on_delivery: Callable[[Delivery], None] | None = None

    def ready(self, request: Request) -> Answer | Refusal | None:
        self.asked.append(request)
        return None if request.path in self.waiting else self._reply(request)

    async def answer(self, request: Request) -> Answer | Refusal:
        await self.waiting[request.path]
        return self._reply(request)

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        delivery = Delivery(request, reply, outcome)
        if self.on_delivery is not None:
            self.on_delivery(delivery)
        else:
            self.deliveries.append(delivery)

    def _reply(self, request: Request) -> Answer | Refusal:
        content = self.files.get(request.path)
        if content is None:
            return Refusal(self.refusals.get(request.path, Reason.NO_SUCH_FILE))
        return answer(content)
