"""What is wrong with a scenario's file is told with its line, key and remedy."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provd.errors import InputError
from provd.scenario import Scenario, read_scenario
from provd.scenario.acts import ACTS
from provd.scenario.document import (
    BusinessPart,
    CustomerPart,
    FeePart,
    PlanPart,
    ProviderPart,
    ResellerPart,
    TaxRatePart,
)
from provd.scenario.events import EVENTS

PLANS = """\
provider: {zone: Europe/Berlin}
plans:
  - name: Phone
    fees: [{name: Base, kind: base, wholesale: 1}]
"""


def read(text: str) -> Scenario:
    return read_scenario((PLANS + textwrap.dedent(text)).encode(), "trial.yaml")


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_scenario(textwrap.dedent(text).encode(), "trial.yaml")
    return str(caught.value)


def test_every_event_can_happen() -> None:
    assert EVENTS.keys() == ACTS.keys()


def test_a_time_without_an_offset_is_the_providers() -> None:
    found = read(
        """\
        events:
          - {at: 2027-07-01 09:00, bill: }
          - {at: 2027-07-01, bill: }
          - {at: "2027-07-01T09:00Z", bill: }
        """
    )
    assert [event.at for event in found.events] == [
        datetime(2027, 6, 30, 22, tzinfo=UTC),
        datetime(2027, 7, 1, 7, tzinfo=UTC),
        datetime(2027, 7, 1, 9, tzinfo=UTC),
    ]


def test_a_run_can_be_repeated_every_day() -> None:
    found = read("events: [{at: 2027-01-30 02:00, bill: {every: day, until: 2027-02-02}}]")
    assert [f"{event.at:%m-%d %H}" for event in found.events] == [
        "01-30 01",
        "01-31 01",
        "02-01 01",
    ]


def test_a_repeated_run_ends() -> None:
    with pytest.raises(InputError, match=r"trial.yaml line 5, bill.until: it would never end. Add"):
        read("events: [{at: 2027-01-30 02:00, bill: {every: day}}]")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("plans: [", "trial.yaml line 2: not YAML"),
        ("- 1", "trial.yaml: it is no scenario. It has plans: and events:"),
        ("provider: {}\n", "trial.yaml line 1, plans: it is missing. Add it"),
        (PLANS + "plan: 1\n", "trial.yaml line 5, plan: there is no such key"),
        (
            PLANS.replace("kind: base", "kind: bass"),
            "trial.yaml line 4, plans.1.fees.1.kind: it is none of those there are. should be",
        ),
        (
            PLANS.replace("wholesale: 1", "wholesale: yes"),
            "trial.yaml line 4, plans.1.fees.1.wholesale: is no amount",
        ),
        (
            PLANS.replace("wholesale: 1", "wholesail: 1, detail: 1"),
            "trial.yaml line 4, plans.1.fees.1.wholesail: there is no such key. 1 more mistakes",
        ),
        (PLANS + "events: 1\n", "trial.yaml line 5, events: it is not a list"),
        (PLANS + "events: [1]\n", "trial.yaml line 5, events: it is no event. Give at:"),
        (PLANS + "events: [{at: 2027-01-01}]\n", "line 5, events: nothing happens. Give at:"),
        (
            PLANS + "events:\n  - at: 2027-01-01\n    bill:\n    ship: {}\n",
            "trial.yaml line 6, events: bill and ship happens",
        ),
        (
            PLANS + "events:\n  - at: 2027-01-01\n    bil:\n",
            "trial.yaml line 7, bil: nothing of this name can happen. There are register,",
        ),
        (PLANS + "events: [{bill: }]\n", "trial.yaml line 5, events.1.at: it is missing"),
        (
            PLANS + "events: [{at: 2027-01-01, invoice: {month: 2027-13}}]\n",
            "line 5, events.1.invoice.month: is no month. Write 2026-12",
        ),
        (
            PLANS + "events: [{at: 2027-01-01, cancel: {subscription: a, on: 2027-01-02}}]\n",
            "events.1.cancel.2: the key is no text. Put it in quotes: YAML takes on and off for",
        ),
        (PLANS + "events: [{at: 20270101, bill: }]\n", "line 5, events.1.at: is no time"),
        (
            PLANS + "events:\n  - at: 2027-01-01\n    boot: {}\n",
            "trial.yaml line 7, events.1.boot.phone: it is missing. Add it",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(text: str, sentence: str) -> None:
    assert sentence in refused(text)


def test_a_file_of_aliases_can_not_fill_the_memory() -> None:
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]" for before, after in PAIRS]
    assert "too many values" in refused("\n".join(lines))


PAIRS = list(zip("abcdef", "bcdefg", strict=True))


def test_every_event_and_key_is_told() -> None:
    text = (Path(__file__).parents[2] / "docs" / "scenarios" / "README.md").read_text()
    told = set(re.findall(r"`(\w+)`", text))
    assert set(EVENTS) <= told
    assert {key for event in EVENTS.values() for key in event.model_fields} <= told
    parts = (BusinessPart, CustomerPart, ResellerPart, ProviderPart, PlanPart, FeePart, TaxRatePart)
    assert {key for part in parts for key in part.model_fields} <= told
