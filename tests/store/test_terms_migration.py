"""What stood in the books before plans had terms and subscriptions had changes is there after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from provd.billing.money import Money
from provd.billing.plan import FeeKind, Sharing, Side, SubjectKind
from provd.billing.subscription import ChangeKind, ItemKind, SetupFee, Subject
from provd.crypto.sealing import Sealer
from provd.errors import StoreError
from provd.store import Store
from provd.store.books.causes import cause_stored
from provd.store.fields import to_microseconds
from provd.store.migrating import known_migrations
from tests.store.people import NOW
from tests.store.till import CAUSE, euros

START = to_microseconds(NOW)
ENDED, KNOWN = NOW + timedelta(days=9), NOW + timedelta(days=7)
ROWS = f"""
INSERT INTO account VALUES (1, 'a', NULL, '/1/', 'provider', 'P', 'EUR', 'UTC', NULL, NULL, NULL,
    '{{}}', NULL, NULL, '', NULL, NULL);
INSERT INTO site VALUES (2, 's', 1, 'Site', '[]', 'UTC', '{{}}');
INSERT INTO plan VALUES (3, 1, 'Old', 'EUR', 'booted', 'calendar', 'month', 'advance', TRUE, TRUE);
INSERT INTO fee VALUES (4, 3, 'setup', 'Setup', FALSE);
INSERT INTO fee VALUES (5, 3, 'lease', 'Lease', TRUE);
INSERT INTO price VALUES (6, 5, 'retail', 1, '2026-01-01', 6500000, 'EUR');
INSERT INTO slot VALUES (7, 2, 'Counter', NULL);
INSERT INTO subscription VALUES (8, 3, 7, 1, 1, 1, 'UTC', 'UTC', {START}, '%CAUSE%', NULL, NULL);
INSERT INTO subscription VALUES (9, 3, 7, 1, 1, 1, 'UTC', 'UTC', {START}, '%CAUSE%',
    {to_microseconds(ENDED)}, {to_microseconds(KNOWN)});
INSERT INTO subscription VALUES (10, 3, 7, 1, 1, 1, 'UTC', 'UTC', NULL, NULL, NULL, NULL);
INSERT INTO charge VALUES (11, '8:5:retail:2026-11-22', 8, 7, NULL, 'retail', 5, 'lease', 'Lease',
    '2026-11-22', '2026-12-01', 1950000, 'EUR', 1, 1, {START}, '%CAUSE%', 'once');
INSERT INTO ledger_transaction VALUES ('charge:1', {START}, 'Lease', '8:5:retail:2026-11-22');
INSERT INTO ledger_entry VALUES (12, 'charge:1', '1:receivable:1', 1950000, 'EUR');
INSERT INTO ledger_entry VALUES (13, 'charge:1', '1:revenue:lease', -1950000, 'EUR')
"""  # noqa: S608  made of numbers


@pytest.fixture
def moved(empty_url: str, sealer: Sealer, tmp_path: Path) -> Iterator[Store]:
    """A store that had these rows before."""
    store = Store.open(empty_url, sealer=sealer)
    store._migrations.known = known_migrations()[:6]
    store.migrate(tmp_path)
    for statement in ROWS.split(";"):
        cause = cause_stored(CAUSE).replace(',"actor":""', "").replace(',"reason":""', "")
        store._database.sql(statement.replace("%CAUSE%", cause))
    store._migrations.known = known_migrations()
    store.migrate(tmp_path)
    yield store
    store.close()


def test_a_plan_has_the_terms_that_it_had(moved: Store) -> None:
    plan = moved.books.plan(3)
    assert (plan.subject, plan.sharing, plan.trial_days) == (SubjectKind.SLOT, Sharing.ALL, 0)
    assert [(fee.id, fee.kind, fee.runs_suspended, fee.terms) for fee in plan.fees] == [
        (4, FeeKind.SETUP, False, None),
        (5, FeeKind.LEASE, True, None),
    ]
    price = moved.books.price_list(3).price
    assert price(5, Side.RETAIL, 1, date(2026, 2, 1), known=CAUSE.at) == euros("6.50")
    assert moved.books.slot(7).item is ItemKind.PHONE


def test_a_start_and_an_end_became_changes(moved: Store) -> None:
    running, ended, waiting = moved.books.subscriptions([8, 9, 10])
    assert running.subject == Subject(SubjectKind.SLOT, 7)
    assert (running.started_at, running.start_cause, running.ended_at) == (NOW, CAUSE, None)
    assert (running.setup, waiting.changes) == (SetupFee.NOW, ())
    assert [one.kind for one in ended.changes] == [ChangeKind.START, ChangeKind.END]
    assert (ended.ended_at, ended.changes[1].known_at) == (ENDED, KNOWN)
    assert ended.changes[1].cause.event_id == "ended:9"
    assert moved.books.start_subscriptions({8: replace(CAUSE, event_id="again")}) == set()


def test_charges_and_ledger_are_what_they_were(moved: Store) -> None:
    (charge,) = moved.books.charges()
    assert (charge.key, charge.amount) == ("8:5:retail:2026-11-22", euros("1.95"))
    assert (charge.subscription_id, charge.slot_id, charge.fee_id) == (8, 7, 5)
    booked = moved.books.transaction_of(charge.key)
    assert booked is not None
    assert moved.books.balance("1:receivable:1") == {"EUR": Money.from_micros(1_950_000, "EUR")}
    assert [table[0] for table in moved._database.sql("SELECT id FROM charge")] == [11]


@pytest.mark.parametrize("table", ["charge", "ledger_entry", "price", "subscription_change"])
def test_what_is_append_only_stays_so(moved: Store, table: str) -> None:
    with pytest.raises(StoreError, match=f"{table} is append-only"):
        moved._database.sql(f"DELETE FROM {table}")  # noqa: S608
