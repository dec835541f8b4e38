"""A phone book on its way to a phone: under the rules of the phone's configuration, and fresh."""

from __future__ import annotations

import pytest

from provd.exchange import Reason, Transport
from tests.conftest import House
from tests.provisioning.asking import FILE, MAC, PUBLIC, SITE, STRANGER, Phones, close_window

BOOK = f"{MAC.digits}-phonebook.xml"


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


def add(house: House, name: str) -> None:
    books = house.parts.operations.phonebooks
    customer = books.customer(house.admin, "Harbour Dental Practice")
    books.add(house.admin, customer.id, name, {"work": "100"})


def test_a_new_contact_is_there_when_the_phone_next_asks(phones: Phones, house: House) -> None:
    assert f"{PUBLIC}" not in _book_url(phones)
    add(house, "Ann")
    assert _book_url(phones).endswith(BOOK)
    assert "<Name>Ann</Name>" in phones.content(BOOK, SITE)
    add(house, "Bo & Co")
    assert "<Name>Bo &amp; Co</Name>" in phones.content(BOOK, SITE)


def _book_url(phones: Phones) -> str:
    lines = phones.content(FILE, SITE).splitlines()
    return next((line for line in lines if "remote_phonebook.data.1.url" in line), "")


def test_a_stranger_does_not_learn_whether_there_is_one(phones: Phones, house: House) -> None:
    add(house, "Ann")
    close_window(house)
    assert phones.reason(BOOK, STRANGER) is Reason.WINDOW_CLOSED
    assert phones.reason(BOOK, STRANGER, Transport.TFTP) is Reason.PLAIN_TRANSPORT
    assert phones.reason(BOOK.replace(MAC.digits, "805ec0fffff1"), SITE) is Reason.UNKNOWN_MAC
