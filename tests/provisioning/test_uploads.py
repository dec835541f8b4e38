"""Who may send what, who gets it back, and that a stranger learns nothing by trying."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.errors import StoreUnavailable
from provd.exchange import Admission, Answer, Outcome, Reason, Refusal, Request, Stored, Transport
from provd.provisioning.journal import JournalEntry
from provd.provisioning.recorder import Recorder, Subject
from provd.provisioning.spool_lines import from_line
from provd.provisioning.uploads import Receiving, Uploads
from tests.conftest import House
from tests.provisioning.asking import ANOTHER, BENCH, MAC, SITE, STRANGER, Phones, close_window
from tests.provisioning.test_multipart import TYPE
from tests.provisioning.test_multipart import form as in_form
from tests.provisioning.wiring import trust_of

LOG, CHANGES, CONTACTS = (f"805ec0000001-{end}" for end in ("sys.log", "local.cfg", "contact.xml"))
UNKNOWN = "805ec0fffff1"
UNKNOWN_LOG = f"{UNKNOWN}-sys.log"


class Sender:
    """Asks the receiver as a server does, and reads as `Phones` do."""

    def __init__(self, house: House) -> None:
        self.phones = Phones(house)
        self.journal: list[JournalEntry] = []
        self.paused: list[float] = []
        parts = house.parts
        self.uploads = Uploads(
            parts.store.devices,
            parts.registry,
            parts.files,
            parts.store.uploads,
            trust_of(parts),
            parts.generation,
        )
        self.phones.backend.look_up._read_back = self.uploads.read_back
        self.receiving = Receiving(
            lambda: self.uploads,
            in_thread=self._in_thread,
            record=lambda line: self.journal.append(from_line(line)),
            recorder=Recorder(),
            pause=self._pause,
            clock=lambda: self.phones.now,
        )

    def request(self, path: str, address: str = SITE, **how: Any) -> Request:
        how.setdefault("transport", Transport.HTTPS)
        more = how.pop("headers", {})
        request = self.phones.request(path, address, **how)
        return replace(request, method="PUT", headers={**request.headers, **more})

    def admit(self, path: str, address: str = SITE, **how: Any) -> Admission | Refusal:
        return asyncio.run(self.receiving.admit(self.request(path, address, **how)))

    def reason(self, path: str, address: str = SITE, **how: Any) -> Reason:
        reply = self.admit(path, address, **how)
        assert isinstance(reply, Refusal), reply
        return reply.reason

    def send(self, path: str, content: bytes, address: str = SITE, **how: Any) -> Stored | Refusal:
        request = self.request(path, address, **how)

        async def upload() -> Stored | Refusal:
            admitted = await self.receiving.admit(request)
            if isinstance(admitted, Refusal):
                return admitted
            return await self.receiving.store(request, admitted, content)

        reply = asyncio.run(upload())
        whole = isinstance(reply, Stored)
        now = self.phones.now
        self.receiving.received(request, reply, Outcome(whole, len(content), "201", now, now))
        return reply

    async def _in_thread(self, function: Callable[..., Any], *given: Any) -> Any:
        return function(*given)

    async def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)


def phone(house: House) -> Device:
    device = house.parts.store.devices.by_mac(MAC)
    assert device is not None
    return device


def switch(house: House, on: bool) -> None:
    house.parts.store.sites.update(phone(house).site_id, settings={"provisioning.uploads": on})


@pytest.fixture
def sender(house: House) -> Sender:
    switch(house, True)
    close_window(house)
    return Sender(house)


def test_a_phone_at_its_site_sends_its_log(house: House, sender: Sender) -> None:
    assert isinstance(sender.send(LOG, b"booted\n"), Stored)
    upload = house.parts.store.uploads.get(phone(house).id, "system_log")
    assert upload is not None
    assert (upload.content, upload.facts.name) == (b"booted\n", LOG)


def test_what_a_phone_posts_in_a_form_is_kept_without_its_envelope(
    house: House, sender: Sender
) -> None:
    form = {"content-type": TYPE}
    reply = sender.send(LOG, in_form(b"booted\r\n\x00"), headers=form)
    assert isinstance(reply, Stored)
    assert reply.size == 9
    upload = house.parts.store.uploads.get(phone(house).id, "system_log")
    assert upload is not None
    assert upload.content == b"booted\r\n\x00"
    assert upload.facts.size == 9


def test_a_form_without_a_whole_file_is_kept_not_at_all(house: House, sender: Sender) -> None:
    reply = sender.send(LOG, in_form(b"booted")[:-30], headers={"content-type": TYPE})
    assert isinstance(reply, Refusal)
    assert reply.reason is Reason.UPLOAD_BROKEN
    assert house.parts.store.uploads.get(phone(house).id, "system_log") is None


def test_it_is_journaled_with_its_method_and_completes_no_boot(sender: Sender) -> None:
    sender.send(LOG, b"booted\n")
    [entry] = sender.journal
    assert (entry.method, entry.path, entry.whole, entry.size) == ("PUT", LOG, True, 7)
    assert not entry.completes_boot
    assert entry.device_id is not None


@pytest.mark.parametrize("transport", [Transport.TFTP, Transport.HTTP, Transport.HTTPS])
def test_its_own_changes_come_back_to_the_phone_alone(sender: Sender, transport: Transport) -> None:
    sender.send(CHANGES, b"linekey.1.label = Mum\n", BENCH, transport=transport)
    assert sender.phones.content(CHANGES, SITE, transport) == "linekey.1.label = Mum\n"
    assert sender.phones.content(f"any/folder/{CHANGES}", SITE, transport)
    refused = sender.phones.refusal(CHANGES, STRANGER, transport)
    assert isinstance(refused.subject, Subject)
    assert refused.subject.tried


def test_over_tftp_a_site_s_address_sends_logs_but_no_changes(sender: Sender) -> None:
    assert sender.reason(CHANGES, SITE, transport=Transport.TFTP) is Reason.UPLOAD_REFUSED
    assert isinstance(sender.admit(LOG, SITE, transport=Transport.TFTP), Admission)
    assert isinstance(sender.admit(CHANGES, BENCH, transport=Transport.TFTP), Admission)
    assert isinstance(sender.admit(CHANGES, SITE, transport=Transport.HTTP), Admission)


def test_the_latest_changes_come_back(sender: Sender) -> None:
    for content in (b"old", b"new"):
        sender.send(CHANGES, content)
        assert sender.phones.content(CHANGES, SITE) == content.decode()


def test_logs_are_for_people_only(sender: Sender) -> None:
    sender.send(LOG, b"booted")
    assert sender.phones.reason(LOG, SITE) is Reason.NO_SUCH_FILE


def test_where_uploads_are_off_nothing_comes_and_nothing_comes_back(
    house: House, sender: Sender
) -> None:
    sender.send(CHANGES, b"old")
    switch(house, False)
    assert sender.reason(CHANGES) is Reason.UPLOAD_REFUSED
    assert sender.phones.reason(CHANGES, SITE) is Reason.NO_SUCH_FILE


def test_they_are_off_unless_somebody_switches_them_on(house: House) -> None:
    assert Sender(house).reason(LOG) is Reason.UPLOAD_REFUSED


@pytest.mark.parametrize(
    "path", ["805ec0000001.cfg", "y000000000108.cfg", "nonsense", "805ec0000001-sys.log.exe", ""]
)
def test_what_no_vendor_s_phones_send_is_refused_without_a_query(
    sender: Sender, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sender.uploads.devices), "find", None)
    assert sender.reason(path) is Reason.UPLOAD_REFUSED


def test_another_vendor_s_name_for_a_phone_s_file_is_refused(sender: Sender) -> None:
    assert sender.reason("805ec0000001-phone.cfg") is Reason.UPLOAD_REFUSED


@pytest.mark.parametrize("transport", list(Transport))
def test_a_stranger_is_refused_alike_for_known_and_unknown(
    sender: Sender, transport: Transport
) -> None:
    known = sender.admit(LOG, STRANGER, transport=transport)
    unknown = sender.admit(UNKNOWN_LOG, ANOTHER, transport=transport)
    for reply in (known, unknown):
        assert isinstance(reply, Refusal)
        assert reply.challenge == ()
        assert isinstance(reply.subject, Subject)
        assert reply.subject.tried is not None
    assert len(sender.paused) == 2
    assert all(0.0 < pause <= 0.1 for pause in sender.paused)


@pytest.mark.parametrize("challenges", [False, True])
@pytest.mark.parametrize("path", ["{}-sys.log", "{}-phone.cfg"])
def test_an_open_window_can_not_be_told_by_an_upload_that_pins_none(
    path: str, challenges: bool, house: House
) -> None:
    """Uploads are off here, or the name is another vendor's."""
    sender = Sender(house)
    sender.uploads = replace(sender.uploads, challenges=challenges)
    replies = [sender.admit(path.format(digits), STRANGER) for digits in ("805ec0000001", UNKNOWN)]
    for reply in replies:
        assert isinstance(reply, Refusal)
        assert bool(reply.challenge) is challenges
        assert isinstance(reply.subject, Subject)
        assert reply.subject.tried == reply.subject.mac
        assert reply.subject.place is None
    for number in range(18):
        sender.admit(f"805ec0ff{number:04x}-sys.log", STRANGER)
    assert sender.reason(LOG, STRANGER) is Reason.BLOCKED


