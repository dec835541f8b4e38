"""`provd request`: docs/paying-first.md, and what goes wrong."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.invoices import settle

GUIDE = Path(__file__).parents[2] / "docs" / "paying-first.md"
SESSIONS = re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
PLAN = """
name: Maintenance
subject: customer
cycle: anniversary
fees:
- {name: Maintenance, kind: service, wholesale: 6, retail: 10}
"""


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing pages takes a second, and is tried in tests/documents."""
    drawn = "provd.operations.request_papers.request_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")


@pytest.fixture(autouse=True)
def sold(house: House, run: Run, tmp_path: Path) -> None:
    settle(house)
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    printed(run("plan", "add", "--file", str(file)))


def test_the_guide_shows_what_the_commands_print(run: Run) -> None:
    shown = 0
    for session in SESSIONS:
        for block in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            command, *output = block.splitlines()
            program, *arguments = shlex.split(command)
            assert program == "provd"
            told = [line.rstrip() for line in printed(run(*arguments)).splitlines()]
            assert told == output, command
            shown += 1
    assert shown > 5


def test_the_other_commands_say_what_they_did(run: Run, tmp_path: Path) -> None:
    ask = ("request", "start", "Maintenance", "--customer", "Harbour Dental Practice", "--yes")
    assert "Payment request 1 of 11.90 EUR, reference RF7400000001." in printed(run(*ask))
    assert "it is asked for already, by payment request 1" in sentence(run(*ask))
    assert "Start of Maintenance" in printed(run("request", "list"))
    wrote = printed(run("request", "pdf", "1", "-o", str(tmp_path)))
    assert "Payment-request-RF7400000001.pdf" in wrote
    assert "there is no mail server" in sentence(run("request", "send", "1"))
    gone = printed(run("request", "withdraw", "1", "--reason", "left"))
    assert gone == "Payment request 1 is withdrawn.\n"
    assert printed(run("request", "list")) == "Nothing is asked for.\n"
    assert "withdrawn by operator: left" in printed(run("request", "show", "1"))
    advance = ("request", "advance", "Bluebird Telephony", "250", "Deposit", "--yes")
    assert "Payment request 2 of 250.00 EUR" in printed(run(*advance))
    assert "It is the account's credit." in printed(
        run("request", "confirm", "2", "--by", "bank", "--yes")
    )
    assert printed(run("request", "due")) == "0 renewals asked for, 0 by mail.\n"


def test_a_subscription_is_made_to_be_renewed_by_payment(run: Run) -> None:
    customer = ("--customer", "Harbour Dental Practice")
    printed(run("subscription", "add", "Maintenance", *customer, "--yes"))
    assert "provd subscription prepaid 5" in sentence(run("request", "renew", "5"))
    assert printed(run("subscription", "prepaid", "5")) == (
        "Subscription 5 ends on 2026-09-12 unless its renewal is paid.\n"
    )
    assert "ends on 2026-09-12 unless its renewal is paid" in printed(run("subscription", "list"))
    assert "is renewed by payment already" in sentence(run("subscription", "prepaid", "5"))
