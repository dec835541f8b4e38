"""A suspended phone meets the rules of trust as ever, and gets a file without its accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from provd.devices.lifecycle import State
from provd.exchange import Answer, Reason, Transport
from provd.provisioning.suspended import LABEL, NOWHERE
from tests.conftest import House
from tests.provisioning.asking import FILE, MAC, NOW, SITE, STRANGER, Phones, close_window
from tests.provisioning.test_last_good import Restarts, device_id, refresh


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


@pytest.fixture
def restarts(house: House) -> Iterator[Restarts]:
    restarts = Restarts(house)
    yield restarts
    restarts.close()


def by_hand(house: House, *, suspended: bool = True) -> None:
    store, id_ = house.parts.store, device_id(house)
    after = State.SUSPENDED if suspended else State.IN_SERVICE
    assert store.devices.change_state(id_, store.devices.get(id_).state, after)


def with_its_reseller(house: House) -> None:
    assert house.parts.store.suspensions.suspend(house.reseller.account_id, NOW, "balance")


def with_its_customer(house: House) -> None:
    assert house.parts.store.suspensions.suspend(house.customer.account_id, NOW, "balance")


def has_account(house: House, content: str) -> bool:
    line = house.parts.store.devices.get(device_id(house)).lines[0]
    return line.password.reveal() in content and f"user_name = {line.user}\n" in content


@pytest.mark.parametrize("suspend", [by_hand, with_its_reseller, with_its_customer])
def test_it_gets_a_file_without_its_accounts(
    house: House, phones: Phones, suspend: Callable[[House], None]
) -> None:
    assert has_account(house, phones.content(FILE, SITE))
    suspend(house)
    content = phones.content(FILE, SITE)
    password = house.parts.store.devices.get(device_id(house)).lines[0].password.reveal()
    assert password not in content
    assert not has_account(house, content)
    assert NOWHERE in content
    assert LABEL in content


def test_what_it_sent_from_memory_is_the_new_file_at_once(house: House, phones: Phones) -> None:
    phones.content(FILE, SITE)
    before = phones.looked_up
    phones.content(FILE, SITE)
    assert phones.looked_up == before
    with_its_customer(house)
    assert not has_account(house, phones.content(FILE, SITE))
    house.parts.store.suspensions.resume(house.customer.account_id)
    assert has_account(house, phones.content(FILE, SITE))


def test_a_stranger_is_refused_as_ever(house: House, phones: Phones) -> None:
    close_window(house)
    refusal = phones.refusal(FILE, STRANGER)
    with_its_customer(house)
    assert phones.refusal(FILE, STRANGER) == refusal
    assert phones.reason(FILE, STRANGER, Transport.TFTP) is Reason.PLAIN_TRANSPORT


def test_its_delivery_is_no_part_of_a_full_configuration(house: House, phones: Phones) -> None:
    phones.content(FILE, SITE)
    with_its_customer(house)
    phones.content(FILE, SITE)
    full, suspended = phones.journal
    assert full.completes_boot
    assert full.required_kinds
    assert suspended.whole
    assert not suspended.completes_boot
    assert suspended.required_kinds == ()


def test_a_boot_while_suspended_neither_starts_nor_moves_anything(
    house: House, phones: Phones
) -> None:
    with_its_customer(house)
    before = house.parts.store.devices.get(device_id(house)).state
    phones.content(FILE, SITE)
    house.parts.operations.boots.book(phones.journal)
    assert house.parts.store.devices.get(device_id(house)).state is before
    assert not list(house.parts.store.books.charges())
    assert [one.path for one in house.parts.store.journal.of_mac(MAC, limit=9)] == [FILE]


def test_without_the_database_it_gets_no_file_of_better_days(
    house: House, phones: Phones, restarts: Restarts
) -> None:
    phones.content(FILE, SITE)
    with_its_customer(house)
    refresh(house)
    assert restarts.away().reason(FILE, SITE) is Reason.UNAVAILABLE


def test_without_the_database_it_gets_what_it_last_got_while_suspended(
    house: House, phones: Phones, restarts: Restarts
) -> None:
    full = phones.content(FILE, SITE)
    with_its_customer(house)
    content = phones.content(FILE, SITE)
    refresh(house)
    answer = restarts.away().ask(FILE, SITE)
    assert isinstance(answer, Answer)
    assert answer.content.decode() == content
    house.parts.store.suspensions.resume(house.customer.account_id)
    refresh(house)
    assert restarts.away().content(FILE, SITE) == full


def test_a_setting_is_tried_on_the_file_that_it_will_get_again(house: House) -> None:
    """Else a value that its file can't hold would be found when its service returns."""
    with_its_customer(house)
    placement = house.parts.store.devices.placement(MAC)
    assert placement
    assert house.parts.files.phone(placement).device.lines[0].registrar == NOWHERE
    assert house.parts.files._phone(placement).device.lines == placement.device.lines
