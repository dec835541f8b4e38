"""What `provd check` looks at in the books: the whole ledger, row by row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from provd.cli.checks import Finding, Findings, hint, ok, problem
from provd.configuration import Configuration
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import ProvdError
from provd.store import Store
from provd.store.books import Books

_REMEDY = (
    "Somebody wrote past the database's guards, or its file is damaged: compare it with a backup"
)


@dataclass(frozen=True, slots=True)
class _Nothing:
    """There was nothing to read, and why."""

    told: Finding


def ledger(configuration: Configuration) -> Findings:
    """That there is no database, or not a good one, is told by the step before."""
    return audited(
        configuration,
        lambda books: books.audit(),
        lambda found: (
            f"transactions come to zero ({found.transactions}), charges are posted once "
            f"each ({found.charges})"
        ),
    )


class Audited(Protocol):
    """What reading all of something came to."""

    @property
    def problems(self) -> tuple[str, ...]: ...


Result = TypeVar("Result", bound=Audited)


def audited(
    configuration: Configuration,
    look: Callable[[Books], Result],
    praise: Callable[[Result], str],
) -> Findings:
    """What is wrong, each with its remedy; where nothing is, `praise`."""
    found = _read(configuration, look)
    if isinstance(found, _Nothing):
        yield found.told
        return
    for wrong in found.problems:
        yield problem(f"{wrong}. {_REMEDY}")
    if not found.problems:
        yield ok(praise(found))


def _read(configuration: Configuration, look: Callable[[Books], Result]) -> Result | _Nothing:
    """What `look` finds in the books of the installation's database."""
    key, url = configuration.data / "sealing.key", configuration.database_url.reveal()
    lite = url.startswith("sqlite:///")
    if not key.exists() or (lite and not Path(url.removeprefix("sqlite:///")).exists()):
        return _Nothing(ok("none yet"))
    try:
        with closing(Store.open(url, sealer=Sealer(load_or_create_key(key)))) as store:
            store.check()
            return look(store.books)
    except ProvdError:
        return _Nothing(hint("not read, because of what is wrong with the database"))