def test_a_refusal_takes_a_random_moment_where_uploads_are_off_too(
    house: House, sender: Sender
) -> None:
    switch(house, False)
    for path in (LOG, UNKNOWN_LOG):
        sender.admit(path, BENCH)
    assert len(sender.paused) == 2
    assert all(0.0 < pause <= 0.1 for pause in sender.paused)


def test_no_secret_is_opened_for_a_stranger(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provd.store.placements.Found.placement", None)
    assert sender.reason(LOG, STRANGER) is not Reason.UNAVAILABLE


def test_a_sweep_by_uploads_ends_in_silence(sender: Sender) -> None:
    for number in range(25):
        sender.admit(f"805ec0ff{number:04x}-sys.log", STRANGER)
    assert sender.reason(LOG, STRANGER) is Reason.BLOCKED


def test_the_first_fetch_s_window_is_pinned_by_an_upload_as_by_a_file(
    house: House, sender: Sender
) -> None:
    until = sender.phones.now + timedelta(days=1)
    house.parts.store.devices.open_window(phone(house).id, until)
    assert isinstance(sender.admit(LOG, STRANGER), Admission)
    assert isinstance(sender.admit(LOG, ANOTHER), Refusal)


def test_a_device_has_so_much_room_and_the_old_ones_stay(sender: Sender) -> None:
    big = bytes(3 << 20)
    assert isinstance(sender.send(CHANGES, big), Stored)
    full = sender.send(CONTACTS, big)
    assert isinstance(full, Refusal)
    assert full.reason is Reason.QUOTA
    assert isinstance(sender.phones.ask(CHANGES, SITE), Answer)


def test_what_a_file_may_have_its_vendor_says(sender: Sender) -> None:
    for path, most in ((LOG, 1024 << 10), (CHANGES, 256 << 10)):
        admission = sender.admit(path)
        assert isinstance(admission, Admission)
        assert admission.maximum_octets == most


def test_an_upload_is_not_kept_for_a_phone_that_was_returned_meanwhile(
    house: House, sender: Sender
) -> None:
    request = sender.request(CHANGES)
    admission = asyncio.run(sender.receiving.admit(request))
    assert isinstance(admission, Admission)
    devices, device = house.parts.store.devices, phone(house)
    assert devices.change_state(device.id, device.state, State.RETURNED)
    reply = asyncio.run(sender.receiving.store(request, admission, b"x"))
    assert isinstance(reply, Refusal)
    assert reply.reason is Reason.UPLOAD_REFUSED
    assert house.parts.store.uploads.of_device(device.id) == []


def test_a_database_that_is_away_is_unavailable(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(sender.uploads.store), "put", away)
    reply = sender.send(LOG, b"x")
    assert isinstance(reply, Refusal)
    assert reply.reason is Reason.UNAVAILABLE
