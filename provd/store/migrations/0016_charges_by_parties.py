"""An index by which what one account owes another is found, however many others there are."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run

_INDEXES = """
DROP INDEX charge_issuer;
CREATE INDEX charge_parties ON charge (issuer_id, debtor_id, due_at)
"""


def up(database: peewee.Database) -> None:
    run(database, _INDEXES)
