"""`provd bill`: runs, exports, and the fuse."""

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import charges, delivery
from tests.operations.forms import without_retail_prices

AT = START + timedelta(hours=2)
SPRING = ("bill", "run", "--until", "2027-03-31")


@pytest.fixture(autouse=True)
def _booted(house: House) -> None:
    house.parts.operations.boots.book([delivery(house.parts, PHONE, AT)])


def test_a_run_tells_how_much_was_charged_to_whom(run: Run) -> None:
    result = run(*SPRING)
    assert [line.rstrip() for line in printed(result).splitlines()] == [
        "Billed 1 subscription up to 2027-03-31: 14 new charges",
        "  retail     45.50 EUR",
        "  wholesale  27.30 EUR",
    ]
    assert result.stderr.strip() == ""


def test_a_second_run_charges_nothing(run: Run) -> None:
    run(*SPRING)
    assert printed(run(*SPRING)) == "Billed 0 subscriptions up to 2027-03-31: 0 new charges\n"


def test_a_day_includes_its_last_moment_where_the_provider_is(run: Run) -> None:
    run("bill", "run", "--until", "2026-08-31")
    assert "0 new charges" in printed(run("bill", "run", "--until", "2026-08-31"))
    assert "2 new charges" in printed(run("bill", "run", "--until", "2026-09-01"))


def test_without_a_day_it_is_up_to_now(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["provd.cli.bill"], "now", lambda: AT + timedelta(days=31))
    assert printed(run("bill", "run")).startswith(
        "Billed 1 subscription up to now: 2 new charges\n"
    )


def test_what_can_not_be_charged_is_told_and_fails(run: Run, house: House) -> None:
    without_retail_prices(house)
    result = run(*SPRING)
    assert result.exit_code == 1
    assert "7 new charges" in result.stdout
    assert result.stderr.startswith("Not charged in full: subscription 1, retail: prices: seller")


def test_a_parked_customer_is_told_until_somebody_has_looked(run: Run, house: House) -> None:
    house.parts.store.books.park(house.customer.account_id, "17 charges fell due", AT)
    result = run(*SPRING)
    assert result.exit_code == 1
    assert "Billed 0 subscriptions" in result.stdout
    assert result.stderr.strip() == (
        "Parked since 2026-08-12: Harbour Dental Practice. 17 charges fell due. "
        'When you have looked: provd bill unpark "Harbour Dental Practice"'
    )
    assert "no customer “Harbour” is parked" in sentence(run("bill", "unpark", "Harbour"))
    assert "no longer parked" in printed(run("bill", "unpark", "Harbour Dental Practice"))
    assert "14 new charges" in printed(run(*SPRING))


def test_csv_holds_every_charge(run: Run, house: House) -> None:
    run(*SPRING)
    records = list(csv.DictReader(io.StringIO(printed(run("bill", "export")), newline="")))
    assert [one["key"] for one in records] == [one.key for one in charges(house.parts)]
    assert {one["debtor"] for one in records} == {"Bluebird Telephony", "Harbour Dental Practice"}
    assert {one["cause_kind"] for one in records} == {"booted"}


def test_json_lines_hold_every_charge(run: Run, house: House) -> None:
    text = printed(run("bill", "export", "--format", "jsonl"))
    objects = [json.loads(line) for line in text.splitlines()]
    assert [one["key"] for one in objects] == [one.key for one in charges(house.parts)]
    assert {one["amount"] for one in objects} == {"12.00", "25.00", "2.52", "4.19"}


def test_an_export_is_cut_by_due_date_with_both_days_included(run: Run) -> None:
    run(*SPRING)
    days = ("--since", "2026-10-01", "--until", "2026-11-01", "--format", "jsonl")
    objects = [json.loads(line) for line in printed(run("bill", "export", *days)).splitlines()]
    assert sorted({one["period_start"] for one in objects}) == ["2026-10-01", "2026-11-01"]
    assert len(objects) == 4


def test_without_charges_there_is_the_header_alone(run: Run) -> None:
    text = printed(run("bill", "export", "--since", "2030-01-01"))
    assert text.count("\n") == 1
    assert text.startswith("key,side,issuer")


def test_a_file_gets_the_same_bytes(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "charges.csv"
    assert printed(run("bill", "export", "-o", str(file))) == ""
    assert file.read_bytes().decode() == run("bill", "export").stdout_bytes.decode()
    assert [one.name for one in tmp_path.iterdir() if "charges" in one.name] == ["charges.csv"]


def test_an_export_that_fails_leaves_the_former_file_as_it_was(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "charges.csv"
    file.write_text("the former one")
    monkeypatch.setattr("provd.billing.export._row", _fail)
    assert run("bill", "export", "-o", str(file)).exit_code == 1
    assert file.read_text() == "the former one"
    assert not file.with_name("charges.csv.part").exists()


def _fail(*_: object) -> None:
    raise RuntimeError


def test_a_place_that_can_not_be_written_is_told(run: Run, tmp_path: Path) -> None:
    text = sentence(run("bill", "export", "-o", str(tmp_path / "nowhere" / "charges.csv")))
    assert text.endswith("charges.csv.part: No such file or directory")


def test_a_day_that_is_none_is_a_usage_error(run: Run) -> None:
    result = run("bill", "run", "--until", "31.3.2027")
    assert result.exit_code == 2
    assert "does not match the format" in result.stderr
