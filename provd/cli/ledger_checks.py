"""What `provd check` looks at in the books: the whole ledger, row by row."""

from __future__ import annotations

from pathlib import Path

from provd.cli.checks import Findings, hint, ok, problem
from provd.configuration import Configuration
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import ProvdError
from provd.store import Store
from provd.store.books import Audit

REMEDY = (
    "Somebody wrote past the database's guards, or its file is damaged: compare it with a backup"
)


def ledger(configuration: Configuration) -> Findings:
    """That there is no database, or not a good one, is told by the step before."""
    key, url = configuration.data / "sealing.key", configuration.database_url.reveal()
    lite = url.startswith("sqlite:///")
    if not key.exists() or (lite and not Path(url.removeprefix("sqlite:///")).exists()):
        yield ok("none yet")
        return
    try:
        found = _read(url, key)
    except ProvdError:
        yield hint("not read, because of what is wrong with the database")
        return
    for wrong in found.problems:
        yield problem(f"{wrong}. {REMEDY}")
    if not found.problems:
        yield ok(
            f"transactions come to zero ({found.transactions}), charges are posted once each "
            f"({found.charges})"
        )


def _read(url: str, key: Path) -> Audit:
    store = Store.open(url, sealer=Sealer(load_or_create_key(key)))
    try:
        store.check()
        return store.books.audit()
    finally:
        store.close()
