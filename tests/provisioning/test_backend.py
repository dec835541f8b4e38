"""From a request to its reply and its journal entry, with the real store and the real vendors."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import StoreUnavailable
from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.provisioning.backend import Provisioning
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool_lines import from_line
from tests.conftest import House
from tests.provisioning.wiring import no_pause, trust_of

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE, BENCH, STRANGER, ANOTHER = "127.0.0.1", "127.0.0.2", "203.0.113.9", "203.0.113.10"
YEALINK = "805ec0000001"
DEVICE_FILE = f"{YEALINK}.cfg"
COMMON_FILE = "y000000000108.cfg"
AGENT = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01"


@dataclass
class Phones:
    """Asks as phones do, and remembers what was written into the journal."""

    backend: Provisioning
    looked_up: list[str]
    journal: list[JournalEntry] = field(default_factory=list)
    at: datetime = START

    def ask(
        self,
        path: str,
        address: str = SITE,
        transport: Transport = Transport.HTTPS,
        agent: str = "",
        whole: bool = True,
    ) -> Answer | Refusal:
        self.at += timedelta(seconds=1)
        request = Request(path, transport, ip_address(address), 1024, self.at, agent)
        reply = self.backend.ready(request) or asyncio.run(self._answer(request))
        size = len(reply.content) if isinstance(reply, Answer) else 0
        outcome = Outcome(whole and bool(size), size, "200" if size else "404", self.at, self.at)
        self.backend.delivered(request, reply, outcome)
        return reply

    async def _answer(self, request: Request) -> Answer | Refusal:
        return await self.backend.answer(request)

    def content(self, path: str, **how: object) -> bytes:
        reply = self.ask(path, **how)  # type: ignore[arg-type]
        assert isinstance(reply, Answer), reply
        return reply.content

    def reason(self, path: str, **how: object) -> Reason:
        reply = self.ask(path, **how)  # type: ignore[arg-type]
        assert isinstance(reply, Refusal), reply
        return reply.reason


@pytest.fixture
def phones(house: House) -> Phones:
    looked_up: list[str] = []
    journal: list[JournalEntry] = []

    async def aside(
        function: Callable[[Request], Answer | Refusal], request: Request
    ) -> Answer | Refusal:
        return function(request)

    async def in_thread(
        function: Callable[[Request], Answer | Refusal], request: Request
    ) -> Answer | Refusal:
        looked_up.append(request.path)
        return function(request)

    parts = house.parts
    backend = Provisioning(
        parts.store.devices,
        parts.registry,
        parts.files,
        parts.copies,
        generation=parts.generation,
        trust=trust_of(parts),
        in_thread=in_thread,
        aside=aside,
        record=lambda line: journal.append(from_line(line)),
        pause=no_pause,
        clock=lambda: START,
    )
    return Phones(backend, looked_up, journal)


def test_a_phone_at_its_site_gets_its_own_file_over_every_transport(phones: Phones) -> None:
    contents = {phones.content(DEVICE_FILE, transport=one) for one in Transport}
    assert len(contents) == 1
    assert b"account.1.user_name = 101" in contents.pop()


def test_the_second_request_takes_no_thread(phones: Phones) -> None:
    phones.ask(DEVICE_FILE)
    phones.ask(DEVICE_FILE)
    assert phones.looked_up == [DEVICE_FILE]


def test_an_edit_drops_the_file_at_once(phones: Phones, house: House) -> None:
    before = phones.content(DEVICE_FILE)
    device = house.parts.store.devices.by_mac(Mac(YEALINK))
    assert device
    house.parts.store.devices.update(device.id, settings={"sip.registrar": "moved.example.net"})
    after = phones.content(DEVICE_FILE)
    assert b"moved.example.net" not in before
    assert b"moved.example.net" in after


def test_upper_case_macs_and_leading_folders_find_the_same_file(phones: Phones) -> None:
    content = phones.content(DEVICE_FILE)
    assert phones.content(f"{YEALINK.upper()}.cfg") == content
    assert phones.content(f"phones/berlin/{DEVICE_FILE}") == content


def test_a_stranger_is_refused_from_memory_or_not(phones: Phones) -> None:
    for _ in range(2):
        assert phones.reason(DEVICE_FILE, address=STRANGER, transport=Transport.TFTP) is (
            Reason.PLAIN_TRANSPORT
        )
        phones.ask(DEVICE_FILE)


def test_what_was_granted_to_an_address_is_granted_to_no_other_and_over_no_other_transport(
    phones: Phones, house: House
) -> None:
    placement = house.parts.store.devices.placement(Mac(YEALINK))
    assert placement
    path = f"{placement.enrolment.token.reveal()}/{DEVICE_FILE}"
    for _ in range(3):
        phones.content(path, address=STRANGER)
    assert phones.looked_up == [path]
    assert phones.reason(path, address=STRANGER, transport=Transport.HTTP) is (
        Reason.PLAIN_TRANSPORT
    )
    assert isinstance(phones.ask(path, address=SITE, transport=Transport.HTTP), Answer)
    assert phones.reason(path, address=STRANGER, transport=Transport.TFTP) is (
        Reason.PLAIN_TRANSPORT
    )


def test_what_was_granted_ends_with_the_state_that_granted_it(phones: Phones, house: House) -> None:
    for _ in range(2):
        phones.content(DEVICE_FILE, transport=Transport.TFTP)
    devices = house.parts.store.devices
    device = devices.by_mac(Mac(YEALINK))
    assert device
    devices.change_state(device.id, device.state, State.RETIRED)
    assert phones.reason(DEVICE_FILE, transport=Transport.TFTP) is Reason.WRONG_STATE


def test_what_the_window_granted_is_decided_anew_each_time(phones: Phones) -> None:
    for _ in range(4):
        phones.content(DEVICE_FILE, address=STRANGER)
    phones.at += timedelta(days=8)
    assert phones.reason(DEVICE_FILE, address=STRANGER) is Reason.WINDOW_CLOSED


def test_refusals_for_known_and_unknown_macs_take_the_same_way(phones: Phones) -> None:
    phones.ask(DEVICE_FILE)
    phones.looked_up.clear()
    phones.ask(DEVICE_FILE, address=STRANGER, transport=Transport.HTTP)
    phones.ask("805ec0fffff1.cfg", address=STRANGER, transport=Transport.HTTP)
    assert len(phones.looked_up) == 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("805ec0fffff1.cfg", Reason.UNKNOWN_MAC),
        ("cfg805ec0000001.xml", Reason.WRONG_VENDOR),
        (f"{YEALINK}.boot", Reason.NO_SUCH_FILE),
        ("favicon.ico", Reason.NO_SUCH_FILE),
        ("", Reason.NO_SUCH_FILE),
    ],
)
def test_what_there_is_not_is_refused_with_its_reason(
    phones: Phones, path: str, reason: Reason
) -> None:
    assert phones.reason(path) is reason
    assert phones.journal[-1].reason == reason


def test_the_first_https_address_in_the_window_is_pinned(phones: Phones) -> None:
    phones.content(DEVICE_FILE, address=STRANGER)
    assert phones.reason(DEVICE_FILE, address=ANOTHER) is Reason.WINDOW_CLOSED
    phones.content(DEVICE_FILE, address=STRANGER)


def test_a_stray_mac_is_journaled_with_its_device(phones: Phones) -> None:
    phones.ask(f"{YEALINK}-unheard-of.bin")
    assert phones.journal[-1].mac == Mac(YEALINK)
    assert phones.journal[-1].device_id is not None


def test_a_shared_file_counts_for_the_phone_that_names_itself(phones: Phones) -> None:
    phones.ask(COMMON_FILE, agent=AGENT)
    assert phones.journal[-1].mac == Mac(YEALINK)


def test_a_stranger_that_writes_a_mac_into_its_agent_is_not_that_phone(phones: Phones) -> None:
    phones.ask(COMMON_FILE, agent=AGENT)
    reply = phones.ask(COMMON_FILE, agent=AGENT, address=STRANGER, transport=Transport.HTTP)
    assert isinstance(reply, Answer)
    assert phones.journal[-1].mac is None


def test_a_shared_file_is_the_same_answer_for_all_until_something_changes(
    phones: Phones, house: House
) -> None:
    phones.ask(COMMON_FILE)
    first = phones.ask(COMMON_FILE)
    assert phones.ask(COMMON_FILE, STRANGER, Transport.TFTP) is first
    assert phones.ask(COMMON_FILE, BENCH) is first
    house.parts.generation.raise_()
    assert phones.ask(COMMON_FILE) is not first


def test_over_tftp_a_shared_file_counts_for_the_phone_seen_there_just_before(
    phones: Phones,
) -> None:
    phones.ask(f"{YEALINK}.boot", transport=Transport.TFTP)
    phones.ask(COMMON_FILE, transport=Transport.TFTP)
    assert phones.journal[-1].mac == Mac(YEALINK)
    phones.at += timedelta(minutes=1)
    phones.ask(COMMON_FILE, transport=Transport.TFTP)
    assert phones.journal[-1].mac is None


def test_the_files_of_a_boot_stand_together_and_the_next_boot_apart(phones: Phones) -> None:
    sequence = [f"{YEALINK}.boot", "y000000000000.boot", COMMON_FILE, DEVICE_FILE]
    for path in sequence * 2:
        phones.ask(path, agent=AGENT)
    ids = [entry.boot_id for entry in phones.journal]
    assert len(set(ids[:4])) == 1
    assert len(set(ids[4:])) == 1
    assert ids[0] != ids[4]


def test_fetching_a_file_of_the_configuration_again_is_another_boot(phones: Phones) -> None:
    phones.ask(DEVICE_FILE)
    phones.ask(DEVICE_FILE)
    assert len({entry.boot_id for entry in phones.journal}) == 2


def test_a_stranger_who_is_refused_is_no_part_of_the_phones_boot(phones: Phones) -> None:
    phones.ask(DEVICE_FILE, whole=False)
    phones.ask(DEVICE_FILE, address=STRANGER, transport=Transport.HTTP)
    phones.ask(DEVICE_FILE)
    first, strangers, retry = (entry.boot_id for entry in phones.journal)
    assert strangers != first == retry


def test_a_retry_after_an_abort_is_the_same_boot(phones: Phones) -> None:
    phones.ask(DEVICE_FILE, whole=False)
    phones.ask(DEVICE_FILE)
    assert len({entry.boot_id for entry in phones.journal}) == 1


def test_with_the_database_away_a_known_phone_gets_its_last_good_file(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = phones.content(DEVICE_FILE)
    house.parts.generation.raise_()

    def away(mac: Mac) -> None:
        raise StoreUnavailable("stopped")

    monkeypatch.setattr(house.parts.store.devices, "find", away)
    assert phones.content(DEVICE_FILE) == content
    assert phones.reason(DEVICE_FILE, address=STRANGER) is Reason.UNAVAILABLE
    assert phones.reason("805ec0fffff1.cfg") is Reason.UNAVAILABLE


def test_a_bug_behind_the_edge_costs_one_request_and_no_server(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: str) -> tuple[()]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(house.parts.registry, "candidates", broken)
    assert phones.reason(DEVICE_FILE) is Reason.UNAVAILABLE


def test_a_token_in_the_url_reaches_no_journal(phones: Phones, house: House) -> None:
    placement = house.parts.store.devices.placement(Mac(YEALINK))
    assert placement
    token = placement.enrolment.token.reveal()
    phones.content(f"{token}/{DEVICE_FILE}", address=STRANGER)
    assert phones.journal[-1].path == DEVICE_FILE
    assert token not in repr(phones.journal)


def test_two_threads_that_look_up_at_once_do_no_harm(phones: Phones) -> None:
    """The memory is shared by the answering threads."""
    request = Request(DEVICE_FILE, Transport.HTTPS, ip_address(SITE), 1, START)
    replies: list[Answer | Refusal] = []

    def look_up() -> None:
        replies.extend(phones.backend.look_up(request) for _ in range(20))

    threads = [threading.Thread(target=look_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({reply.content for reply in replies if isinstance(reply, Answer)}) == 1
    assert len(replies) == 80
