"""Two that change the settings of one level at once: neither change is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from provd.devices.account import Role
from provd.operations import Actor
from provd.operations.billing import Billing
from provd.operations.charging import Charging
from provd.operations.directory import Directory
from provd.operations.phone_settings import Level, PhoneSettings
from provd.provisioning.files import Files
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from tests.store.people import NOW, People, phone

MAC = "00:15:65:aa:bb:cc"
PLACES = [
    (Level.PROVIDER, ""),
    (Level.CUSTOMER, "Alice's bakery"),
    (Level.SITE, "Bakery"),
    (Level.DEVICE, MAC),
]


def both(store: Store, first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second comes while the first is in its transaction."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            second()
        except BaseException as error:
            failed.append(error)

    other = threading.Thread(target=run)
    with store.transaction():
        first()
        other.start()
        other.join(0.1)  # it is done when nothing makes it wait
    other.join(30)
    assert not failed


@pytest.fixture
def admin(people: People) -> Actor:
    return Actor("admin", Role.ADMIN, people.provider.id)


@pytest.fixture
def settings(store: Store, people: People) -> PhoneSettings:
    phone(store, people.alice_site)
    none = Registry([])
    files = Files(none, Profiles({}, {}), public_url="", host="", clock=lambda: NOW)
    return PhoneSettings(store, none, files)


@pytest.mark.parametrize(("level", "where"), PLACES)
def test_two_keys_set_at_once_are_both_set(
    store: Store, settings: PhoneSettings, admin: Actor, level: Level, where: str
) -> None:
    both(
        store,
        lambda: settings.set(admin, level, where, "time.format", "12h"),
        lambda: settings.set(admin, level, where, "sip.port", "5070"),
    )
    found = {one.key: one.value for one in settings.given(admin, level, where)}
    assert found == {"time.format": "12h", "sip.port": 5070}


def test_a_key_taken_back_leaves_one_that_is_set_meanwhile(
    store: Store, settings: PhoneSettings, admin: Actor
) -> None:
    settings.set(admin, Level.SITE, "Bakery", "time.format", "12h")
    both(
        store,
        lambda: settings.set(admin, Level.SITE, "Bakery", "sip.port", "5070"),
        lambda: settings.unset(admin, Level.SITE, "Bakery", "time.format"),
    )
    assert [one.key for one in settings.given(admin, Level.SITE, "Bakery")] == ["sip.port"]


def test_ways_of_trust_leave_a_setting_that_is_made_meanwhile(
    store: Store, settings: PhoneSettings, people: People, admin: Actor
) -> None:
    billing = Billing(store, Charging(store))
    directory = Directory(store, Registry([]), billing, clock=lambda: NOW)
    both(
        store,
        lambda: settings.set(admin, Level.SITE, "Bakery", "sip.port", "5070"),
        lambda: directory.set_trust_ways(admin, people.alice_site.id, ["token"]),
    )
    found = [one.key for one in settings.given(admin, Level.SITE, "Bakery")]
    assert found == ["sip.port", "trust.ways"]
