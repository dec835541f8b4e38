"""What a change would cost or give back is what it then does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from provd.billing.due import due_charges
from provd.billing.effects import effects
from provd.billing.plan import LeaseTerms, Side

from .histories import History, histories
from .samples import PLAN, PRICES, ended, subscribed, utc


def test_an_end_shows_its_credit_and_the_termination() -> None:
    plan = replace(PLAN, lease=LeaseTerms(12, 100))
    begun = subscribed("2026-12-01 09:15")
    end = ended(utc("2027-03-11 10:00"), utc("2027-03-02 10:00"))
    found = effects(plan, PRICES, begun, [end], sides={Side.RETAIL})
    assert [(one.kind, str(one.amount), f"{one.due_at:%m-%d}") for one in found] == [
        ("lease", "-4.06 EUR", "03-02"),
        ("termination", "52.06 EUR", "03-11"),
    ]


def test_a_change_without_effect_shows_nothing() -> None:
    assert effects(PLAN, PRICES, subscribed("2026-12-01 09:15"), []) == []


@settings(max_examples=15, deadline=None)
@given(histories())
def test_what_is_shown_is_what_is_charged(history: History) -> None:
    *before, last = history.subscription.changes
    if not before:
        return
    told = replace(history.subscription, changes=tuple(before))
    shown = effects(history.plan, history.prices, told, [last])
    horizon = max(last.known_at, last.effective_at or last.known_at) + timedelta(days=2)
    charged = {
        (one.amount, one.due_at, one.text)
        for one in due_charges(
            history.plan, history.prices, history.subscription, horizon + timedelta(days=40)
        )
    }
    assert {(one.amount, one.due_at, one.text) for one in shown} <= charged
