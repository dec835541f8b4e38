"""The backend of every protocol server: memory, the long way behind it, and the journal.

On the reactor's thread stand only a look into memory and an append to the spool; everything that
may block runs in a thread, through the `in_thread` that the composition root hands in.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from provd.errors import StoreUnavailable
from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.provisioning.alerts import AlertLog
from provd.provisioning.copies import Copies
from provd.provisioning.fallback import NOT_NOW, LastGood
from provd.provisioning.files import FileMemory, Files, Known
from provd.provisioning.lookup import Catalogue, Devices, Generation, LookUp, ReadBack, nothing_back
from provd.provisioning.policy import LASTING, Decision, Grant
from provd.provisioning.recorder import Recorder, Subject
from provd.provisioning.trust import Trust

log = structlog.get_logger()

InThread = Callable[[Callable[[Request], Answer | Refusal], Request], Awaitable[Answer | Refusal]]
Pause = Callable[[float], Awaitable[object]]

HELD_BACK = (0.05, 0.1)
"""Who named a MAC in vain is answered so many seconds after asking, at random between the two. The
work for a registered MAC and for another differs by some ten microseconds: nobody finds them in
there."""

_chance = random.SystemRandom()


class Provisioning:
    """Implements `provd.exchange.Backend`.

    `pause` waits that many seconds without holding a thread. `challenges`: whoever names a MAC in
    vain over HTTPS is asked for user name and password.
    """

    def __init__(
        self,
        devices: Devices,
        catalogue: Catalogue,
        files: Files,
        copies: Copies,
        *,
        generation: Generation,
        trust: Trust,
        in_thread: InThread,
        aside: InThread,
        record: Callable[[bytes], object],
        pause: Pause,
        clock: Callable[[], datetime],
        recorder: Recorder | None = None,
        rendering: Callable[[], AbstractContextManager[object]] = nullcontext,
        read_back: ReadBack = nothing_back,
        challenges: bool = False,
    ) -> None:
        """`in_thread` may raise StoreUnavailable without calling anything; `aside` is another
        thread, where nobody waits for the database. `recorder` knows the boots in progress, so it
        outlives a reload. Each file is rendered inside of a `rendering()`, in the thread that does
        it: whoever measures, knows."""
        self._generation = generation
        self._trust = trust
        self._in_thread = in_thread
        self._aside = aside
        self._record = record
        self._pause = pause
        self._clock = clock
        self._challenges = challenges
        self._recorder = recorder or Recorder()
        self._alerts = AlertLog()
        self.memory = FileMemory()
        self.look_up = LookUp(
            devices,
            catalogue,
            files,
            self.memory,
            copies,
            generation=generation,
            trust=trust,
            rendering=rendering,
            read_back=read_back,
        )
        self.last_good = LastGood(catalogue, files, copies, trust)

    def ready(self, request: Request) -> Answer | Refusal | None:
        """A file in memory that this phone may have, or silence; other refusals take the long way,
        all the same one, so that their timing tells nothing.

        Silence is for whoever proves nothing: a phone beside a sweep still gets its own files."""
        known = self.memory.get(request)
        if known is not None and known.generation != self._generation.value:
            known = None
        if self._trust.watch.silent(request):
            own = known and known.standing and self._granted(request, known)
            return own or Refusal(Reason.BLOCKED, Subject())
        if known is None:
            return None
        lasting = known.lasting.find(request, self._trust.bench_networks)
        return lasting or self._granted(request, known)

    async def answer(self, request: Request) -> Answer | Refusal:
        reply = await self._looked_up(request)
        subject = reply.subject
        in_vain = isinstance(subject, Subject) and subject.tried is not None
        unavailable = isinstance(reply, Refusal) and reply.reason is Reason.UNAVAILABLE
        if in_vain or unavailable:
            await self._hold_back(request)
        return self._challenged(request, reply) if in_vain else reply

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        if isinstance(reply, Refusal):
            if reply.reason is Reason.BLOCKED:
                return  # a sweep must not fill the journal
            self._alerts.refused(request, reply)
        self._record(self._recorder.line(request, reply, outcome))

    async def _looked_up(self, request: Request) -> Answer | Refusal:
        try:
            reply = await self._in_thread(self.look_up, request)
        except StoreUnavailable:
            return await self._fallen_back(request)
        except Exception:
            # The edge of the domain: one request must not take the server with it.
            log.exception("answer_failed", transport=request.transport.value)
            return await self._fallen_back(request)
        if isinstance(reply, Refusal) and reply.reason is Reason.CANNOT_RENDER:
            return self._made_before(request) or reply
        return reply

    async def _fallen_back(self, request: Request) -> Answer | Refusal:
        """What this phone got before, however old: better than nothing."""
        try:
            return await self._aside(self.last_good, request)
        except Exception:
            # The same edge.
            log.exception("last_good_failed", transport=request.transport.value)
            return NOT_NOW

    async def _hold_back(self, request: Request) -> None:
        until = request.received_at + timedelta(seconds=_chance.uniform(*HELD_BACK))
        await self._pause(max(0.0, (until - self._clock()).total_seconds()))

    def _challenged(self, request: Request, reply: Answer | Refusal) -> Answer | Refusal:
        """The same for every MAC: a challenge to those who have a password would name them. A name
        that is of no phone's own file opens nothing, whatever is shown."""
        asks = self._challenges and request.transport is Transport.HTTPS
        if not asks or isinstance(reply, Answer) or _is_no_phones_own(reply):
            return reply
        stale = reply.reason is Reason.STALE_CREDENTIALS
        challenge = self._trust.authentication.challenge(request, stale=stale)
        return replace(reply, challenge=challenge)

    def _made_before(self, request: Request) -> Answer | None:
        """A file of nobody's, however old. A device's own come with its standing."""
        known = self.memory.get(request)
        return self._allowed(request, known) if known and known.standing is None else None

    def _granted(self, request: Request, known: Known) -> Answer | None:
        """Where the file was made for where the phone asks from. What lasts was kept there."""
        return self._allowed(request, known) if known.holds(request, self._trust.bench) else None

    def _allowed(self, request: Request, known: Known) -> Answer | None:
        """What was made for one device only that device may have, a shared file included."""
        if known.standing is None:
            return known.lasting.to_all(lambda: known.answer(request, self._trust.bench))
        decision: Decision = self._trust.decide_at_once(request, known.token, known.standing)
        if not isinstance(decision, Grant) or decision.pin:
            return None
        answer = known.answer(request, self._trust.bench)
        if decision.way in LASTING:
            known.lasting.keep(decision, answer)
        return answer


def _is_no_phones_own(reply: Refusal) -> bool:
    subject = reply.subject
    own = isinstance(subject, Subject) and subject.mac is not None and subject.file_kind
    return reply.reason is Reason.NO_SUCH_FILE and not own
