from __future__ import annotations

from dataclasses import replace

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.guard import Parked, accounts_to_park
from provd.billing.plan import Side

from .samples import CUSTOMER, PLAN, PRICES, subscribed, utc

NOW = utc("2026-12-23 12:00")


def charges(count: int) -> list[Charge]:
    """So many retail charges for slot 9 on one day."""
    found = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), NOW, sides={Side.RETAIL})
    return [replace(found[0], key=f"{at}:retail") for at in range(count)]


def test_fifteen_charges_a_day_are_no_cause_for_alarm() -> None:
    assert accounts_to_park(charges(15), {9: 77}) == []


def test_the_sixteenth_charge_for_a_device_in_a_day_parks_the_account_that_owes_it() -> None:
    (decision,) = accounts_to_park(charges(16), {9: 77})
    assert decision == Parked(CUSTOMER, NOW.date(), None, 77, 16)
    assert decision.reason == (
        "16 charges for device 77 fell due on 2026-12-23; more than 15 a day park the account"
    )


def test_slots_of_one_device_count_together() -> None:
    moved = [replace(charge, slot_id=9 + at % 2) for at, charge in enumerate(charges(16))]
    assert len(accounts_to_park(moved, {9: 77, 10: 77})) == 1
    assert accounts_to_park(moved, {9: 77, 10: 78}) == []


def test_a_slot_without_a_device_counts_for_itself() -> None:
    (decision,) = accounts_to_park(charges(16), {9: None})
    assert (decision.slot_id, decision.device_id) == (9, None)
    assert "slot 9" in decision.reason


def test_each_debtor_is_counted_alone() -> None:
    shared = [replace(charge, debtor_id=2 + at % 2) for at, charge in enumerate(charges(30))]
    assert accounts_to_park(shared, {9: 77}) == []


def test_a_run_that_catches_up_with_years_parks_nobody() -> None:
    late = due_charges(PLAN, PRICES, subscribed("2020-01-15 09:15"), NOW)
    assert len(late) > 100
    assert accounts_to_park(late, {9: 77}) == []
