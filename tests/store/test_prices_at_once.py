"""A price that is entered while a run closes books ahead: by two connections, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest

from provd.billing.charge import Charge
from provd.billing.ledger import Transaction
from provd.billing.plan import Side
from provd.billing.prices import Price
from provd.operations.charging import Charging
from provd.store import Store
from tests.store.people import NOW, People, phone
from tests.store.till import CAUSE, euros, lease, priced_plan

AHEAD = NOW + timedelta(days=60)
PATIENCE = 10.0


def waiting(store: Store) -> bool:
    """Whether somebody waits for a lock. Where the file's one writer waits nobody can tell."""
    database = store.books._database
    if not database.is_postgresql:
        return True
    return bool(database.sql("SELECT 1 FROM pg_locks WHERE NOT granted"))


@pytest.mark.parametrize("side", Side)
def test_a_price_entered_while_books_are_closed_ahead_counts_for_what_comes_after(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch, side: Side
) -> None:
    plan = priced_plan(store, people)
    device = phone(store, people.alice_site)
    made = lease(store, plan, device, people.alice_site, people, people.alice).subscription
    store.books.start_subscriptions({made.id: CAUSE})
    fee = plan.fees[1]
    new = Price(fee.id, side, euros("99.00"), date(2026, 12, 1), people.provider.id)
    entered: list[Price] = []
    entering = threading.Thread(target=lambda: entered.append(store.books.set_price(new, NOW)))
    insert = store.books.insert_charges

    def insert_while_a_price_is_entered(
        charges: Sequence[Charge], transactions: Iterable[Transaction]
    ) -> list[Charge]:
        """They are computed already; the price comes before they are written."""
        entering.start()
        until = threading.Event()
        for _ in range(int(PATIENCE * 200)):
            if waiting(store) or entered or until.wait(0.005):
                break
        return insert(charges, transactions)

    monkeypatch.setattr(store.books, "insert_charges", insert_while_a_price_is_entered)
    with store.transaction():
        held = store.books.held_subscriptions([made.id])
        Charging(store).charge((one, AHEAD) for one in held)
    entering.join(PATIENCE)
    (price,) = entered
    assert price.known_at > AHEAD, "it reaches behind closed books"
    assert price in store.books.price_list(plan.id).prices
