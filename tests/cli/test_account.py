"""`provd account`: what is owed, and what a person enters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection
from pathlib import Path

import pytest

from provd.operations.telling import Reached, Telling
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.test_hard_accounts import boot

HARBOUR = "Harbour Dental Practice"
CHARGE = ("account", "charge", HARBOUR, "30", "Callout", "--reason", "came on Sunday")
PAY = ("account", "pay", HARBOUR, "25", "--by", "bank", "--reference", "RF18")


@pytest.fixture(autouse=True)
def nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(self: Telling, device_ids: Collection[int], by: str) -> Reached:
        return Reached(0, len(device_ids))

    monkeypatch.setattr(Telling, "all", tell)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_accounts_are_listed_with_what_they_owe_and_to_whom(run: Run, house: House) -> None:
    boot(house)
    assert lines(printed(run("account", "list"))) == [
        "account                  owes to             amount     terms  state",
        "Bluebird Telephony       Meridian Carrier    14.52 EUR  soft",
        "Harbour Dental Practice  Bluebird Telephony  29.19 EUR  soft",
    ]


def test_a_charge_is_told_before_it_is_entered(run: Run) -> None:
    refused = run(*CHARGE, typed="n\n")
    assert refused.exit_code == 1
    assert lines(refused.stdout) == [
        "Harbour Dental Practice, in the books of Bluebird Telephony:",
        "  owes now    0.00 EUR",
        "  Callout    30.00 EUR",
        "  owes then  30.00 EUR",
    ]
    assert refused.stderr.startswith("Charge it? [y/N]: ")
    assert "owes Bluebird Telephony nothing" in printed(run("account", "balance", HARBOUR))
    assert printed(run(*CHARGE, "--key", "7", "--yes")).endswith(
        "Charge manual:2:7 of 30.00 EUR.\n"
        "Harbour Dental Practice owes Bluebird Telephony 30.00 EUR.\n"
    )


def test_the_same_key_again_asks_nothing_and_changes_nothing(run: Run) -> None:
    run(*PAY, "--key", "1", "--yes")
    assert lines(printed(run(*PAY, "--key", "1"))) == [
        "Payment 1 of 25.00 EUR was there already.",
        "Harbour Dental Practice has paid Bluebird Telephony 25.00 EUR in advance.",
    ]
    other = ("account", "pay", HARBOUR, "26", "--by", "bank", "--key", "1")
    assert sentence(run(*other)).startswith("key: the key “1” names another payment: 25.00 EUR")


def test_a_statement_is_printed_and_exported(run: Run, tmp_path: Path) -> None:
    run(*CHARGE, "--key", "7", "--yes")
    run(*PAY, "--key", "1", "--yes")
    statement = ("account", "statement", HARBOUR)
    head, *rows_ = lines(printed(run(*statement)))
    assert head.endswith("statement of Bluebird Telephony, 2026-08-01 to 2026-08-31, in EUR")
    assert rows_ == [
        "day                  text             reference  amount  balance",
        "2026-08-01  opening                                         0.00",
        "2026-08-12  charge   Callout                      30.00    30.00",
        "2026-08-12  payment  Payment by bank  RF18       -25.00     5.00",
        "2026-08-31  closing                                         5.00",
    ]
    rows = list(csv.DictReader(io.StringIO(printed(run(*statement, "--format", "csv")))))
    assert [row["balance"] for row in rows] == ["0.00", "30.00", "5.00", "5.00"]
    file = tmp_path / "statement.json"
    assert printed(run(*statement, "--format", "json", "-o", str(file))) == ""
    assert json.loads(file.read_text())["closing"] == "5.00"
    later = printed(run(*statement, "--since", "2026-09-01", "--until", "2026-09-30"))
    assert later.count(" 5.00\n") == 2


def test_hard_terms_tell_how_many_phones_lose_their_service(run: Run) -> None:
    terms = ("account", "terms", HARBOUR, "--hard")
    refused = run(*terms, typed="n\n")
    assert refused.stdout == "This suspends the account: 4 phones lose their service.\n"
    assert refused.stderr.startswith("Suspend it? [y/N]")
    assert printed(run(*terms, "--limit", "50")) == f"{HARBOUR}: hard, limit 50.00 EUR\n"
    assert printed(run(*terms, "--yes")).endswith(f"{HARBOUR}: hard\n")
    shown = printed(run("account", "show", HARBOUR))
    assert "May still be charged: 0.00 EUR\nsuspended since 2026-08-12" in shown
    paid = printed(run(*PAY, "--yes"))
    assert "This lifts the suspension: 4 phones get their service back." in paid
    assert "suspended" not in printed(run("account", "show", HARBOUR))
    assert run("account", "terms", HARBOUR).exit_code == 2


def test_a_wrong_payment_is_taken_back_by_its_number(run: Run) -> None:
    run(*PAY, "--yes")
    reverse = ("account", "reverse", "1", "--reason", "another town's", "--yes")
    assert lines(printed(run(*reverse)))[2:] == [
        "  payment 1 of 2026-08-12, taken back   25.00 EUR",
        "  owes then                              0.00 EUR",
        "Reversal 2 of 25.00 EUR.",
        "Harbour Dental Practice owes Bluebird Telephony nothing in EUR.",
    ]
    assert sentence(run(*reverse)) == "number: payment 1 is reversed already"
    shown = printed(run("account", "show", HARBOUR))
    assert [line.split()[:3] for line in lines(shown)[-2:]] == [
        ["2", "2026-08-12", "reversal"],
        ["1", "2026-08-12", "payment"],
    ]


def test_credits_refunds_and_bad_debts_are_entered(run: Run) -> None:
    run(*CHARGE, "--key", "7", "--yes")
    credit = ("account", "credit", HARBOUR, "10", "--charge", "manual:2:7", "--reason", "late")
    assert "Credit: Callout" in printed(run(*credit, "--yes"))
    lost = ("account", "write-off", HARBOUR, "20", "--reason", "bankrupt", "--yes")
    assert printed(run(*lost)).endswith("owes Bluebird Telephony nothing in EUR.\n")
    run(*PAY, "--yes")
    refund = ("account", "refund", HARBOUR, "25", "--by", "bank", "--yes")
    assert printed(run(*refund)).endswith("owes Bluebird Telephony nothing in EUR.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("balance", "Harbor Dental Practice"), "Did you mean “Harbour Dental Practice”?"),
        (("balance", "Meridian Carrier"), "Meridian Carrier owes nobody here"),
        (("pay", HARBOUR, "25", "--by", "a b"), "method: “a b” is no method of payment"),
        (("pay", HARBOUR, "0", "--by", "bank"), "amount: 0.00 EUR can't be paid"),
        (("pay", HARBOUR, "1", "--by", "bank", "--on", "2026-08-13"), "2026-08-13 has not come"),
        (("write-off", HARBOUR, "1", "--reason", "x"), "owes 0.00 EUR, less than 1.00 EUR"),
        (("credit", HARBOUR, "1", "--reason", "x", "--charge", "9"), "has no charge “9”"),
        (("reverse", "9", "--reason", "x"), "number: there is no payment 9"),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence_before_anybody_is_asked(
    run: Run, arguments: tuple[str, ...], told: str
) -> None:
    assert told in sentence(run("account", *arguments))


def test_an_account_is_closed_when_nothing_stands_in_the_way_and_opened(run: Run) -> None:
    refused = run("account", "close", HARBOUR)
    assert "phone 80:5e:c0:00:00:01 is" in refused.stdout
    assert "things stand in the way" in sentence(refused)
    run("account", "close", "Bluebird Telephony")
    for mac in ("80:5e:c0:00:00:01", "80:5e:c0:00:00:11", "64:16:7f:00:00:12", "c0:74:ad:00:00:13"):
        printed(run("device", "retire", mac, "--yes"))
    asked = printed(run("account", "close", HARBOUR, typed="y\n"))
    assert "1 user can't sign in any more" in asked
    assert asked.endswith(f"{HARBOUR} is closed.\n")
    assert printed(run("account", "close", HARBOUR)) == f"{HARBOUR} is closed already.\n"
    assert HARBOUR not in printed(run("account", "list"))
    assert "closed since 2026-08-12" in printed(run("account", "list", "--closed"))
    assert "closed since 2026-08-12 09:00 UTC by" in printed(run("account", "show", HARBOUR))
    opened = printed(run("account", "open", HARBOUR))
    assert opened == f"{HARBOUR} is open; 1 user can sign in.\n"
