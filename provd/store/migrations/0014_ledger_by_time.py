"""The ledger is read by time, for exports and by auditors, however long it has become."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_INDEX = "CREATE INDEX ledger_transaction_at ON ledger_transaction (at, id)"


def up(database: peewee.Database) -> None:
    run(database, _INDEX)
