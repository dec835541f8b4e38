"""The examples in docs/billing-rules.md are what the program does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.export import COLUMNS
from provd.billing.guard import MOST_CHARGES_A_DAY
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, LeaseTerms, Plan, Side, SubjectKind
from provd.billing.prices import Price, PriceList
from provd.billing.subscription import Change, ChangeKind, SetupFee, Subject, Subscription
from provd.scenario.document import FeePart, LeasePart, PlanPart
from provd.scenario.parts import Part

from .samples import (
    LEASE,
    LONG_AGO,
    PARTIES,
    PLAN,
    PROVIDER,
    RESELLER,
    SETUP,
    decided,
    ended,
    started,
)

RULES = Path(__file__).parents[2] / "docs" / "billing-rules.md"
TEXT = RULES.read_text(encoding="utf-8")
# BaseLoader: every scalar stays the text that the reader sees.
EXAMPLES: list[Mapping[str, Any]] = [
    yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    for block in re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
]
KEYS = {
    "plan",
    "zones",
    "prices",
    "start",
    "end",
    "end known",
    "changes",
    "setup fee",
    "later prices",
    "until",
    "sides",
    "charges",
}
FEES = {
    "setup": Fee(SETUP, FeeKind.SETUP, "Setup", recurring=False),
    "lease": Fee(LEASE, FeeKind.LEASE, "Hardware lease", recurring=True, runs_suspended=True),
    "base": Fee(12, FeeKind.BASE, "Base fee", recurring=True),
    "buy-out": Fee(13, FeeKind.BUY_OUT, "Phone bought", recurring=False),
    "unreturned": Fee(14, FeeKind.UNRETURNED, "Phone kept", recurring=False),
}


def the_plan(told: Mapping[str, str], fees: Iterable[str]) -> Plan:
    days = told.get("return days")
    return replace(
        PLAN,
        cycle=Cycle(told["cycle"]),
        interval=Interval(told["interval"]),
        timing=Timing(told["timing"]),
        prorate_first=told["prorate first"] == "yes",
        prorate_last=told["prorate last"] == "yes",
        fees=tuple(FEES[fee] for fee in fees),
        trial_days=int(told.get("trial days", 0)),
        lease=LeaseTerms(
            int(told.get("minimum months", 0)),
            int(told.get("termination percent", 0)),
            int(days) if days else None,
        ),
    )


def the_prices(
    told: Mapping[str, Mapping[str, str]], later: Sequence[Mapping[str, str]]
) -> PriceList:
    first = [
        the_price(fee, side, price)
        for side, prices in told.items()
        for fee, price in prices.items()
    ]
    others = [
        replace(
            the_price(one["fee"], one["side"], one["price"]),
            valid_from=date.fromisoformat(one["from"]),
            known_at=datetime.fromisoformat(one["entered"]),
        )
        for one in later
    ]
    return PriceList([*first, *others])


def the_price(fee: str, side: str, text: str) -> Price:
    amount, currency = text.split()
    seller = PROVIDER if side == "wholesale" else RESELLER
    return Price(FEES[fee].id, Side(side), Money(Decimal(amount), currency), LONG_AGO, seller)


def the_subscription(told: Mapping[str, Any]) -> Subscription:
    start = datetime.fromisoformat(told["start"])
    zones = told["zones"]
    changes = [started(start)]
    if "end" in told:
        known = told.get("end known", told["end"])
        changes.append(ended(datetime.fromisoformat(told["end"]), datetime.fromisoformat(known)))
    for number, one in enumerate(told.get("changes", ()), 3):
        at = datetime.fromisoformat(one["at"])
        known_at = datetime.fromisoformat(one.get("known", one["at"]))
        kind = ChangeKind(one["what"])
        changes.append(Change(number, kind, at, known_at, decided(kind, known_at)))
    parties = replace(PARTIES, provider_zone=zones["provider"], reseller_zone=zones["reseller"])
    setup = SetupFee(told.get("setup fee", SetupFee.NOW))
    subject = Subject(SubjectKind.SLOT, 9)
    return Subscription(5, PLAN.id, subject, parties, tuple(changes), setup)


def as_told(charge: Charge) -> list[str]:
    due = f"{charge.due_at:%Y-%m-%dT%H:%MZ}"
    return [due, charge.side, str(charge.amount), charge.text, charge.calculation]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["start"]))
def test_an_example_is_what_the_program_does(example: Mapping[str, Any]) -> None:
    assert set(example) <= KEYS
    first = EXAMPLES[0]
    told = {
        "zones": first["zones"],
        **example,
        "prices": {
            side: prices | example.get("prices", {}).get(side, {})
            for side, prices in first["prices"].items()
        },
        "plan": {**first["plan"], **example.get("plan", {})},
    }
    charges = due_charges(
        the_plan(told["plan"], told["prices"]["wholesale"]),
        the_prices(told["prices"], told.get("later prices", ())),
        the_subscription(told),
        datetime.fromisoformat(told["until"]),
        sides={Side(side) for side in told.get("sides", Side)},
    )
    lines = told["charges"].strip().splitlines()
    assert [as_told(charge) for charge in charges] == [
        [cell.strip() for cell in line.split(" | ")] for line in lines
    ]


def test_the_rules_have_their_examples() -> None:
    assert len(EXAMPLES) == 16


def test_the_rules_name_what_the_program_names() -> None:
    assert f"More than {MOST_CHARGES_A_DAY} charges" in TEXT
    assert "period_end" in COLUMNS
    assert "`5:11:retail:2027-01-01`" in TEXT


@pytest.mark.parametrize("part", [PlanPart, FeePart, LeasePart])
def test_every_key_of_a_plan_in_a_file_is_told(part: type[Part]) -> None:
    keys = TEXT[TEXT.index("## Plans in a file") :]
    assert {key for key in part.model_fields if f"`{key}`" not in keys} == set()
