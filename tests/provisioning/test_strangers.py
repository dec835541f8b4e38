"""A sweep learns nothing: no secret, and neither by content nor by time who is registered."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from datetime import timedelta
from types import FrameType

import pytest

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.exchange import (
    Answer,
    Reason,
    Refusal,
    Request,
    Transport,
)
from provd.operations import DeviceForm, LineForm
from provd.provisioning.backend import HELD_BACK
from provd.provisioning.recorder import Subject
from tests.conftest import House
from tests.provisioning.asking import (
    ANOTHER,
    BENCH,
    FILE,
    MAC,
    SITE,
    STRANGER,
    UNKNOWN,
    UNLIMITED,
    Phones,
    close_window,
    factory,
)
from tests.provisioning.test_digest import said

FORMS = {Transport.TFTP: "{}.cfg", Transport.HTTP: "cfg{}.xml", Transport.HTTPS: "{}.cfg"}


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


# Sweeps


@pytest.fixture
def town(house: House) -> list[str]:
    """10,000 MACs of one vendor, of which 100 are registered; the first of them are not."""
    chance = random.Random(7)
    macs = [f"805ec1{number:06x}" for number in range(10_000)]
    chance.shuffle(macs)
    registered = chance.sample(macs[100:], 100)
    register(house, registered)
    return macs


def register(house: House, macs: list[str]) -> None:
    choices = house.parts.operations.registration.choices(house.admin)
    with house.parts.store.transaction():
        for number, mac in enumerate(macs):
            form = DeviceForm(
                mac=mac,
                vendor="yealink",
                model="T46U",
                site_id=choices.sites[0].id,
                plan_id=choices.plans[0].id,
                lines=(LineForm(f"9{number:03}", Secret(f"pass-{number}"), "Tester"),),
            )
            house.parts.operations.registration.register(house.admin, form)


def test_a_sweep_yields_no_secret_and_soon_no_answer(house: House, town: list[str]) -> None:
    """Enrolment windows stand open: whoever tries many MACs finds none."""
    phones = Phones(house)
    neighbourhoods = {Transport.TFTP: "203.0.113.5", Transport.HTTP: "198.51.100.5",
                      Transport.HTTPS: "192.0.2.5"}  # fmt: skip

    async def sweep() -> Counter[tuple[Transport, bool]]:
        got: Counter[tuple[Transport, bool]] = Counter()
        for mac in town:
            for transport, address in neighbourhoods.items():
                path = FORMS[transport].format(mac)
                reply = await phones.answer(phones.request(path, address, transport))
                assert isinstance(reply, Refusal)
                got[transport, reply.reason is Reason.BLOCKED] += 1
        return got

    got = asyncio.run(sweep())
    for transport in Transport:
        assert (got[transport, False], got[transport, True]) == (20, 9980)
    assert phones.looked_up == len(phones.journal) == 60


def test_no_answer_of_an_endless_sweep_tells_who_is_registered(
    house: House, town: list[str]
) -> None:
    """As if it came from ten thousand neighbourhoods; windows were closed by the phones' boots."""
    phones = Phones(house, UNLIMITED)
    with house.parts.store.transaction():
        devices = [house.parts.store.devices.by_mac(Mac(mac)) for mac in town]
        known = [device for device in devices if device]
        for device in known:
            house.parts.store.devices.close_window(device.id)
    asked = {device.mac.digits for device in known} | set(town[:400])

    async def sweep() -> set[tuple[object, ...]]:
        told: set[tuple[object, ...]] = set()
        for mac in sorted(asked):
            for transport in Transport:
                path = FORMS[transport].format(mac)
                reply = await phones.answer(phones.request(path, STRANGER, transport))
                told.add((type(reply), reply.challenge if isinstance(reply, Refusal) else reply))
        return told

    assert asyncio.run(sweep()) == {(Refusal, ())}
    reasons = Counter(entry.reason for entry in phones.journal)
    assert len(known) == 100
    assert reasons[Reason.UNKNOWN_MAC] == 3 * (len(asked) - 100)
    assert len(phones.paused) == 3 * len(asked)


