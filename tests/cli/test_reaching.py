"""`provd device resync`, to a stand-in phone and through a real SIP server."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from provd.devices.mac import Mac
from provd.operations.phone_settings import Level
from provd.sip.carrying import Connection
from provd.sip.digest import Credentials
from provd.sip.inquiry import Draft
from provd.sip.messages import headers
from provd.vendors.resync import Notice, Notices
from provd.vendors.vendor import Vendor
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House
from tests.poe.snmp_agent import COMMUNITY, HOST, Agent, snmp_agent
from tests.sip_phone import udp_phone
from tests.sip_server import SipServer, sip_server


@pytest.fixture(autouse=True)
def _takes_both(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Notices(Notice("check-sync;reboot=false"), Notice("check-sync;reboot=true"))
    monkeypatch.setattr(Vendor, "notices", lambda *_: both)


@pytest.fixture
def own(house: House) -> Credentials:
    """The demonstration's phone's."""
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device
    return Credentials(device.lines[0].user, device.lines[0].password.reveal())


@pytest.fixture
def server(
    house: House, own: Credentials, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SipServer]:
    """Where it registers, as the provider's settings say."""
    users = {own.user: own.password}
    with sip_server(tmp_path_factory.mktemp("kamailio"), users=users) as running:
        settings = house.parts.operations.phone_settings
        rows = {"sip.registrar": "127.0.0.1", "sip.port": str(running.port)}
        for key, text in rows.items():
            settings.set(house.admin, Level.PROVIDER, "", key, text)
        yield running


def test_a_phone_is_told_through_the_server_that_it_registered_at(
    run: Run, server: SipServer, own: Credentials
) -> None:
    missing = run("device", "resync", PHONE)
    assert missing.exit_code == 1
    assert missing.stdout == f"Nobody is registered as sip:{own.user}@{server.domain}.\n"
    with udp_phone() as phone, Connection(server.peer()) as connection:
        who = f"<sip:{own.user}@{server.domain}>"
        contact = headers(("Contact", f"<sip:{own.user}@{phone.address}>"))
        registration = Draft("REGISTER", f"sip:{server.domain}", who, who, contact)
        assert connection.ask(registration, [own]).response
        assert printed(run("device", "resync", PHONE, "--reboot")) == (
            "The phone accepted it (200 OK).\n"
        )
        [request] = phone.heard
    assert request.headers.first("Event") == "check-sync;reboot=true"


def test_a_phone_is_told_at_its_own_address(run: Run) -> None:
    with udp_phone() as phone:
        text = printed(run("device", "resync", PHONE, "--address", phone.address))
        assert len(phone.heard) == 1
    assert text == "The phone accepted it (200 OK).\n"


@pytest.mark.parametrize("address", ["a b", "192.0.2.1:99999", "sip:a@b", "[::1"])
def test_what_is_no_address_is_refused(run: Run, address: str) -> None:
    said = sentence(run("device", "resync", PHONE, "--address", address))
    assert "Give HOST or HOST:PORT" in said


def test_a_phone_that_nobody_registered_does_not_exist(run: Run) -> None:
    assert sentence(run("device", "resync", "00:00:00:00:00:01")) == "there is no such device"


@pytest.fixture
def agent(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """The switch that feeds the demonstration's phone, as its settings say."""
    with snmp_agent(tmp_path_factory.mktemp("snmpd")) as running:
        rows = {"poe.switch": HOST, "poe.snmp_port": str(running.port), "poe.port": "2",
                "poe.community": COMMUNITY}  # fmt: skip
        for key, text in rows.items():
            house.parts.operations.phone_settings.set(house.admin, Level.DEVICE, PHONE, key, text)
        yield running


def test_a_phones_power_is_taken_away_for_a_moment(run: Run, agent: Agent) -> None:
    assert printed(run("device", "power-cycle", PHONE, "--off-for", "1")) == (
        "Port 1.2 of 127.0.0.1 was off and is on again.\n"
    )
    assert agent.sets == [(2, 2), (2, 1)]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever starts the tests in the background may have had this signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_who_ends_the_command_gets_the_port_on_at_once(run: Run, agent: Agent) -> None:
    def interrupt() -> None:
        """From when the port is off until it is on, while the command holds signals back."""
        deadline = time.monotonic() + 20
        while len(agent.sets) < 2 and time.monotonic() < deadline:
            if agent.sets:
                signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.005)

    main = threading.get_ident()
    other = threading.Thread(target=interrupt)
    other.start()
    result = run("device", "power-cycle", PHONE, "--off-for", "300")
    other.join()
    assert result.exit_code == 128 + signal.SIGINT
    assert result.stdout == "Port 1.2 of 127.0.0.1 was off and is on again.\n"
    assert agent.sets == [(2, 2), (2, 1)]


def test_nobody_knows_what_feeds_a_phone_without_settings(run: Run) -> None:
    said = sentence(run("device", "power-cycle", PHONE))
    assert said.startswith("poe.switch: poe.switch is not set")
