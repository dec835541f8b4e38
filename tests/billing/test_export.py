from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.export import COLUMNS, charges_csv, charges_jsonl

from .samples import PLAN, PRICES, euro, subscribed, utc

CHARGES = due_charges(
    PLAN, PRICES, subscribed("2026-12-23 09:15:30.250000"), utc("2026-12-24 00:00")
)
NAMES = {1: "Provider", 2: "Müller & Söhne", 3: "ACME, Inc."}


def read_back(charges: list[Charge]) -> list[dict[str, str]]:
    text = "".join(charges_csv(charges, NAMES))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_csv_record_says_who_owes_whom_what_and_why() -> None:
    lease = next(charge for charge in CHARGES if charge.key == "5:11:retail:2026-12-23")
    assert list(charges_csv([lease], NAMES)) == [
        ",".join(COLUMNS) + "\r\n",
        '5:11:retail:2026-12-23,retail,Müller & Söhne,"ACME, Inc.",5,9,lease,'
        '"Hardware lease T46U, 2026-12-23 to 2026-12-31",2026-12-23,2027-01-01,1.74,EUR,'
        "2026-12-23T09:15:30Z,booted,e-1,2026-12-23T09:15:30Z,805ec0123456.cfg,https,4711,"
        "192.0.2.10,6.00 EUR x 9/31 days\r\n",
    ]


def test_a_json_line_holds_the_same_in_the_same_order() -> None:
    setup = next(charge for charge in CHARGES if charge.key == "5:10:retail:once")
    (line,) = charges_jsonl([setup], NAMES)
    assert line.endswith("}\n")
    assert line.isascii()
    assert list(json.loads(line).items()) == [
        ("key", "5:10:retail:once"),
        ("side", "retail"),
        ("issuer", "Müller & Söhne"),
        ("debtor", "ACME, Inc."),
        ("subscription", 5),
        ("slot", 9),
        ("kind", "setup"),
        ("text", "Setup T46U"),
        ("period_start", None),
        ("period_end", None),
        ("amount", "49.00"),
        ("currency", "EUR"),
        ("due_at", "2026-12-23T09:15:30Z"),
        ("cause_kind", "booted"),
        ("cause_event", "e-1"),
        ("cause_at", "2026-12-23T09:15:30Z"),
        ("cause_file", "805ec0123456.cfg"),
        ("cause_transport", "https"),
        ("cause_bytes", 4711),
        ("cause_address", "192.0.2.10"),
        ("calculation", "49.00 EUR once"),
    ]


def test_an_account_without_a_name_is_given_as_its_id() -> None:
    assert [record.split(",")[2:4] for record in charges_csv(CHARGES[:1])][1] == ["2", "3"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    (row,) = read_back([replace(CHARGES[0], text=f"{start}HYPERLINK(1)")])
    assert row["text"] == f"'{start}HYPERLINK(1)"


def test_a_file_name_and_an_account_name_are_text_too() -> None:
    cause = replace(CHARGES[0].cause, file="@SUM(A1).cfg")
    text = "".join(charges_csv([replace(CHARGES[0], cause=cause)], {2: "=1+1", 3: "-1"}))
    assert ",'@SUM(A1).cfg," in text
    assert ",'=1+1,'-1," in text


def test_a_negative_amount_stays_a_number() -> None:
    credit = replace(CHARGES[0], amount=euro("-5"), calculation="-5.00 EUR once")
    (row,) = read_back([credit])
    assert row["amount"] == "-5.00"
    assert row["calculation"] == "'-5.00 EUR once"


def test_no_text_breaks_out_of_its_line() -> None:
    text = 'a "quoted"\r\nname,\u2028 with \x85 everything\n'
    strange = replace(CHARGES[0], text=text)
    (row,) = read_back([strange])
    assert row["text"] == text
    (line,) = charges_jsonl([strange])
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text
