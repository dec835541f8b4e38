"""`provd plan`: what is sold, as the operator enters and reads it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.forms import rows

FILE = """\
plans:
- name: Switch
  fees:
  - name: Lease of the switch
    kind: lease
    wholesale: 3
    retail: 5 EUR
    own: {Bluebird Telephony: 7}
  - {name: Switch kept, kind: unreturned, wholesale: 60.00, retail: 90.00, tax: zero}
  lease: {minimum_months: 24, termination_percent: 50, return_days: 14}
- name: Hotline
  subject: customer
  role: add-on
  trial_days: 30
  fees:
  - {name: Hotline, kind: service, wholesale: 1, retail: 2, timing: arrears, interval: quarter}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plans.yaml"
    path.write_text(FILE)
    return path


def test_plans_of_a_file_are_added_with_their_terms_and_prices(run: Run, file: Path) -> None:
    assert printed(run("plan", "add", "--file", str(file))) == (
        "Plan Switch added.\nPlan Hotline added.\n"
    )
    shown = printed(run("plan", "show", "switch"))
    assert "Leases bind for 24 months; an earlier end costs 50 % of the rest." in shown
    assert "Hardware is to be back within 14 days." in shown
    assert "Switch kept (unreturned): once, tax zero" in shown
    assert "Hotline (service): every quarter in arrears" in printed(run("plan", "show", "hotline"))
    listed = printed(run("plan", "list", "--reseller", "bluebird telephony"))
    assert "7.00 EUR" in listed
    assert "7.00 EUR" not in printed(run("plan", "list"))


def test_a_file_with_a_mistake_adds_nothing_and_names_its_line(
    run: Run, house: House, file: Path
) -> None:
    before = rows(house)
    file.write_text(FILE.replace("interval: quarter", "interval: fortnight"))
    assert "plans.yaml line 16" in sentence(run("plan", "add", "--file", str(file)))
    file.write_text(FILE.replace("name: Hotline\n", "name: Switch\n"))
    assert "there is a plan “Switch” already" in sentence(run("plan", "add", "--file", str(file)))
    file.write_text("[]")
    assert "it has no plan" in sentence(run("plan", "add", "--file", str(file)))
    assert rows(house) == before


def test_a_plan_is_made_of_options(run: Run) -> None:
    printed(
        run(
            *("plan", "add", "Leased", "--lease", "3/5", "--unreturned", "60/90"),
            *("--minimum-months", "12", "--termination", "100", "--return-days", "14"),
            *("--sharing", "none", "--trial-days", "7"),
        )
    )
    shown = printed(run("plan", "show", "Leased"))
    assert "Trial of 7 days, in retail." in shown
    assert "Shared with no reseller." in shown
    assert printed(run("plan", "share", "Leased", "Bluebird Telephony")) == (
        "Plan Leased is shared with Bluebird Telephony.\n"
    )
    assert printed(run("plan", "unshare", "Leased")) == "Plan Leased is shared with no reseller.\n"


def test_a_price_is_set_from_a_day_on(run: Run) -> None:
    name = "Desk phone with lease"
    told = printed(run("plan", "price", name, "lease", "7.50", "--from", "2026-10-01"))
    assert told == f"{name}, Hardware lease: 7.50 EUR retail from 2026-10-01.\n"
    assert "7.50 EUR" not in printed(run("plan", "list"))
    assert "7.50 EUR" in printed(run("plan", "list", "--on", "2026-10-01"))
    shown = printed(run("plan", "show", name))
    assert "7.50 EUR  from 2026-10-01" in shown
    told = sentence(
        run("plan", "price", name, "lease", "1", "--side", "wholesale",
            "--reseller", "Bluebird Telephony")
    )  # fmt: skip
    assert "wholesale prices are the provider's" in told
    assert "It has: " in sentence(run("plan", "price", name, "delivery", "1"))


def test_a_plan_is_renamed_and_withdrawn(run: Run) -> None:
    name = "Desk phone with lease"
    assert printed(run("plan", "rename", name, "Phone")) == f"Plan {name} is called Phone now.\n"
    assert printed(run("plan", "withdraw", "phone")) == (
        "Plan Phone is not sold from 2026-08-12 on.\n"
    )
    assert "Phone (not sold)" in printed(run("plan", "list"))
    assert "There are: Phone" in sentence(run("plan", "show", name))


def test_a_resellers_own_plan_waits_for_the_provider(run: Run) -> None:
    bluebird = ("--reseller", "Bluebird Telephony")
    printed(run("plan", "add", "Own", "--lease", "/5", *bluebird))
    assert "-" in printed(run("plan", "list", *bluebird))
    told = sentence(run("plan", "price", "Own", "lease", "6"))
    assert "retail prices of “Own” are Bluebird Telephony's to set" in told
    printed(run("plan", "price", "Own", "lease", "3", "--side", "wholesale"))
    assert "There are: " in sentence(run("plan", "list", "--reseller", "Bluebrid"))
