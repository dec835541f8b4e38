"""What `provd check` looks at in the books: the whole ledger, row by row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from provd.cli.checks import Finding, Findings, hint, ok, problem
from provd.configuration import Configuration
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import ProvdError
from provd.store import Store
from provd.store.books import Books

Result = TypeVar("Result")

REMEDY = (
    "Somebody wrote past the database's guards, or its file is damaged: compare it with a backup"
)


@dataclass(frozen=True, slots=True)
class Nothing:
    """There was nothing to read, and why."""

    told: Finding


def ledger(configuration: Configuration) -> Findings:
    """That there is no database, or not a good one, is told by the step before."""
    found = read(configuration, lambda books: books.audit())
    if isinstance(found, Nothing):
        yield found.told
        return
    for wrong in found.problems:
        yield problem(f"{wrong}. {REMEDY}")
    if not found.problems:
        yield ok(
            f"transactions come to zero ({found.transactions}), charges are posted once each "
            f"({found.charges})"
        )


def read(configuration: Configuration, look: Callable[[Books], Result]) -> Result | Nothing:
    """What `look` finds in the books of the installation's database."""
    key, url = configuration.data / "sealing.key", configuration.database_url.reveal()
    lite = url.startswith("sqlite:///")
    if not key.exists() or (lite and not Path(url.removeprefix("sqlite:///")).exists()):
        return Nothing(ok("none yet"))
    try:
        with closing(Store.open(url, sealer=Sealer(load_or_create_key(key)))) as store:
            store.check()
            return look(store.books)
    except ProvdError:
        return Nothing(hint("not read, because of what is wrong with the database"))
