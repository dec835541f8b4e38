"""From a real boot to the charges: by `provd boot` and `provd stage` against a running daemon."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from provd.app import Provd
from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.simulator import boot
from tests.daemon.books import ONCE, Books
from tests.daemon.processes import Forked, environment, provd_main
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import VENDORS, TestPhone, parts_of, phone, register
from tests.daemon.waiting import PATIENCE, until

AT_SITE = [phone(vendor, 7) for vendor in VENDORS]
ORDER = {
    "80:5e:c0:00:00:11": ("yealink", "T54W"),
    "64:16:7f:00:00:12": ("polycom", "VVX_450"),
    "c0:74:ad:00:00:13": ("grandstream", "GRP2614"),
}
Command = Callable[..., str]


@pytest.fixture(scope="module")
def data(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("life") / "data"))
    parts = parts_of(data)
    register(parts, AT_SITE)
    parts.close()
    return data


@pytest.fixture(scope="module")
def books(data: Path) -> Books:
    return Books(data)


@pytest.fixture(scope="module", autouse=True)
def addresses(data: Path) -> Iterator[Addresses]:
    daemon = Daemon(data)
    try:
        yield daemon.ready()
    finally:
        daemon.kill()


@pytest.fixture
def provd(data: Path, tmp_path: Path) -> Command:
    """Runs a command to its good end and gives what it printed."""
    number = iter(range(100))

    def run(*arguments: str) -> str:
        output = tmp_path / f"{next(number)}.out"
        process = Forked(provd_main, ["--data", str(data), *arguments], output, environment())
        code = process.ended(PATIENCE)
        assert code == 0, output.read_text() + process.errors()
        return output.read_text()

    return run


def transports(books: Books, mac: str) -> set[str]:
    """Over which files of that phone arrived whole."""
    digits = mac.replace(":", "")
    return {transport for owner, _, transport in books.whole() if owner == digits}


def four_months_on() -> date:
    """The last day of the fourth month after this one, where the provider is."""
    months = datetime.now(ZoneInfo("Europe/Berlin")).date().replace(day=1)
    for _ in range(5):
        months = (months + timedelta(days=31)).replace(day=1)
    return months - timedelta(days=1)


@pytest.mark.parametrize("one", AT_SITE, ids=VENDORS)
def test_the_first_boot_puts_into_service_and_charges_once(
    one: TestPhone, provd: Command, books: Books, addresses: Addresses, shared_parts: Provd
) -> None:
    assert books.state(one.mac) == "registered"
    said = provd("boot", one.vendor, one.model, one.mac)
    assert "The phone has its full configuration" in said
    until(lambda: books.state(one.mac) == "in service", "the boot is booked")
    assert books.charges(one.mac) == sorted(ONCE)
    assert "in service" in provd("device", "show", one.mac)

    transactions = books.count("ledger_transaction")
    vendor = shared_parts.registry.vendor(one.vendor)
    model, mac = vendor.model(one.model), Mac.parse(one.mac)
    for transport in Transport:
        assert boot(vendor, model, mac, addresses.boot_server(), transport=transport).ok
    until(lambda: transports(books, one.mac) == {"tftp", "http", "https"}, "those are booked")
    assert books.charges(one.mac) == sorted(ONCE)
    assert books.count("ledger_transaction") == transactions
    assert books.times_in_service()[one.mac.replace(":", "")] == 1
    assert books.unbalanced() == []


def test_staged_and_shipped_phones_are_charged_at_the_site_and_not_before(
    provd: Command, books: Books
) -> None:
    said = provd("stage", "HDP-1001", "--all", "--ship")
    assert "3 of 3 staged" in said
    assert "Order HDP-1001 shipped" in said
    assert {books.state(mac) for mac in ORDER} == {"shipped"}
    assert [books.charges(mac) for mac in ORDER] == [[], [], []]
    fetched_from = books.rows(
        "SELECT DISTINCT address, place FROM journal_entry WHERE whole AND mac = '64167f000012'"
    )
    assert fetched_from == [("127.0.0.2", "bench")]

    for mac, (vendor, model) in ORDER.items():
        provd("boot", vendor, model, mac)
        until(lambda mac=mac: books.state(mac) == "in service", "the boot is booked")  # type: ignore[misc]
        assert books.charges(mac) == sorted(ONCE)


def test_a_late_run_charges_every_month_once_and_the_exports_agree(
    provd: Command, books: Books
) -> None:
    one = AT_SITE[0]
    provd("boot", one.vendor, one.model, one.mac)
    until(lambda: books.state(one.mac) == "in service", "the boot is booked")
    until_day = four_months_on().isoformat()
    provd("bill", "run", "--until", until_day)
    leases = [side for side, kind in books.charges(one.mac) if kind == "lease"]
    assert leases == ["retail"] * 5 + ["wholesale"] * 5
    charges = books.count("charge")
    assert "0 new charges" in provd("bill", "run", "--until", until_day)
    assert books.count("charge") == books.count("ledger_transaction") == charges
    assert books.unbalanced() == []

    rows = list(csv.DictReader(io.StringIO(provd("bill", "export", "--format", "csv"))))
    lines = [json.loads(line) for line in provd("bill", "export", "--format", "jsonl").splitlines()]
    assert len(rows) == len(lines) == charges
    for column in ("key", "amount", "currency", "due_at", "cause_event"):
        assert [row[column] for row in rows] == [line[column] for line in lines], column
    [(micros,)] = books.rows("SELECT SUM(amount_micros) FROM charge")
    assert sum(Decimal(line["amount"]) for line in lines) == Decimal(micros) / 1_000_000
