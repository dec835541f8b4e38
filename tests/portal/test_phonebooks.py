"""The phone book's page: for the customer and whoever sells to it, and for nobody else."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.portal.house import House
from tests.portal.visitor import BASE, Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]


@pytest.fixture
def path(house: House) -> str:
    customer = house.operations.directory.customers(house.actor("alice")).items[0].account.id
    return f"/customers/{customer}/phonebook"


def upload(visitor: Visitor, path: str, text: str) -> TestResponse:
    data = {"csrf_token": visitor.token(), "file": (io.BytesIO(text.encode()), "book.csv")}
    return visitor.client.post(
        f"{path}/import", base_url=BASE, data=data, headers={"Referer": BASE + "/"}, buffered=True
    )


def test_a_customer_s_navigation_leads_to_its_own_book(visit: Visit, path: str) -> None:
    carla = visit("carla")
    assert page(carla.get("/")).xpath("//nav//a[text()='Phone book']/@href") == ["/phonebook"]
    assert carla.get("/phonebook").location == path
    shown = text_of(carla.get(path))
    assert "Nobody in it yet" in shown
    assert "Customers" not in shown


def test_a_contact_is_added_by_one_and_removed_by_another(visit: Visit, path: str) -> None:
    carla, bob = visit("carla"), visit("bob")
    sent = carla.post(path, {"name": "Ann <b>", "work": "030 / 12-3", "mobile": ""})
    assert sent.location == path
    assert "Ann <b> was added" in text_of(carla.get(path))
    shown = bob.get(path)
    assert "Ann <b> 030123 work" in text_of(shown, "//tbody")
    assert "Phone book of Example Dental Practice 1" in text_of(bob.get("/customers"))
    removed = bob.post(f"{path}/remove", {"entry": value_of(shown, "entry")})
    assert removed.location == path
    assert "Nobody in it yet" in text_of(carla.get(path))
    again = bob.post(f"{path}/remove", {"entry": value_of(shown, "entry")})
    assert "not in the phone book any more" in text_of(bob.get(again.location))


@pytest.mark.parametrize("name", ["charlie", "frieda"])
def test_for_others_there_is_no_such_page(name: str, visit: Visit, path: str) -> None:
    carla, other = visit("carla"), visit(name)
    carla.post(path, {"name": "Ann", "work": "1"})
    entry = value_of(carla.get(path), "entry")
    answers = (
        other.get(path),
        other.get(f"{path}.csv"),
        other.post(path, {"name": "Eve", "work": "1"}),
        other.post(f"{path}/remove", {"entry": entry}),
        upload(other, path, "name,work\nEve,1\n"),
    )
    assert {answer.status_code for answer in answers} == {403 if name == "frieda" else 404}
    assert text_of(carla.get(path), "//tbody").startswith("Ann 1")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "", "work": "1"}, "name"),
        ({"name": "Ann"}, "work"),
        ({"name": "Ann", "home": "sip:ann"}, "home"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    given: dict[str, str], field: str, visit: Visit, path: str
) -> None:
    answer = visit("carla").post(path, given)
    assert answer.status_code == 200
    assert text_of(answer, f"//*[@id='{field}-error']")
    assert value_of(answer, "name") == given["name"]


def test_a_file_is_imported_and_exported(visit: Visit, path: str) -> None:
    alice = visit("alice")
    sent = upload(alice, path, "name;work\nAnn;+4930\nBo;2\n")
    assert sent.location == path
    assert "2 added" in text_of(alice.get(path))
    answer = alice.get(f"{path}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.splitlines()[1] == "Ann,'+4930,,,"
    upload(alice, path, answer.text)
    assert "0 added, 2 there already" in text_of(alice.get(path))


def test_all_mistakes_of_a_file_are_shown_and_nothing_is_taken(visit: Visit, path: str) -> None:
    alice = visit("alice")
    answer = upload(alice, path, "name,work\nAnn,1\nBo,<i>\n,2\n")
    shown = text_of(answer)
    assert "Nothing was imported. 2 mistakes" in shown
    assert "3 work “<i>” can't be dialled" in shown
    assert "4 name A name is needed" in shown
    assert "Nobody in it yet" in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Choose a CSV file"), ("name,wrok\nA,1\n", "Row 1, wrok: There is no such column")],
)
def test_what_is_no_file_is_said_beside_it(text: str, words: str, visit: Visit, path: str) -> None:
    answer = upload(visit("carla"), path, text)
    assert words.lower() in text_of(answer, "//*[@id='file-error']").lower()
