"""The examples in docs/billing-rules.md are what the program does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
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
from provd.billing.plan import Fee, FeeKind, Plan, Side, SubjectKind
from provd.billing.prices import Price, PriceList
from provd.billing.subscription import Subject, Subscription

from .samples import LEASE, LONG_AGO, PARTIES, PLAN, PROVIDER, RESELLER, SETUP, ended, started

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
    "until",
    "sides",
    "charges",
}
FEE_IDS = {"setup": SETUP, "lease": LEASE}
FEES = (
    Fee(SETUP, FeeKind.SETUP, "Setup", recurring=False),
    Fee(LEASE, FeeKind.LEASE, "Hardware lease", recurring=True),
)


def the_plan(told: Mapping[str, str]) -> Plan:
    return replace(
        PLAN,
        cycle=Cycle(told["cycle"]),
        interval=Interval(told["interval"]),
        timing=Timing(told["timing"]),
        prorate_first=told["prorate first"] == "yes",
        prorate_last=told["prorate last"] == "yes",
        fees=FEES,
    )


def the_prices(told: Mapping[str, Mapping[str, str]]) -> PriceList:
    return PriceList(
        Price(
            FEE_IDS[fee],
            Side(side),
            Money(Decimal(price.split()[0]), price.split()[1]),
            LONG_AGO,
            PROVIDER if side == "wholesale" else RESELLER,
        )
        for side, prices in told.items()
        for fee, price in prices.items()
    )


def the_subscription(told: Mapping[str, Any]) -> Subscription:
    start = datetime.fromisoformat(told["start"])
    zones = told["zones"]
    changes = [started(start)]
    if "end" in told:
        known = told.get("end known", told["end"])
        changes.append(ended(datetime.fromisoformat(told["end"]), datetime.fromisoformat(known)))
    parties = replace(PARTIES, provider_zone=zones["provider"], reseller_zone=zones["reseller"])
    return Subscription(5, PLAN.id, Subject(SubjectKind.SLOT, 9), parties, tuple(changes))


def as_told(charge: Charge) -> list[str]:
    due = f"{charge.due_at:%Y-%m-%dT%H:%MZ}"
    return [due, charge.side, str(charge.amount), charge.text, charge.calculation]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["start"]))
def test_an_example_is_what_the_program_does(example: Mapping[str, Any]) -> None:
    assert set(example) <= KEYS
    first = EXAMPLES[0]
    told = {
        "zones": first["zones"],
        "prices": first["prices"],
        **example,
        "plan": {**first["plan"], **example.get("plan", {})},
    }
    charges = due_charges(
        the_plan(told["plan"]),
        the_prices(told["prices"]),
        the_subscription(told),
        datetime.fromisoformat(told["until"]),
        sides={Side(side) for side in told.get("sides", Side)},
    )
    lines = told["charges"].strip().splitlines()
    assert [as_told(charge) for charge in charges] == [
        [cell.strip() for cell in line.split(" | ")] for line in lines
    ]


def test_the_rules_have_their_examples() -> None:
    assert len(EXAMPLES) == 7


def test_the_rules_name_what_the_program_names() -> None:
    assert f"More than {MOST_CHARGES_A_DAY} charges" in TEXT
    assert "period_end" in COLUMNS
    assert "`5:11:retail:2027-01-01`" in TEXT
