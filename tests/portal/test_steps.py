"""Suspending, taking back, replacing and moving a phone, click by click."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.devices.lifecycle import State
from tests.portal.house import FOREIGN, OWN, House
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]
NEW = "80:5e:c0:99:00:01"
GOOD, BAD, WARN = (f"(//*[@class='notice notice-{kind}'])[1]" for kind in ("good", "bad", "warn"))
STEPS = "//section[@aria-labelledby='steps-title']//a"


@pytest.fixture
def told(house: House, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Whom the portal has told, in place of SIP."""
    found: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        type(house.operations.telling), "soon", lambda _, ids, by: found.append(ids)
    )
    return found


def step(visitor: Visitor, name: str, **fields: str) -> tuple[int, str]:
    """Asked about, then confirmed: the status, and what the page says that it leads to."""
    path = f"/devices/{OWN}/step/{name}"
    asked = visitor.get(path)
    answer = visitor.post(path, {"quoted": value_of(asked, "quoted"), **fields})
    if answer.status_code == 302:
        return 302, text_of(visitor.get(answer.headers["Location"]), GOOD)
    return answer.status_code, text_of(answer)


def test_the_page_offers_what_can_be_done(visit: Visit, house: House) -> None:
    alice = visit("alice")
    in_service = [link.text for link in page(alice.get(f"/devices/{OWN}")).xpath(STEPS)]
    assert in_service == ["Suspend", "Replace by another", "Move", "Take back", "Write off"]
    step(alice, "suspend")
    suspended = [link.text for link in page(alice.get(f"/devices/{OWN}")).xpath(STEPS)]
    assert suspended == ["Resume", "Move", "Take back", "Write off"]
    assert not page(visit("carla").get(f"/devices/{OWN}")).xpath(STEPS)


def test_a_phone_is_suspended_and_resumed(
    visit: Visit, house: House, told: list[tuple[int, ...]]
) -> None:
    alice = visit("alice")
    assert "no emergency number" in text_of(alice.get(f"/devices/{OWN}/step/suspend"))
    assert step(alice, "suspend", reason="late") == (302, "The phone is suspended.")
    assert house.device(OWN).state is State.SUSPENDED
    assert "“late”" in text_of(alice.get(f"/devices/{OWN}"), "//*[@class='arrows']")
    assert step(alice, "resume") == (302, "The phone is in service.")
    assert told == [(house.device(OWN).id,)] * 2


def test_what_ends_with_a_return_is_shown_first(visit: Visit, house: House) -> None:
    alice = visit("alice")
    asked = text_of(alice.get(f"/devices/{OWN}/step/return"))
    assert "Charged at once" in asked or "It costs nothing" in asked
    assert step(alice, "return") == (302, "The phone is returned.")
    again = alice.post(f"/devices/{OWN}/step/return", {"quoted": value_of_nothing(alice)})
    assert "returned already" in text_of(alice.get(again.headers["Location"]), GOOD)


def value_of_nothing(visitor: Visitor) -> str:
    return value_of(visitor.get(f"/devices/{OWN}/step/return"), "quoted")


def test_other_costs_than_were_quoted_are_asked_about_again(visit: Visit, house: House) -> None:
    alice = visit("alice")
    answer = alice.post(f"/devices/{OWN}/step/return", {"quoted": "0" * 64, "reason": "over"})
    assert answer.status_code == 200
    assert "costs something else by now" in text_of(answer, WARN)
    assert value_of(answer, "reason") == "over"
    assert house.device(OWN).state is State.IN_SERVICE


def test_what_cannot_be_leads_back_to_the_page(visit: Visit) -> None:
    answer = visit("charlie").get(f"/devices/{FOREIGN}/step/suspend")
    assert answer.status_code == 302
    assert visit("alice").get(f"/devices/{OWN}/step/sell").status_code == 404


def quoted(visitor: Visitor, path: str, **fields: str) -> str:
    """The sealed form of the page that asks whether it is right."""
    answer = visitor.post(path, {"action": "quote", **fields})
    assert "Is this right?" in text_of(answer), text_of(answer)
    return value_of(answer, "pending")


