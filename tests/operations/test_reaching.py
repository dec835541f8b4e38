"""Who may tell which phone, how often, and what is logged of it. The wire is tests/resync's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
import structlog
from structlog.testing import capture_logs

from provd.devices.account import Role
from provd.devices.device import Line
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError, NotFoundError
from provd.operations import DeviceForm, LineForm
from provd.operations.outside import outside
from provd.operations.pace import AT_ONCE, BETWEEN, OF_ONE, Pace
from provd.operations.phone_settings import Level
from provd.operations.reaching import Reaching
from provd.sip.carrying import Carrier, Peer
from provd.vendors.resync import Notice, Notices
from provd.vendors.vendor import Vendor
from tests.conftest import PHONE, House
from tests.sip_phone import SipPhone, udp_phone

BOTH = Notices(
    Notice("check-sync;reboot=false"), Notice("check-sync;reboot=true"), "only when it is idle"
)


class Ticking:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture(autouse=True)
def knows(monkeypatch: pytest.MonkeyPatch) -> dict[str, Notices]:
    """What the vendor's phones take; a test may change it."""
    told = {"": BOTH}
    monkeypatch.setattr(Vendor, "notices", lambda *_: told[""])
    return told


@pytest.fixture
def reaching(house: House, ticking: Ticking) -> Reaching:
    parts = house.parts
    return Reaching(parts.store, parts.registry, parts.profiles, pace=Pace(ticking))


@pytest.fixture
def phone() -> Iterator[SipPhone]:
    with udp_phone() as running:
        yield running


def at(phone: SipPhone) -> Peer:
    return Peer(Carrier.UDP, "127.0.0.1", phone.port)


def test_a_phone_is_told_and_it_is_logged_by_whom(
    house: House, reaching: Reaching, phone: SipPhone
) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        told = reaching.resync(house.reseller, PHONE, address=at(phone))
    assert told.accepted
    assert [entry.headers.first("Event") for entry in phone.heard] == ["check-sync;reboot=false"]
    assert logs == [
        {
            "event": "phone_told",
            "log_level": "info",
            "by": house.reseller.name,
            "mac": PHONE,
            "notice": "check-sync;reboot=false",
            "through": f"127.0.0.1:{phone.port} over UDP",
            "accepted": True,
            "status": 200,
        }
    ]


def test_a_reboot_has_an_event_of_its_own(
    house: House, reaching: Reaching, phone: SipPhone
) -> None:
    reaching.resync(house.admin, PHONE, reboot=True, address=at(phone))
    assert phone.heard[0].headers.first("Event") == "check-sync;reboot=true"


def test_one_phone_is_not_told_again_at_once_but_another_is(
    house: House, reaching: Reaching, phone: SipPhone, ticking: Ticking
) -> None:
    reaching.resync(house.admin, PHONE, address=at(phone))
    ticking.now += 4
    with pytest.raises(InputError, match=r"told 4 seconds ago. Wait 6 seconds"):
        reaching.resync(house.admin, PHONE, address=at(phone))
    reaching.resync(house.admin, "80:5e:c0:00:00:11", address=at(phone))
    ticking.now += BETWEEN - 4
    reaching.resync(house.admin, PHONE, address=at(phone))
    assert len(phone.heard) == 3


def test_only_so_many_are_told_at_once() -> None:
    pace = Pace()
    with contextlib.ExitStack() as telling:
        for account in range(AT_ONCE):
            telling.enter_context(pace.room(account))
        with pytest.raises(InputError, match="other phones are being told"):
            telling.enter_context(pace.room(AT_ONCE))
    with pace.room(AT_ONCE):
        pass


def test_one_account_can_not_take_all_the_room() -> None:
    pace = Pace()
    with contextlib.ExitStack() as telling:
        for _ in range(OF_ONE):
            telling.enter_context(pace.room(1))
        with pytest.raises(InputError, match="other phones are being told"):
            telling.enter_context(pace.room(1))
        telling.enter_context(pace.room(2))


def test_it_remembers_a_bounded_number_of_phones(ticking: Ticking) -> None:
    pace = Pace(ticking)
    for number in range(20_000):
        pace.step(Mac(f"{number:012x}"))
    assert len(pace._last) == 10_000


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.FULFILMENT])
def test_those_who_do_not_manage_phones_find_none(
    house: House, reaching: Reaching, phone: SipPhone, role: Role
) -> None:
    with pytest.raises(NotFoundError):
        reaching.resync(house.actor(role), PHONE, address=at(phone))
    assert phone.heard == []


