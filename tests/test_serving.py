"""What a reload may not make anybody forget."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from provd.app import now, renewed
from provd.devices.upload import Allowance, Sent
from provd.errors import StoreUnavailable
from provd.exchange import Answer, Outcome, Refusal, Request, Transport
from provd.provisioning.journal import JournalEntry
from provd.provisioning.presence import Presence
from provd.provisioning.spool_lines import from_line
from provd.serving import Serving
from provd.tally import Tally
from provd.vitals import AT
from tests.conftest import House

SEQUENCE = ("805ec0000001.boot", "y000000000108.cfg", "805ec0000001.cfg")


class Phone:
    """Asks the backend of a daemon, a second after each request before."""

    def __init__(self, house: House) -> None:
        self.journal: list[JournalEntry] = []
        self.tally = Tally()
        self.serving = Serving(
            Clock(), house.parts, self.tally,
            in_thread=in_thread, images_thread=in_thread, aside=in_thread,
            presence=Presence(lambda: 0.0),
            record=lambda line: self.journal.append(from_line(line)),
        )  # fmt: skip
        self.at = now()

    def asks(self, path: str) -> Answer | Refusal:
        self.at += timedelta(seconds=1)
        request = Request(path, Transport.TFTP, ip_address("127.0.0.1"), 1024, self.at)
        reply = self.serving.ready(request) or self._answer(request)
        whole = isinstance(reply, Answer)
        outcome = Outcome(whole, 0, "DATA", self.at, self.at)
        self.serving.delivered(request, reply, outcome)
        return reply

    def _answer(self, request: Request) -> Answer | Refusal:
        came: list[Answer | Refusal] = []
        Deferred.fromCoroutine(self.serving.answer(request)).addCallback(came.append)
        return came[0]


def in_thread(function: object, request: Request) -> object:
    assert callable(function)
    return succeed(function(request))


def test_a_phone_that_boots_during_a_reload_books_one_boot(house: House) -> None:
    phone = Phone(house)
    first, *others = SEQUENCE
    phone.asks(first)
    fresh = renewed(house.parts, house.parts.configuration)
    phone.serving.take_over(phone.serving.provisioning(fresh), fresh)
    for path in others:
        phone.asks(path)
    assert [entry.path for entry in phone.journal] == list(SEQUENCE)
    assert len({entry.boot_id for entry in phone.journal}) == 1


def test_each_rendering_is_measured_and_memory_renders_nothing(house: House) -> None:
    phone = Phone(house)
    for _ in range(2):
        assert isinstance(phone.asks("805ec0000001.cfg"), Answer)
    counts = phone.tally.counts()
    renders = sum(counts[AT[name]] for name in AT if name.startswith("render."))
    assert renders - counts[AT["render.microseconds"]] == 1
    assert (counts[AT["answers.memory"]], counts[AT["answers.thread"]]) == (1, 1)


def test_the_memory_tells_what_it_holds(house: House) -> None:
    phone = Phone(house)
    answer = phone.asks("805ec0000001.cfg")
    assert isinstance(answer, Answer)
    memory = phone.serving.memory
    assert len(memory) == 1
    assert len(answer.content) < memory.held < memory.limit


def test_files_are_rendered_one_at_a_time(house: House) -> None:
    serving = Phone(house).serving
    with serving._rendering():
        assert not serving._turn.acquire(blocking=False)
    assert serving._turn.acquire(blocking=False)


def test_an_upload_is_refused_at_once_while_the_database_is_away(house: House) -> None:
    presence = Presence(lambda: 0.0)
    serving = Serving(
        Clock(), house.parts, Tally(),
        in_thread=in_thread, images_thread=in_thread, aside=in_thread,
        presence=presence, record=lambda _: None,
    )  # fmt: skip
    presence.away("locked")
    uploads = serving._uploads
    with pytest.raises(StoreUnavailable, match="locked"):
        uploads.store.put(Sent(1, "log", "", "a", b"", now()), Allowance(1, 1))
    with pytest.raises(StoreUnavailable, match="locked"):
        uploads.store.get(1, "log")
