"""`provd subscription`: who has subscribed to what, and why it costs that."""

from datetime import timedelta

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import delivery
from tests.operations.forms import rows

CUSTOMER = ("--customer", "Harbour Dental Practice")


@pytest.fixture(autouse=True)
def _sold(run: Run, house: House) -> None:
    printed(run("plan", "add", "Care", "--for", "customer", "--service", "5/9", "--setup", "1/2"))
    printed(run("plan", "add", "Care plus", "--for", "customer", "--service", "6/12"))
    at = START + timedelta(minutes=30)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, at)])


def test_it_is_added_after_its_quote(run: Run, house: House) -> None:
    before = rows(house)
    refused = run("subscription", "add", "care", *CUSTOMER, typed="n\n")
    assert refused.exit_code == 1
    assert "5.81 EUR" in refused.stdout
    assert rows(house) == before
    told = printed(run("subscription", "add", "care", *CUSTOMER, "--yes"))
    assert told.endswith("to Care added. It has its start.\n")
    assert " Care  " in printed(run("subscription", "list")).splitlines()[1]


def test_each_charge_is_explained_down_to_the_boot(run: Run) -> None:
    shown = printed(run("subscription", "show", "1"))
    assert "because booted: 805ec0000001.cfg, 4096 bytes by https to 127.0.0.1" in shown
    assert "6.50 EUR x 20/31 days; key 1:2:retail:2026-08-12" in shown
    assert shown.endswith("4 charges\n")
    assert sentence(run("subscription", "show", "99")) == "there is no such subscription"


def test_it_is_cancelled_and_kept(run: Run, clock: Clock) -> None:
    printed(run("subscription", "add", "care", *CUSTOMER, "--yes"))
    clock.move(days=3)
    number = _number(run)
    told = printed(run("subscription", "cancel", number, "--reason", "too dear", "--yes"))
    assert "credit: ends 2026-08-15" in told
    assert told.endswith(f"Subscription {number} ends now.\n")
    assert "(too dear)" in printed(run("subscription", "show", number))
    told = printed(run("subscription", "keep", number, "--yes"))
    assert "added: end withdrawn" in told
    assert "no end that could be withdrawn" in sentence(run("subscription", "keep", number))
    printed(run("subscription", "cancel", number, "--on", "2026-10-01", "--yes"))
    assert "ends on 2026-10-01" in printed(run("subscription", "list"))


def test_its_plan_is_changed(run: Run, clock: Clock) -> None:
    printed(run("subscription", "add", "care", *CUSTOMER, "--yes"))
    number = _number(run)
    told = printed(
        run("subscription", "change", number, "care plus", "--on", "2026-09-10", "--yes")
    )
    assert "Computed for a start on 2026-09-10." in told
    assert f"Care plus takes the place of {number}." in told
    assert "waiting for 2026-09-10" in printed(run("subscription", "list"))


def test_a_setup_fee_waits_until_it_is_asked_for(run: Run) -> None:
    printed(run("subscription", "add", "care", *CUSTOMER, "--setup", "later", "--yes"))
    number = _number(run)
    assert "The setup fee waits" in printed(run("subscription", "show", number))
    told = printed(run("subscription", "charge-setup", number, "--yes"))
    assert "Charged retail: 2.00 EUR, Setup" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "it is for one thing. Give --customer, --device or --slot"),
        (("--device", PHONE), "is for a customer, not for a device"),
        (("--device", "80:5e:c0:00:00:ff"), "there is no device 80:5e:c0:00:00:ff"),
        (("--customer", "Nobody"), "there is no account “Nobody”"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(run: Run, options: tuple[str, ...], told: str) -> None:
    assert told in sentence(run("subscription", "add", "care", *options, "--yes"))


def test_those_of_one_account_are_listed(run: Run) -> None:
    assert "Desk phone" in printed(run("subscription", "list", "--account", "Bluebird Telephony"))
    assert printed(run("subscription", "list", "--before", "1")) == "There are no subscriptions.\n"


def _number(run: Run) -> str:
    return printed(run("subscription", "list")).splitlines()[1].split()[0]
