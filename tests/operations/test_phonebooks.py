"""Customers' phone books: who may, what is refused, and CSV files there and back."""

from __future__ import annotations

import csv
import io

import pytest

from provd.devices.account import AccountKind, Role
from provd.devices.contact import MOST_CONTACTS, Contact, contact_from
from provd.devices.mac import Mac
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations import Actor
from provd.operations.phonebooks import CheckedContacts, Phonebooks
from tests.conftest import PHONE, House

NAME = "Harbour Dental Practice"


@pytest.fixture
def books(house: House) -> Phonebooks:
    return house.parts.operations.phonebooks


@pytest.fixture
def customer(house: House, books: Phonebooks) -> int:
    return books.customer(house.reseller, NAME.upper()).id


def check(books: Phonebooks, actor: Actor, customer: int, text: str) -> CheckedContacts:
    return books.check(actor, customer, io.BytesIO(text.encode()))


def contacts(books: Phonebooks, actor: Actor, customer: int) -> dict[str, tuple[object, ...]]:
    entries = books.book(actor, customer).entries
    return {entry.contact.name: entry.contact.numbers for entry in entries}


def test_provider_reseller_and_customer_keep_the_same_book(
    house: House, books: Phonebooks, customer: int
) -> None:
    for actor, name in ((house.admin, "A"), (house.reseller, "B"), (house.customer, "C")):
        books.add(actor, customer, name, {"work": "1"})
    assert list(contacts(books, house.customer, customer)) == ["A", "B", "C"]
    assert books.counts(house.customer, [customer]) == {customer: 3}
    books.remove_named(house.customer, customer, "b")
    assert list(contacts(books, house.admin, customer)) == ["A", "C"]


def test_for_a_stranger_and_the_warehouse_there_is_no_book(
    house: House, books: Phonebooks, customer: int
) -> None:
    books.add(house.customer, customer, "Ann", {"work": "1"})
    entry = books.book(house.customer, customer).entries[0].id
    for actor in (house.stranger(), house.warehouse):
        for ask in (
            lambda actor=actor: books.book(actor, customer),
            lambda actor=actor: books.add(actor, customer, "Eve", {"work": "1"}),
            lambda actor=actor: books.remove(actor, customer, entry),
            lambda actor=actor: check(books, actor, customer, "name,work\nEve,1\n"),
            lambda actor=actor: books.put(actor, customer, CheckedContacts(0, (), (), 0, ())),
            lambda actor=actor: books.export(actor, customer),
            lambda actor=actor: books.customer(actor, NAME),
        ):
            with pytest.raises(NotFoundError):
                ask()
    assert list(contacts(books, house.customer, customer)) == ["Ann"]


def test_another_customer_of_the_same_reseller_sees_nothing(
    house: House, books: Phonebooks, customer: int
) -> None:
    other = house.parts.operations.directory.create_customer(house.reseller, "Example Bakery")
    eve = Actor("eve", Role.CUSTOMER, other.id)
    with pytest.raises(NotFoundError):
        books.book(eve, customer)
    assert books.book(eve, other.id).entries == ()


def test_only_a_customer_has_a_book(house: House, books: Phonebooks) -> None:
    resellers = house.parts.store.accounts.below(house.admin.scope, kind=AccountKind.RESELLER)
    with pytest.raises(NotFoundError):
        books.book(house.admin, resellers[0].id)


def test_a_change_reaches_the_phone_s_next_file(
    house: House, books: Phonebooks, customer: int
) -> None:
    before = house.parts.generation.value
    books.add(house.customer, customer, "Ann", {"mobile": "+49 (151) 23-4"})
    assert house.parts.generation.value > before
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    phone = house.parts.files.phone(placement)
    assert phone.contacts == (Contact("Ann", (("mobile", "+49151234"),)),)


