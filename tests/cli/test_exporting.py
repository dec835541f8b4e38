"""`provd bill export` of invoices and of the ledger; charges are with `provd bill`."""

import csv
import subprocess
from datetime import date
from pathlib import Path

import pytest
from beancount import loader

from provd.billing.plan import FeeKind
from provd.cli.exporting import FORMATS
from provd.operations.import_mapping import mapping_from
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations import invoices
from tests.operations.conftest import Clock

ROOT = Path(__file__).resolve().parents[2]
MAPPING = """
accounts: {"": 200, lease: 210}
tax_types: {19: 19% (VAT on Income)}
dates: MM/DD/YYYY
"""


@pytest.fixture
def issued(house: House, clock: Clock) -> str:
    """The number of the reseller's invoice of August; its name is Bluebird Telephony."""
    invoices.settle(house)
    invoices.boot(house)
    draft = invoices.retail_draft(house)
    clock.move(days=30)
    made = house.parts.operations.invoicing.issue.finalise(house.reseller, draft, date(2026, 9, 1))
    return made.number


def test_the_ledger_of_a_reseller_is_a_journal_that_both_programs_accept(
    run: Run, issued: str, tmp_path: Path
) -> None:
    name = "Bluebird Telephony"
    for form in ("hledger", "beancount"):
        file = tmp_path / form
        result = run("bill", "export", "--format", form, "--issuer", name, "-o", str(file))
        assert (result.exit_code, result.output) == (0, "")
        assert f"Invoice {issued}" in file.read_text()
        assert "Assets:Receivable:3-Harbour-Dental-Practice" in file.read_text()
    subprocess.run(
        ["hledger", "check", "--strict", "-f", tmp_path / "hledger"],
        check=True,
        capture_output=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert loader.load_file(str(tmp_path / "beancount"))[1] == []


def test_without_a_name_the_books_are_the_providers(run: Run, issued: str) -> None:
    journal = printed(run("bill", "export", "--format", "hledger"))
    assert "Assets:Receivable:2-Bluebird-Telephony" in journal
    assert issued not in journal
    assert "2026-08-12" in journal
    none = printed(run("bill", "export", "--format", "hledger", "--until", "2026-08-11"))
    assert "Receivable" not in none


def test_invoices_go_into_a_folder_as_the_mapping_says(
    run: Run, issued: str, tmp_path: Path
) -> None:
    mapping, folder = tmp_path / "xero.yaml", tmp_path / "out"
    mapping.write_text(MAPPING)
    command = ("bill", "export", "--format", "xero", "--issuer", "bluebird telephony")
    result = run(*command, "--mapping", str(mapping), "-o", str(folder))
    assert printed(result).replace("\n", "") == f"{folder}/xero-invoices-1.csv: 1 invoice"
    with (folder / "xero-invoices-1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["*InvoiceNumber"] for row in rows} == {issued}
    assert {row["*InvoiceDate"] for row in rows} == {"09/01/2026"}
    assert {row["*AccountCode"] for row in rows} == {"200", "210"}
    later = run(*command, "--mapping", str(mapping), "-o", str(folder), "--since", "2026-09-02")
    assert "issued no invoices in that time" in printed(later)


def test_what_the_mapping_lacks_is_told_and_nothing_is_written(
    run: Run, issued: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    command = ("bill", "export", "--format", "xero", "--issuer", "Bluebird Telephony")
    assert "--mapping" in sentence(run(*command, "-o", str(folder)))
    assert not folder.exists()
    assert issued


def test_an_export_says_what_it_needs(run: Run, tmp_path: Path) -> None:
    export = ("bill", "export", "--format")
    assert "Name a folder" in run(*export, "xero").output
    assert "--issuer and --mapping go with" in run(*export, "csv", "--issuer", "x").output
    assert "no issuer “Nobody”" in sentence(run(*export, "hledger", "--issuer", "Nobody"))
    assert "no issuer" in sentence(run(*export, "hledger", "--issuer", "Harbour Dental Practice"))
    bad = tmp_path / "bad.yaml"
    bad.write_text("acounts: {}\n")
    told = sentence(run(*export, "qbo", "--mapping", str(bad), "-o", str(tmp_path)))
    assert "bad.yaml line 1: “acounts” is not known" in told


def test_the_documentation_names_each_format_and_its_example_is_a_mapping() -> None:
    text = (ROOT / "docs" / "exports.md").read_text()
    assert all(f"`{form}`" in text or f"--format {form}`" in text for form in FORMATS)
    example = text.split("```yaml\n")[1].split("```")[0]
    mapping = mapping_from(example.encode(), "example")
    assert mapping.accounts == {"lease": "210", "": "200"}
    assert set(mapping.tax_types) == {"19", "reverse-charge"}
    assert all(kind.value in text for kind in FeeKind)
