"""The examples of docs/billing-rules.md, each as a scenario's file: what the pure functions give
(tests/billing/test_rules.py) comes out of the whole program as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from provd.configuration import Configuration
from provd.scenario import play, read_scenario
from tests.billing.test_rules import EXAMPLES, FEES, as_told

CHANGES = {"suspend": "phone", "resume": "phone", "buy-out": "name", "charge-setup": "subscription"}
"""What happens, and the key that names it."""


def is_playable(example: Mapping[str, Any]) -> bool:
    """Nobody can tell the program that hardware came back some days ago, what is paid first has an
    example of its own (docs/scenarios/paying-first.yaml), and an end that is told beforehand comes
    with the beginning of a day: where it is charged itself, at another moment."""
    kinds = {change["what"] for change in example.get("changes", ())}
    told_end = "end known" in example and "minimum months" in example.get("plan", {})
    return kinds <= CHANGES.keys() and not told_end


PLAYED = [example for example in EXAMPLES if is_playable(example)]


def test_nearly_all_examples_can_be_played() -> None:
    assert len(EXAMPLES) - len(PLAYED) <= 3


def document(told: Mapping[str, Any]) -> dict[str, Any]:
    """As a provider would write it down."""
    plan = {key.replace(" ", "_"): value for key, value in told["plan"].items()}
    lease = {key: plan.pop(key) for key in list(plan) if key in LEASE_KEYS}
    later = "setup fee" in told
    return {
        "provider": {"name": "Provider", "zone": told["zones"]["provider"]},
        "resellers": [
            {
                "name": "Reseller",
                "zone": told["zones"]["reseller"],
                "customers": [{"name": "Customer"}],
            }
        ],
        "plans": [
            {
                "name": "Plan",
                "subject": "device" if later else "slot",
                "valid_from": "2020-01-01",
                "lease": lease,
                "fees": list(fees(told["prices"])),
                **plan,
            }
        ],
        "events": list(events(told, later)),
    }


LEASE_KEYS = {"minimum_months", "termination_percent", "return_days"}


def fees(prices: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    for fee, wholesale in prices["wholesale"].items():
        own = {"Reseller": prices["retail"][fee]} if fee in prices["retail"] else {}
        yield {"name": FEES[fee].name, "kind": fee, "wholesale": wholesale, "own": own}


def events(told: Mapping[str, Any], later: bool) -> Iterator[dict[str, Any]]:
    before = (datetime.fromisoformat(told["start"]) - timedelta(hours=1)).isoformat()
    plan = {} if later else {"plan": "Plan"}
    yield {"at": before, "register": {"phone": "phone", "site": "Customer", **plan}}
    if later:
        order = {"name": "phone", "plan": "Plan", "subject": "phone", "setup": told["setup fee"]}
        yield {"at": before, "subscribe": order}
    yield {"at": told["start"], "boot": {"phone": "phone"}}
    for change in told.get("changes", ()):
        name = change["what"].replace("-", "_")
        yield {"at": change["at"], name: {CHANGES[change["what"]]: "phone"}}
    if "end" in told:
        day = {"day": told["end"][:10]} if "end known" in told else {}
        yield {
            "at": told.get("end known", told["end"]),
            "cancel": {"subscription": "phone", **day},
        }
    for one in told.get("later prices", ()):
        wholesale = one["side"] == "wholesale"
        yield {
            "at": one["entered"],
            "price": {
                "plan": "Plan",
                "fee": FEES[one["fee"]].name,
                "side": one["side"],
                "amount": one["price"],
                "since": one["from"],
                "seller": "Provider" if wholesale else "Reseller",
            },
        }
    yield {"at": told["until"], "bill": {}}


@pytest.mark.parametrize("example", PLAYED, ids=lambda example: str(example["start"]))
def test_an_example_is_what_a_scenario_comes_to(example: Mapping[str, Any]) -> None:
    first = EXAMPLES[0]
    told = {
        "zones": first["zones"],
        **example,
        "plan": {**first["plan"], **example.get("plan", {})},
        "prices": {
            side: prices | example.get("prices", {}).get(side, {})
            for side, prices in first["prices"].items()
        },
    }
    text = yaml.safe_dump(document(told), sort_keys=False)
    outcome = play(read_scenario(text.encode(), "rules.yaml"), Configuration())
    sides = told.get("sides", ("retail", "wholesale"))
    lines = told["charges"].strip().splitlines()
    found = [as_told(one) for one in outcome.charges if one.side in sides]
    assert sorted(found) == sorted([cell.strip() for cell in line.split(" | ")] for line in lines)
