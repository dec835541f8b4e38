"""Registering a phone: all of it or nothing, and an answer to every mistake in the form's words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provd.billing.plan import FeeKind
from provd.devices.account import Role
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.setup import NewFee, price
from tests.conftest import ORDER, PHONE, House
from tests.operations.conftest import Clock
from tests.operations.forms import (
    LINE,
    NEW,
    demonstration_plan,
    form,
    registered,
    rows,
    site_id,
)


def with_line(**changes: Any) -> dict[str, Any]:
    return {"lines": (replace(LINE, **changes),)}


BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "no MAC": ("mac", {"mac": "  "}),
    "half a MAC": ("mac", {"mac": "80:5e:c0"}),
    "a group address": ("mac", {"mac": "01:00:5e:00:00:01"}),
    "a registered MAC": ("mac", {"mac": PHONE}),
    "a vendor there is not": ("model", {"vendor": "acme"}),
    "a model there is not": ("model", {"model": "T999"}),
    "a site there is not": ("site_id", {"site_id": 999}),
    "a profile there is not": ("profile", {"profile": "../../etc/passwd"}),
    "a plan there is not": ("plan_id", {"plan_id": 999}),
    "no line": ("lines.1.user", {"lines": ()}),
    "more lines than the model has": ("lines.17.user", {"lines": (LINE,) * 17}),
    "a line without a user": ("lines.1.user", with_line(user=" ")),
    "a line without a password": ("lines.1.password", with_line(password=Secret(""))),
    "a user of two words": ("lines.2.user", {"lines": (LINE, replace(LINE, user="a b"))}),
    "a line break in a user": ("lines.1.user", with_line(user="1\n2")),
    "a line break in a password": (
        "lines.1.password",
        with_line(password=Secret("hunter2\nadmin = 1")),
    ),
    "a tab in a display name": ("lines.1.display_name", with_line(display_name="a\tb")),
    "a URL for a registrar": ("lines.1.registrar", with_line(registrar="sip:x")),
    "a line break in the label": ("label", {"label": "Front\ndesk"}),
    "an escape sequence in the label": ("label", {"label": "\x1b[2J"}),
    "a label too long": ("label", {"label": "x" * 121}),
    "a tab in the order reference": ("order_reference", {"order_reference": "A\tB"}),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("action", ["register", "quote"])
def test_it_refuses_with_the_field_and_leaves_nothing_behind(
    house: House, what: str, action: str
) -> None:
    key, changes = BAD[what]
    before = rows(house)
    filled = form(house, **{"plan_id": demonstration_plan(house)} | changes)
    with pytest.raises(InputError) as refused:
        getattr(house.parts.operations.registration, action)(house.reseller, filled)
    assert refused.value.key == key
    assert rows(house) == before
    assert "hunter2" not in str(refused.value)


def test_a_phone_without_any_registrar_is_refused(house: House) -> None:
    house.parts.store.accounts.update_settings(1, {})
    with pytest.raises(InputError, match="registrar") as refused:
        registered(house)
    assert refused.value.key == "lines"
    device = registered(house, **with_line(registrar="sip.example.org"))
    assert device.lines[0].registrar == "sip.example.org"


def test_a_number_of_lines_is_told_with_the_models_own(house: House) -> None:
    with pytest.raises(InputError, match="has 16 lines, 17 were given"):
        registered(house, lines=(LINE,) * 17)


def test_a_registered_phone_has_its_lines_slot_window_and_event(house: House, clock: Clock) -> None:
    device = registered(
        house, plan_id=demonstration_plan(house), label=" Room 77 ", profile="call-centre"
    )
    store = house.parts.store
    kept = store.devices.get(device.id)
    assert kept == device
    assert (kept.state, kept.label, kept.profile) == (State.REGISTERED, "Room 77", "call-centre")
    assert [(line.number, line.user, line.password.reveal()) for line in kept.lines] == [
        (1, "177", "sip-secret-of-177")
    ]
    slot = store.books.slot_of_device(device.id)
    assert slot is not None
    assert slot.name == "Room 77"
    (event,) = store.events.of_device(device.id)
    assert (event.before, event.after) == (State.DISCOVERED, State.REGISTERED)
    assert (event.actor, event.at) == (house.reseller.name, clock.now)
    placement = store.devices.placement(device.mac)
    assert placement is not None
    assert placement.enrolment.open_until == clock.now + timedelta(days=7)
    assert len(placement.enrolment.token.reveal()) == 32


def test_two_phones_have_two_tokens(house: House) -> None:
    tokens = set()
    for mac in (NEW, "80:5e:c0:00:00:78"):
        registered(house, mac=mac)
        placement = house.parts.store.devices.placement(Mac.parse(mac))
        assert placement is not None
        tokens.add(placement.enrolment.token.reveal())
    assert len(tokens) == 2


def test_registering_costs_nothing_by_itself(house: House) -> None:
    registered(house, plan_id=demonstration_plan(house))
    assert list(house.parts.store.books.charges()) == []


def test_the_mac_may_be_written_as_the_label_has_it(house: House) -> None:
    assert str(registered(house, mac=" MAC: 805E-C000-0077").mac) == NEW


def test_a_model_may_be_written_by_hand(house: House) -> None:
    assert registered(house, model="t46-u").model == "T46U"


def test_a_taken_mac_is_named_with_its_place_to_its_owner(house: House) -> None:
    with pytest.raises(ConflictError, match="at Harbour Dental Practice, Front desk"):
        registered(house, mac=PHONE)


def test_a_taken_mac_tells_a_stranger_no_more_than_that(house: House) -> None:
    stranger = house.stranger()
    directory = house.parts.operations.directory
    customer = directory.create_customer(stranger, "Cafe")
    site = directory.create_site(stranger, customer.id, "Bar", "", "")
    with pytest.raises(ConflictError, match="ask your provider") as refused:
        house.parts.operations.registration.register(
            stranger, form(house, mac=PHONE, site_id=site.id)
        )
    for told in ("Harbour", "Front", "Bluebird"):
        assert told not in str(refused.value)


def test_a_strangers_site_is_no_site(house: House) -> None:
    with pytest.raises(InputError) as refused:
        house.parts.operations.registration.register(house.stranger(), form(house))
    assert refused.value.key == "site_id"


def test_another_resellers_plan_is_not_on_offer(house: House) -> None:
    stranger, euro = house.stranger(), price("1", "EUR")
    theirs = house.parts.operations.setup.create_plan(
        stranger.account_id, "Theirs", [NewFee(FeeKind.SETUP, "Setup", False, euro, euro)]
    )
    registration = house.parts.operations.registration
    assert theirs.id not in {plan.id for plan in registration.choices(house.reseller).plans}
    assert theirs.id in {plan.id for plan in registration.choices(stranger).plans}
    with pytest.raises(InputError, match="not on offer"):
        registered(house, plan_id=theirs.id)


def test_a_new_order_is_made_and_the_next_phone_joins_it(house: House) -> None:
    first = registered(house, order_reference=" A-7 ")
    second = registered(house, order_reference="a-7", mac="80:5e:c0:00:00:78")
    assert first.order_id is not None
    assert first.order_id == second.order_id
    assert house.parts.store.orders.get(first.order_id).reference == "A-7"


def test_an_order_to_another_site_is_refused(house: House) -> None:
    directory = house.parts.operations.directory
    other = directory.create_site(house.reseller, house.customer.account_id, "Attic", "", "")
    before = rows(house)
    with pytest.raises(ConflictError, match="ships to another site") as refused:
        registered(house, order_reference=ORDER, site_id=other.id)
    assert refused.value.key == "order_reference"
    assert rows(house) == before


def test_a_shipped_order_takes_no_phone(house: House, clock: Clock) -> None:
    orders = house.parts.store.orders
    order = orders.find(ORDER, seller_id=house.reseller.account_id)
    assert order is not None
    orders.mark_shipped(order.id, clock.now)
    with pytest.raises(ConflictError, match="has been shipped") as refused:
        registered(house, order_reference=ORDER)
    assert refused.value.key == "order_reference"


def test_a_quote_refuses_the_order_that_registering_would_refuse(
    house: House, clock: Clock
) -> None:
    orders = house.parts.store.orders
    order = orders.find(ORDER, seller_id=house.reseller.account_id)
    assert order is not None
    orders.mark_shipped(order.id, clock.now)
    with pytest.raises(ConflictError, match="has been shipped"):
        house.parts.operations.registration.quote(
            house.reseller, form(house, order_reference=ORDER)
        )


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.FULFILMENT])
@pytest.mark.parametrize("action", ["register", "quote"])
def test_only_resellers_and_administrators_register(house: House, role: Role, action: str) -> None:
    with pytest.raises(NotFoundError):
        getattr(house.parts.operations.registration, action)(house.actor(role), form(house))
    with pytest.raises(NotFoundError):
        house.parts.operations.registration.choices(house.actor(role))


def test_an_administrator_registers_for_any_reseller(house: House) -> None:
    device = house.parts.operations.registration.register(house.admin, form(house))
    assert device.site_id == site_id(house)


def test_a_provider_may_have_customers_of_its_own(house: House) -> None:
    directory = house.parts.operations.directory
    customer = directory.create_customer(house.admin, "Direct")
    site = directory.create_site(house.admin, customer.id, "HQ", "", "")
    plan = demonstration_plan(house)
    quote = house.parts.operations.registration.quote(
        house.admin, form(house, site_id=site.id, plan_id=plan)
    )
    assert quote is not None
    assert {line.side for line in quote.lines} == {"retail"}


def test_choices_hold_only_what_the_actor_may_choose(house: House) -> None:
    choices = house.parts.operations.registration.choices(house.reseller)
    assert [(site.name, site.customer) for site in choices.sites] == [
        ("Front desk", "Harbour Dental Practice")
    ]
    assert {"yealink", "polycom", "grandstream"} <= {vendor.name for vendor in choices.vendors}
    assert ("T46U", 16) in {
        (model.name, model.lines) for vendor in choices.vendors for model in vendor.models
    }
    assert [plan.name for plan in choices.plans] == ["Desk phone with lease"]
    assert "call-centre" in {profile.name for profile in choices.profiles}
    assert house.parts.operations.registration.choices(house.stranger()).sites == ()


def test_nothing_is_left_behind_when_the_last_step_fails(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(house)
    monkeypatch.setattr(type(house.parts.store.books), "create_subscription", _fail)
    with pytest.raises(RuntimeError):
        registered(house, plan_id=demonstration_plan(house), order_reference="A-7")
    assert rows(house) == before


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is on fire")
