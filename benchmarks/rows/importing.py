"""Importing phones from a CSV file by `provd import`, the whole command as an operator starts it:
reading, checking, making every file of every phone for trial, registering all in one transaction.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import installation
from benchmarks.bench import Bench
from benchmarks.daemon import CLONE
from benchmarks.figures import Figures, Target
from benchmarks.installation import SITES, handset
from benchmarks.processes import SERVER_CORE, BenchmarkError, on_core
from benchmarks.rows.row import Row
from tests.databases import PostgresqlServer, postgresql_programs, postgresql_server

_BASE = 1 << 20
_HEADINGS = "mac,vendor,model,site,plan,label,line1_user,line1_password,line1_display_name"


def _on_sqlite(bench: Bench, _: str) -> Figures:
    return _import(bench, bench.scratch(bench.installation).data)


def _on_postgresql(bench: Bench, _: str) -> Figures:
    with postgresql() as server:
        data = bench.folder / "import-postgresql"
        url = server.url(server.create())
        installation.make(data, min(bench.sizes.devices, installation.BATCH), url)
        return _import(bench, data, url)


@contextlib.contextmanager
def postgresql() -> Iterator[PostgresqlServer]:
    """The tests' own, which ends with the row."""
    try:
        postgresql_programs()
    except RuntimeError as error:
        raise BenchmarkError(str(error)) from None
    with postgresql_server() as server:
        yield server


def _import(bench: Bench, data: Path, url: str = "") -> Figures:
    file = bench.folder / "phones.csv"
    file.write_text("\n".join([_HEADINGS, *_rows(bench.sizes.registrations)]))
    took = _command(bench, data, url, file)
    again = _command(bench, data, url, file)
    count = bench.sizes.registrations
    return {"imported": count, "took_s": took, "per_s": count / took, "again_s": again}


def _rows(count: int) -> Iterator[str]:
    for number in range(count):
        phone = handset(_BASE + number)
        site = f"Customer {number % SITES}/Office"
        yield (
            f"{phone.mac},{phone.vendor},{phone.model},{site},Desk phone with lease,"
            f"Desk {number},r{number},not-a-password,Desk {number}"
        )


def _command(bench: Bench, data: Path, url: str, file: Path) -> float:
    """Seconds from the command's start to its end."""
    command = [sys.executable, "-m", "provd", "--data", str(data), "import", str(file), "--yes"]
    environment = {"PYTHONPATH": str(CLONE), "PROVD_DATABASE__URL": url}
    began = time.monotonic()
    done = subprocess.run(
        on_core(SERVER_CORE, command),
        capture_output=True,
        text=True,
        env=environment,
        timeout=bench.sizes.longest,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"the import failed: {done.stderr[-500:]}")
    return time.monotonic() - began


ROWS = tuple(
    Row(
        name=name,
        title=f"provd import, 10,000 phones from CSV, {database}: s",
        measure=measure,
        columns=("took_s", "per_s", "again_s", "imported"),
        targets=(Target("took_s", 10, at_least=False),),
        most_rounds=3,
        note="again_s: the same file once more, which changes nothing",
    )
    for name, database, measure in (
        ("import", "SQLite", _on_sqlite),
        ("import-postgresql", "PostgreSQL", _on_postgresql),
    )
)