@pytest.mark.parametrize(
    ("name", "numbers", "key"),
    [
        (" ", {"work": "1"}, "name"),
        ("a\nb", {"work": "1"}, "name"),
        ("x" * 65, {"work": "1"}, "name"),
        ("Ann", {}, "work"),
        ("Ann", {"mobile": " "}, "work"),
        ("Ann", {"mobile": "sip:ann"}, "mobile"),
        ("Ann", {"home": "1" * 33}, "home"),
        ("Ann", {"other": "1+1"}, "other"),
    ],
)
def test_what_no_phone_could_show_or_dial_is_refused(
    name: str, numbers: dict[str, str], key: str
) -> None:
    with pytest.raises(InputError) as caught:
        contact_from(name, numbers)
    assert caught.value.key == key


def test_a_name_that_is_there_is_refused(house: House, books: Phonebooks, customer: int) -> None:
    books.add(house.customer, customer, "Ann", {"work": "1"})
    with pytest.raises(ConflictError, match="already"):
        books.add(house.customer, customer, "ANN", {"work": "2"})


def test_a_file_adds_and_replaces_by_name_and_the_same_file_again_changes_nothing(
    house: House, books: Phonebooks, customer: int
) -> None:
    books.add(house.customer, customer, "Ann", {"work": "1"})
    books.add(house.customer, customer, "Old", {"work": "9"})
    text = "Mobile;NAME;work\n+49 151 2;ann;\n;Bo;30/12-3\n"
    checked = check(books, house.customer, customer, text)
    assert (checked.rows, len(checked.new), len(checked.changed)) == (2, 1, 1)
    assert "Bo" not in contacts(books, house.customer, customer)
    books.put(house.customer, customer, checked)
    assert contacts(books, house.customer, customer) == {
        "ann": (("mobile", "+491512"),),
        "Bo": (("work", "30123"),),
        "Old": (("work", "9"),),
    }
    again = check(books, house.customer, customer, text)
    assert (again.new, again.changed, again.unchanged) == ((), (), 2)


def test_all_mistakes_are_told_and_none_of_the_file_is_taken(
    house: House, books: Phonebooks, customer: int
) -> None:
    text = 'name,work\n,1\nAnn,x\nBo,1\nbo,2\nCy,1,3\n"Dan",\n'
    checked = check(books, house.customer, customer, text)
    assert [(one.row, one.column) for one in checked.mistakes] == [
        (2, "name"), (3, "work"), (5, "name"), (6, ""), (7, "work"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="mistakes"):
        books.put(house.customer, customer, checked)
    assert contacts(books, house.customer, customer) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("name,work\n", "names nobody"),
        ("name,wrok\nAnn,1\n", "Did you mean work"),
        ("work\n1\n", "there is no such column"),
        ("name,name\nAnn,Bo\n", "twice"),
        ("name,work\n" + "".join(f"N{n},1\n" for n in range(MOST_CONTACTS + 1)), "more than"),
        ("name,work\n" + "Ann," + "1" * (513 << 10), "larger than"),
    ],
)
def test_a_file_that_is_no_phone_book_is_refused(
    house: House, books: Phonebooks, customer: int, text: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        check(books, house.customer, customer, text)


def test_a_book_takes_no_more_than_phones_do(
    house: House, books: Phonebooks, customer: int
) -> None:
    full = "name,work\n" + "".join(f"N{n},1\n" for n in range(MOST_CONTACTS))
    books.put(house.customer, customer, check(books, house.customer, customer, full))
    with pytest.raises(InputError, match="is the most"):
        check(books, house.customer, customer, "name,work\nAnn,1\n")


def test_what_is_exported_is_no_formula_and_is_read_again_as_it_was(
    house: House, books: Phonebooks, customer: int
) -> None:
    books.add(house.customer, customer, '=HYPERLINK("http://x")', {"work": "+4930", "home": "*7"})
    books.add(house.customer, customer, "O'Neil, Ann", {"mobile": "0151"})
    before = contacts(books, house.customer, customer)
    text = "".join(books.export(house.customer, customer))
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["name", "work", "mobile", "home", "other"]
    assert rows[1][:2] == ['\'=HYPERLINK("http://x")', "'+4930"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    checked = check(books, house.customer, customer, text)
    assert (checked.new, checked.changed, checked.unchanged) == ((), (), 2)
    assert contacts(books, house.customer, customer) == before