def test_a_phone_is_replaced_once_however_often_it_is_confirmed(visit: Visit, house: House) -> None:
    alice, path = visit("alice"), f"/devices/{OWN}/replace"
    pending = quoted(alice, path, mac=NEW, reason="broken")
    assert house.device(OWN).state is State.IN_SERVICE
    answer = alice.post(path, {"action": "confirm", "pending": pending})
    assert answer.headers["Location"].endswith("/devices/805ec0990001")
    said = text_of(alice.get(answer.headers["Location"]), GOOD)
    assert "in the place of 80:5e:c0:12:34:56" in said
    assert "tell the SIP server" in said
    again = alice.post(path, {"action": "confirm", "pending": pending})
    assert again.status_code == 200
    assert "nothing is in its place any more" in text_of(again)


def test_mistakes_stand_beside_their_fields(visit: Visit) -> None:
    alice = visit("alice")
    answer = alice.post(f"/devices/{OWN}/replace", {"action": "quote", "mac": "nonsense"})
    assert page(answer).xpath("//input[@name='mac' and @aria-invalid='true']")
    moved = alice.post(f"/devices/{OWN}/move", {"action": "quote", "site_id": "999"})
    assert page(moved).xpath("//select[@name='site_id' and @aria-invalid='true']")


def test_a_phone_moves_within_its_customer_without_costs(
    visit: Visit, house: House, told: list[tuple[int, ...]]
) -> None:
    alice, path = visit("alice"), f"/devices/{OWN}/move"
    actor = house.actor("alice")
    customer = house.operations.directory.customers(actor).items[0].account
    site = house.operations.directory.create_site(actor, customer.id, "Upstairs", "", "")
    pending = quoted(alice, path, site_id=str(site.id))
    answer = alice.post(path, {"action": "confirm", "pending": pending})
    said = text_of(alice.get(answer.headers["Location"]), GOOD)
    assert said == "Moved. Everything went along."
    assert house.device(OWN).site_id == site.id
    assert told


def test_another_customers_password_comes_back_in_no_page(visit: Visit, house: House) -> None:
    alice, path = visit("alice"), f"/devices/{OWN}/move"
    actor = house.actor("alice")
    garage = house.operations.directory.create_customer(actor, "Garage")
    site = house.operations.directory.create_site(actor, garage.id, "Yard", "", "")
    fields = {"site_id": str(site.id), "user": "7", "password": "of-the-garage"}
    answer = alice.post(path, {"action": "quote", "plan_id": str(house.plan_id()), **fields})
    assert "of-the-garage" not in answer.text
    pending = value_of(answer, "pending")
    changed = alice.post(path, {"action": "change", "pending": pending})
    assert "of-the-garage" not in changed.text
    alice.post(path, {"action": "confirm", "pending": pending})
    moved = house.device(OWN)
    assert (moved.site_id, moved.state) == (site.id, State.REGISTERED)
    assert moved.lines[0].password.reveal() == "of-the-garage"


def test_a_quote_of_another_phone_confirms_nothing(visit: Visit, house: House) -> None:
    alice = visit("alice")
    pending = quoted(alice, f"/devices/{OWN}/replace", mac=NEW)
    for sealed in (pending, "", "nonsense"):
        answer = alice.post(f"/devices/{OWN}/move", {"action": "confirm", "pending": sealed})
        assert "too old to be confirmed" in text_of(answer)
    assert house.device(OWN).state is State.IN_SERVICE


def test_a_suspended_account_is_named_to_those_it_concerns(visit: Visit, house: House) -> None:
    reseller = house.actor("alice").account_id
    house.store.suspensions.suspend(reseller, house.clock(), "balance")
    assert "is suspended, so the phone has no service" in text_of(
        visit("alice").get(f"/devices/{OWN}"), WARN
    )
    assert "is suspended" not in text_of(visit("carla").get(f"/devices/{OWN}"))
