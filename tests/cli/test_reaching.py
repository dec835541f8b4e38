"""`provd device resync`, to a stand-in phone and through a real SIP server."""

from __future__ import annotations

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
            "It was accepted (200 OK).\n"
        )
        [request] = phone.heard
    assert request.headers.first("Event") == "check-sync;reboot=true"


def test_a_phone_is_told_at_its_own_address(run: Run) -> None:
    with udp_phone() as phone:
        text = printed(run("device", "resync", PHONE, "--address", phone.address))
        assert len(phone.heard) == 1
    assert text == "It was accepted (200 OK).\n"


@pytest.mark.parametrize("address", ["a b", "192.0.2.1:99999", "sip:a@b", "[::1"])
def test_what_is_no_address_is_refused(run: Run, address: str) -> None:
    said = sentence(run("device", "resync", PHONE, "--address", address))
    assert "Give HOST or HOST:PORT" in said


def test_a_phone_that_nobody_registered_does_not_exist(run: Run) -> None:
    assert sentence(run("device", "resync", "00:00:00:00:00:01")) == "there is no such device"
