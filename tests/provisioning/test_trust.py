"""Phones prove themselves, each in the ways that are open to it; who does not is told of."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.exchange import (
    ClientCertificate,
    Reason,
    Refusal,
    Transport,
)
from tests.conftest import House
from tests.provisioning.asking import (
    ANOTHER,
    FILE,
    LEGACY,
    MAC,
    PUBLIC,
    SITE,
    STRANGER,
    UNKNOWN,
    Phones,
    close_window,
    factory,
)
from tests.provisioning.test_digest import said


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


def login_in(configuration: str) -> tuple[str, str]:
    user = re.search(r"auto_provision\.server\.username = (\S+)", configuration)
    password = re.search(r"auto_provision\.server\.password = (\S+)", configuration)
    assert user, configuration
    assert password, configuration
    return user[1], password[1]


def nonce_in(refusal: Refusal) -> str:
    found = re.search('nonce="([^"]+)"', refusal.challenge[0])
    assert found
    return found[1]


# What the first configuration delivers


def test_the_first_configuration_delivers_token_user_and_password(
    phones: Phones, house: House
) -> None:
    first = phones.content(FILE)
    user, password = login_in(first)
    assert user == MAC.digits
    token = re.search(rf"{PUBLIC}([0-9a-f]{{32}})/", first)
    assert token
    close_window(house)
    assert phones.reason(FILE, ANOTHER) is Reason.WINDOW_CLOSED
    assert phones.content(f"{token[1]}/{FILE}", ANOTHER) == first
    basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    assert phones.content(FILE, ANOTHER, authorization=basic) == first


def test_a_phone_with_old_tls_is_told_to_come_back_to_the_legacy_listener(
    phones: Phones, house: House
) -> None:
    found = house.parts.store.devices.find(MAC)
    assert found
    site = found.placement().site
    assert LEGACY not in phones.content(FILE)
    house.parts.store.sites.update(site.id, settings={"provisioning.legacy": True})
    content = phones.content(FILE)
    assert re.search(rf"{LEGACY}[0-9a-f]{{32}}/", content)
    assert PUBLIC not in content


def test_a_renewed_token_renews_the_password_too(phones: Phones, house: House) -> None:
    before = login_in(phones.content(FILE))
    device = house.parts.store.devices.by_mac(MAC)
    assert device
    close_window(house)
    house.parts.store.devices.rotate_token(device.id, Secret("f" * 32))
    basic = "Basic " + base64.b64encode(":".join(before).encode()).decode()
    assert phones.reason(FILE, ANOTHER, authorization=basic) is Reason.WRONG_CREDENTIALS
    assert login_in(phones.content(f"{'f' * 32}/{FILE}", ANOTHER))[1] != before[1]


def test_every_vendor_delivers_user_and_password(phones: Phones, house: House) -> None:
    """The demonstration has a phone of each."""
    store, files = house.parts.store, {"805ec0000011": "{}.cfg", "64167f000012": "{}-settings.cfg"}
    files["c074ad000013"] = "cfg{}.xml"
    for digits, form in files.items():
        mac = Mac(digits)
        placement = store.devices.placement(mac)
        assert placement
        content = phones.content(form.format(digits))
        standing = store.devices.find(mac).standing  # type: ignore[union-attr]
        login = house.parts.files.credentials.of(mac, standing.token_digest)
        assert login.password.reveal() in content, digits


def test_a_provisioning_user_of_the_operators_own_is_left_alone(
    phones: Phones, house: House
) -> None:
    device = house.parts.store.devices.by_mac(MAC)
    assert device
    own = {"provisioning.user": "shared", "provisioning.password": "theirs"}
    house.parts.store.devices.update(device.id, settings=own)
    assert login_in(phones.content(FILE)) == ("shared", "theirs")


# Certificates


def test_the_phones_own_certificate_opens_its_files_from_anywhere(
    phones: Phones, house: House
) -> None:
    close_window(house)
    own = factory("80:5E:C0:00:00:01")
    for _ in range(2):
        assert "account.1.user_name" in phones.content(FILE, ANOTHER, certificate=own)
    assert phones.looked_up == 1


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (factory("805EC0000011"), Reason.WRONG_CERTIFICATE),
        (factory("805EC0000001", "Polycom Equipment Issuing CA 1"), Reason.WINDOW_CLOSED),
        (factory("805EC0000001", "Anybody"), Reason.WINDOW_CLOSED),
        (factory("Yealink"), Reason.WINDOW_CLOSED),
        (factory("x805EC0000001"), Reason.WINDOW_CLOSED),
    ],
)
def test_another_certificate_opens_nothing(
    certificate: ClientCertificate, reason: Reason, phones: Phones, house: House
) -> None:
    close_window(house)
    phones.ask(FILE, SITE)
    assert phones.reason(FILE, ANOTHER, certificate=certificate) is reason


# Digest


def test_a_challenge_goes_to_everybody_and_digest_opens_the_files(house: House) -> None:
    phones = Phones(house, challenges=True)
    login = login_in(phones.content(FILE))
    close_window(house)
    for _ in range(3):
        nonce = nonce_in(phones.refusal(FILE, ANOTHER))
        for count in (1, 2):
            field = said(nonce, uri=f"/{FILE}", user=login[0], password=login[1], nc=count)
            assert phones.content(FILE, ANOTHER, authorization=field)
    replayed = phones.refusal(FILE, ANOTHER, authorization=field)
    assert replayed.reason is Reason.STALE_CREDENTIALS
    assert "stale=true" in replayed.challenge[0]
    assert "stale" not in phones.refusal(UNKNOWN, ANOTHER).challenge[0]


def test_known_and_unknown_are_challenged_alike(house: House) -> None:
    phones = Phones(house, challenges=True)
    close_window(house)
    wrong = said("none", uri=f"/{FILE}", user=MAC.digits, password="x")

    def shape(refusal: Refusal) -> list[str]:
        return [re.sub('nonce="[^"]+"', "nonce", each) for each in refusal.challenge]

    shapes = [
        shape(phones.refusal(path, ANOTHER, authorization=field))
        for path in (FILE, UNKNOWN)
        for field in ("", wrong)
    ]
    assert shapes == [shapes[0]] * 4
    assert shapes[0]
    for transport in (Transport.HTTP, Transport.TFTP):
        assert phones.refusal(FILE, ANOTHER, transport).challenge == ()
    assert phones.refusal(f"{MAC.digits}-nobodys.bin", ANOTHER).challenge == ()
    assert phones.refusal("nothing.rom", ANOTHER).challenge == ()


def test_nobody_is_challenged_unless_the_operator_wants_it(phones: Phones, house: House) -> None:
    close_window(house)
    assert phones.refusal(FILE, ANOTHER).challenge == ()


# Ways per site and vendor


def test_a_site_can_shut_ways_and_is_told_no_token_then(phones: Phones, house: House) -> None:
    sites = house.parts.store.sites
    found = house.parts.store.devices.find(MAC)
    assert found
    site = found.placement().site
    sites.update(site.id, settings={"trust.ways": ["network"]})
    content = phones.content(FILE, SITE)
    assert "username" not in content
    assert PUBLIC in content
    assert not re.search("[0-9a-f]{32}", content)
    assert phones.reason(FILE, STRANGER) is Reason.WINDOW_CLOSED
    token = found.placement().enrolment.token.reveal()
    assert phones.reason(f"{token}/{FILE}", STRANGER) is Reason.NOT_TRUSTED
    sites.update(site.id, settings={"trust.ways": ["token"]})
    assert phones.reason(FILE, SITE, Transport.HTTP) is Reason.PLAIN_TRANSPORT
    assert phones.content(f"{token}/{FILE}", STRANGER)


def test_a_nonsensical_list_of_ways_opens_none(phones: Phones, house: House) -> None:
    found = house.parts.store.devices.find(MAC)
    assert found
    house.parts.store.sites.update(found.placement().site.id, settings={"trust.ways": ["netwrok"]})
    assert phones.reason(FILE, SITE) is Reason.WINDOW_CLOSED


# Alerts


def test_a_refused_registered_phone_is_one_line_in_the_log(phones: Phones, house: House) -> None:
    phones.content(FILE, STRANGER)
    with capture_logs() as logs:
        for _ in range(5):
            phones.ask(FILE, ANOTHER)
            phones.ask(UNKNOWN, ANOTHER)
        phones.ask(f"{'a' * 32}/{FILE}", ANOTHER)
        phones.now += timedelta(hours=1)
        phones.ask(FILE, ANOTHER)
    told = [(line["event"], line["reason"]) for line in logs]
    assert told == [
        ("registered_phone_refused", Reason.WINDOW_CLOSED),
        ("registered_phone_refused", Reason.NOT_TRUSTED),
        ("registered_phone_refused", Reason.WINDOW_CLOSED),
    ]
    assert logs[0]["mac"] == str(MAC)
    assert logs[0]["address"] == ANOTHER
    assert "a" * 32 not in str(logs)


def test_a_sweep_is_one_line_in_the_log(phones: Phones) -> None:
    with capture_logs() as logs:
        for number in range(100):
            phones.ask(f"805ec2{number:06x}.cfg")
    assert [line["event"] for line in logs] == ["sweep_silenced"]