def test_a_silent_neighbourhood_costs_no_query_and_a_proved_phone_there_is_served(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.parts.store.devices.placement(MAC).enrolment.token.reveal()  # type: ignore[union-attr]
    own = f"{token}/{FILE}"
    content = phones.content(own)
    for number in range(20):
        phones.ask(f"805ec2{number:06x}.cfg")
    monkeypatch.setattr(house.parts.store.devices, "find", None)
    for path in (FILE, UNKNOWN, "y000000000108.cfg", "favicon.ico"):
        assert phones.reason(path) is Reason.BLOCKED
    assert phones.content(own) == content
    phones.now += timedelta(hours=1)
    monkeypatch.undo()
    assert phones.reason(UNKNOWN) is Reason.UNKNOWN_MAC


@pytest.mark.parametrize("address", [SITE, BENCH])
def test_where_our_phones_stand_nobody_is_silenced(address: str, phones: Phones) -> None:
    for number in range(50):
        assert phones.reason(f"805ec2{number:06x}.cfg", address) is Reason.UNKNOWN_MAC
    assert phones.content(FILE, address)


def test_a_site_beside_a_sweep_is_served(phones: Phones) -> None:
    for number in range(20):
        phones.ask(f"805ec2{number:06x}.cfg", "127.0.0.77", Transport.HTTP)
    assert phones.reason(UNKNOWN, "127.0.0.77") is Reason.BLOCKED
    assert phones.content(FILE, SITE)


def test_forged_datagrams_silence_tftp_alone(phones: Phones) -> None:
    for number in range(20):
        phones.ask(f"805ec2{number:06x}.cfg", STRANGER, Transport.TFTP)
    assert phones.reason(FILE, STRANGER, Transport.TFTP) is Reason.BLOCKED
    assert phones.reason(FILE, STRANGER, Transport.HTTP) is Reason.PLAIN_TRANSPORT
    assert phones.reason(UNKNOWN, STRANGER) is Reason.UNKNOWN_MAC
    assert phones.content(FILE, STRANGER)  # its window opens, too


def test_a_sweep_over_connections_leaves_tftp_to_the_neighbours(phones: Phones) -> None:
    for number in range(20):
        transport = Transport.HTTPS if number % 2 else Transport.HTTP
        phones.ask(f"805ec2{number:06x}.cfg", STRANGER, transport)
    for transport in (Transport.HTTP, Transport.HTTPS):
        assert phones.reason(UNKNOWN, STRANGER, transport) is Reason.BLOCKED
    assert phones.reason(UNKNOWN, STRANGER, Transport.TFTP) is Reason.UNKNOWN_MAC


def test_macs_in_strange_names_and_in_agents_count_too(phones: Phones) -> None:
    for number in range(10):
        phones.ask(f"805ec2{number:06x}-strange.bin")
        agent = f"Yealink SIP-T46U 108.86.0.20 80:5e:c3:00:00:{number:02x}"
        assert isinstance(phones.ask("y000000000108.cfg", agent=agent), Answer)
    assert phones.reason(UNKNOWN) is Reason.BLOCKED


def test_an_open_window_can_not_be_told_by_an_agent(phones: Phones) -> None:
    agent = "Yealink SIP-T46U 108.86.0.20 80:5e:c{}:00:00:01"
    known, unknown = (
        phones.ask("y000000000108.cfg", agent=agent.format(digit)) for digit in ("0", "f")
    )
    assert isinstance(known, Answer)
    assert isinstance(unknown, Answer)
    assert known.content == unknown.content
    assert phones.journal[-1].mac is phones.journal[-2].mac is None


NOT_TEMPLATED = ("{}-local.cfg", "cfg{}.xml", "{}-strange.bin")
"""What the phone itself may send, another vendor's name, and nobody's."""


@pytest.mark.parametrize("challenges", [False, True])
@pytest.mark.parametrize("path", NOT_TEMPLATED)
def test_an_open_window_can_not_be_told_by_a_file_that_pins_none(
    path: str, challenges: bool, house: House
) -> None:
    phones = Phones(house, challenges=challenges)
    known, unknown = (
        phones.refusal(path.format(digits)) for digits in (MAC.digits, UNKNOWN.partition(".")[0])
    )
    assert len(known.challenge) == len(unknown.challenge)
    assert len(phones.paused) == 2
    for refusal in (known, unknown):
        assert isinstance(refusal.subject, Subject)
        assert refusal.subject.tried == refusal.subject.mac
        assert refusal.subject.place is None
    phones.content(FILE)  # the window is open to the phone itself
    assert len({entry.boot_id for entry in phones.journal}) == 3


@pytest.mark.parametrize("path", NOT_TEMPLATED)
def test_a_window_that_was_not_pinned_takes_no_mac_off_the_sweep(path: str, phones: Phones) -> None:
    for number in range(4):
        phones.ask(f"805ec2{number:06x}.cfg")
    phones.ask(path.format(MAC.digits))
    assert phones.reason(FILE) is Reason.SUSPECT


# Time


HEAVY = {"execute", "fetchall", "encrypt", "decrypt", "compare_digest", "hmac_digest",
         "openssl_sha256", "openssl_md5", "new", "b32encode", "b64decode", "b64encode"}  # fmt: skip


def work(phones: Phones, request: Request) -> list[str]:
    """The queries, hashes and comparisons that a look-up makes, in their order."""
    seen: list[str] = []

    def called(frame: FrameType, event: str, argument: object) -> None:
        name = getattr(argument, "__name__", "") if event == "c_call" else frame.f_code.co_name
        if event in ("c_call", "call") and name in HEAVY:
            seen.append(name)

    sys.setprofile(called)
    try:
        phones.backend.look_up(request)
    finally:
        sys.setprofile(None)
    return seen


@pytest.fixture
def strangers(house: House) -> Phones:
    phones = Phones(house, UNLIMITED)
    phones.content(FILE, SITE)  # in memory, so that a short cut would show
    return phones


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize("field", ["", "Basic YTpi", said("none", user=MAC.digits)])
@pytest.mark.parametrize("token", ["", "a" * 32 + "/"])
@pytest.mark.parametrize("window", ["closed", "pinned"])
def test_a_refusal_is_the_same_work_for_known_and_unknown(
    transport: Transport, field: str, token: str, window: str, strangers: Phones, house: House
) -> None:
    device = house.parts.store.devices.by_mac(MAC)
    assert device
    if window == "closed":
        close_window(house)
    else:
        house.parts.store.devices.pin_window(device.id, ANOTHER)
    certificate = factory("805EC0000011") if token else None
    known, unknown = (
        strangers.request(
            f"{token}{path}", STRANGER, transport, certificate=certificate, authorization=field
        )
        for path in (FILE, UNKNOWN)
    )
    work(strangers, known)
    work(strangers, unknown)
    seen = work(strangers, known)
    assert seen == work(strangers, unknown)
    assert seen.count("execute") == 1
    assert "decrypt" not in seen
    assert "compare_digest" in seen


def test_the_work_of_a_granted_request_shows_what_a_refusal_leaves_out(
    strangers: Phones, house: House
) -> None:
    house.parts.generation.raise_()
    seen = work(strangers, strangers.request(FILE, SITE))
    assert seen.index("compare_digest") < seen.index("decrypt")


def test_names_that_no_vendor_knows_are_the_same_work_too(strangers: Phones, house: House) -> None:
    close_window(house)
    known, unknown = (
        strangers.request(f"{digits}-strange.bin") for digits in (MAC.digits, "805ec0fffff1")
    )
    work(strangers, known)
    assert work(strangers, known) == work(strangers, unknown) != []


def test_who_proved_nothing_is_answered_at_a_random_time_that_no_work_moves(
    phones: Phones, house: House
) -> None:
    close_window(house)
    phones.content(FILE, SITE)
    phones.ask("y000000000108.cfg")
    assert phones.paused == []
    least, most = HELD_BACK
    for path in (FILE, UNKNOWN, f"{MAC.digits}-strange.bin") * 10:
        phones.ask(path, ANOTHER)
    assert all(least <= seconds <= most for seconds in phones.paused)
    # Whole microseconds: two of thirty may be alike once in a hundred runs, ten never.
    assert len(phones.paused) == 30
    assert len(set(phones.paused)) > 20
    slow = phones.request(UNKNOWN, ANOTHER)
    phones.now += timedelta(seconds=0.04)
    asyncio.run(phones.backend.answer(slow))
    assert least - 0.04 <= phones.paused[-1] <= most - 0.04 + 1e-6
    phones.now += timedelta(seconds=1)
    asyncio.run(phones.backend.answer(slow))
    assert phones.paused[-1] == 0.0


def test_a_strangers_factory_certificate_is_told_where_it_is_its_own(strangers: Phones) -> None:
    """The journal has it for whoever registers the phone."""
    digits = UNKNOWN.partition(".")[0]
    for named, proven in ((digits.upper(), "yealink"), ("805EC0000011", "")):
        reply = strangers.ask(UNKNOWN, STRANGER, certificate=factory(named))
        assert isinstance(reply, Refusal)
        assert isinstance(reply.subject, Subject)
        assert reply.subject.proven == proven
