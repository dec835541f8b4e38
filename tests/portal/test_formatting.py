"""How values read on a page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.billing.period import Period
from provd.devices.lifecycle import State
from provd.portal.formatting import STATE_CLASSES, count, moment, money, period

AT = datetime(2026, 11, 22, 23, 30, 5, tzinfo=UTC)


def test_a_moment_reads_in_its_own_zone_and_keeps_utc_beside_it() -> None:
    assert moment(AT, "Europe/Berlin") == (
        '<time datetime="2026-11-22T23:30:05Z" title="2026-11-22 23:30:05 UTC">'
        "23 Nov 2026, 00:30</time>"
    )


def test_an_unknown_zone_reads_as_utc() -> None:
    assert "22 Nov 2026, 23:30" in moment(AT, "Atlantis/Capital")
    assert "22 Nov 2026, 23:30" in moment(AT, "../../etc/passwd")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.5", "EUR", "1,234,567.50"),
        ("-0.4", "EUR", "\N{MINUS SIGN}0.40"),
        ("1500", "JPY", "1,500"),
        ("1.5", "KWD", "1.500"),
        ("0", "EUR", "0.00"),
    ],
)
def test_money_reads_with_thousands_its_minor_unit_and_its_currency(
    amount: str, currency: str, text: str
) -> None:
    shown = money(Money(Decimal(amount), currency))
    assert shown == (f'<span class="money">{text} <span class="currency">{currency}</span></span>')


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2026, 11, 22), date(2026, 12, 1), "22\N{EN DASH}30 Nov 2026"),
        (date(2026, 11, 22), date(2026, 11, 23), "22 Nov 2026"),
        (date(2026, 11, 22), date(2026, 12, 22), "22 Nov\N{EN DASH}21 Dec 2026"),
        (date(2026, 12, 22), date(2027, 1, 22), "22 Dec 2026\N{EN DASH}21 Jan 2027"),
    ],
)
def test_a_period_names_its_last_day(start: date, end: date, text: str) -> None:
    assert period(Period(start, end)) == text


def test_numbers_agree_with_their_nouns() -> None:
    assert [count(n, "phone") for n in (0, 1, 1200)] == ["0 phones", "1 phone", "1,200 phones"]


def test_every_state_has_a_look() -> None:
    assert set(STATE_CLASSES) == set(State)