@pytest.mark.parametrize("mac", [PHONE, "00:00:00:00:00:01", "no MAC"])
def test_another_resellers_phone_does_not_exist(
    house: House, reaching: Reaching, phone: SipPhone, mac: str
) -> None:
    with pytest.raises(NotFoundError, match="there is no such device"):
        reaching.resync(house.stranger(), mac, address=at(phone))
    assert phone.heard == []


def test_what_a_model_does_not_take_is_told(
    house: House, reaching: Reaching, knows: dict[str, Notices]
) -> None:
    knows[""] = Notices()
    with pytest.raises(InputError, match=r"takes no SIP NOTIFY. Power-cycle it"):
        reaching.resync(house.admin, PHONE)
    knows[""] = Notices(reboot=BOTH.reboot)
    with pytest.raises(InputError, match=r"knows no NOTIFY to resync. It knows one to reboot"):
        reaching.resync(house.admin, PHONE)


def test_the_line_is_the_first_or_the_one_named(
    house: House, reaching: Reaching, phone: SipPhone
) -> None:
    store, device = house.parts.store, house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device
    lines = [Line(2, "202", Secret("x")), Line(3, "203", Secret("x"))]
    store.devices.replace_lines(device.id, lines)
    reaching.resync(house.admin, PHONE, line=3, address=at(phone))
    assert phone.heard[0].uri == f"sip:203@127.0.0.1:{phone.port}"
    with pytest.raises(NotFoundError, match="no line 1"):
        reaching.resync(house.admin, PHONE, line=1, address=at(phone))
    store.devices.replace_lines(device.id, [])
    with pytest.raises(InputError, match="the device has no line"):
        reaching.resync(house.admin, PHONE, address=at(phone))


def test_a_phone_whose_extension_another_has_is_not_alone(house: House, reaching: Reaching) -> None:
    store = house.parts.store
    device = store.devices.by_mac(Mac.parse("80:5e:c0:00:00:11"))
    assert device
    placement = reaching._placement(house.admin, PHONE)
    line = placement.device.lines[0]
    assert reaching._phone(placement, line).alone
    store.devices.replace_lines(device.id, [Line(1, line.user, Secret("x"))])
    assert not reaching._phone(placement, line).alone


def test_a_phone_is_unique_only_where_no_other_customer_has_its_extension(
    house: House, reaching: Reaching
) -> None:
    placement = reaching._placement(house.admin, PHONE)
    line = placement.device.lines[0]
    assert reaching._phone(placement, line).unique
    stranger, directory = house.stranger(), house.parts.operations.directory
    customer = directory.create_customer(stranger, "Elsewhere")
    site = directory.create_site(stranger, customer.id, "Office", "", "Europe/Berlin")
    lines = (LineForm(line.user, Secret("guessed")),)
    form = DeviceForm("001565000099", "yealink", "T46U", site.id, None, lines)
    house.parts.operations.registration.register(stranger, form)
    seen = reaching._phone(placement, line)
    assert (seen.alone, seen.unique) == (True, False)


def test_a_server_on_this_host_is_the_operators_to_name_alone(
    house: House, reaching: Reaching, phone: SipPhone
) -> None:
    settings = house.parts.operations.phone_settings
    for key, text in (("resync.proxy", "127.0.0.1"), ("resync.port", str(phone.port))):
        settings.set(house.reseller, Level.DEVICE, PHONE, key, text)
    told = reaching.resync(house.reseller, PHONE)
    assert told.text == f"127.0.0.1:{phone.port} over UDP can't be reached"
    assert phone.heard == []


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("192.0.2.1", True), ("10.1.2.3", False), ("10.9.9.9", True), ("127.0.0.9", False),
        ("169.254.169.254", False), ("224.0.1.75", False), ("::", False), ("::1", False),
        ("fe80::1%eth0", False), ("::ffff:127.0.0.1", False), ("2001:db8::1", True),
    ],
)  # fmt: skip
def test_management_networks_and_this_host_are_closed_to_servers_of_others(
    address: str, admitted: bool
) -> None:
    assert outside((ip_network("10.1.0.0/16"),))(address) is admitted


def test_its_way_comes_from_the_settings_of_its_levels(house: House, reaching: Reaching) -> None:
    with udp_phone() as gone:
        port = gone.port
    settings = house.parts.operations.phone_settings
    for key, text in (("resync.proxy", "127.0.0.1"), ("resync.port", str(port))):
        assert settings.set(house.admin, Level.PROVIDER, "", key, text) == ()
    told = reaching.resync(house.admin, PHONE)
    assert (
        told.text
        == f"The SIP server 127.0.0.1:{port} over UDP can't be asked: nothing listens there"
    )
