"""Lists of accounts and customers: by the page, found by a part of a name, at a cost that does not
grow with how many there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provd.devices.account import Role
from provd.errors import NotFoundError
from provd.operations import Actor
from provd.operations.customers import Customers
from tests.accounts.office import Office
from tests.store.people import NOW

MANY = 10_000
_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
_ACCOUNTS = """
    INSERT INTO account (id, uuid, parent_id, path, kind, name, currency, time_zone, settings)
    {numbers}
    SELECT 1000000 + i, 'account' || i, parent.id, parent.path || (1000000 + i) || '/', 'customer',
           'Customer ' || i, 'EUR', 'Europe/Berlin', parent.settings
    FROM n, account AS parent WHERE parent.id = {parent}
"""
_SITES = """
    INSERT INTO site (id, uuid, account_id, name, networks, time_zone, settings)
    {numbers}
    SELECT 1000000 + i, 'site' || i, 1000000 + i, 'Street ' || i, '[]', '', sample.settings
    FROM n, site AS sample WHERE sample.id = {site}
"""


def crowd(office: Office, many: int) -> None:
    """Alice gets so many customers more, each with a site."""
    numbers, people = _NUMBERS.format(many=many), office.people
    given = {"numbers": numbers, "parent": people.alice.id, "site": people.alice_site.id}
    with office.store.transaction():
        for text in (_ACCOUNTS, _SITES):
            office.store.books._database.sql(text.format(**given))


def counted(office: Office, monkeypatch: pytest.MonkeyPatch, look: Callable[[], object]) -> int:
    """How many statements it sends to the database."""
    database, statements = office.store.books._database.peewee, []
    send = database.execute_sql

    def noted(sql: str, *given: object, **more: object) -> object:
        statements.append(sql)
        return send(sql, *given, **more)  # type: ignore[no-untyped-call]

    with monkeypatch.context() as patch:
        patch.setattr(database, "execute_sql", noted)
        look()
    return len(statements)


def test_a_page_of_ten_thousand_takes_as_many_queries_as_one_of_three(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = Customers(office.store)
    looks: list[Callable[[], object]] = [
        lambda: office.statements.listed(office.alice, size=50),
        lambda: office.statements.listed(office.alice, search="street 77", size=50),
        lambda: customers.customers(office.alice, size=50),
        lambda: customers.customers(office.alice, search="customer 5", size=50),
    ]
    few = [counted(office, monkeypatch, look) for look in looks]
    crowd(office, MANY)
    many = [counted(office, monkeypatch, look) for look in looks]
    assert max(many) <= 8
    # An empty page asks for less.
    assert [many[0], many[2]] == [few[0], few[2]]


def test_pages_tile_the_list_and_what_is_sought_is_found(office: Office) -> None:
    crowd(office, 80)
    page = office.statements.listed(office.alice, page=3, size=40)
    assert (page.total, page.count) == (82, 3), "with Alice herself and the bakery"
    first = office.statements.listed(office.alice, size=3).items
    assert [one.debtor.account.name for one in first] == ["Alice", "Alice's bakery", "Customer 1"]
    assert len(page.items) == 2
    found = office.statements.listed(office.alice, search="CUSTOMER 7")
    assert found.total == 11
    (row,) = Customers(office.store).customers(office.alice, search="street 47").items
    assert (row.account.name, row.reseller) == ("Customer 47", "Alice")
    assert [one.site.name for one in row.sites] == ["Street 47"]
    assert Customers(office.store).customers(office.alice, search="100%").total == 0


def test_closed_accounts_stand_by_themselves(office: Office) -> None:
    office.store.closings.close(office.baker, NOW, "alice")
    assert [one.debtor.account.id for one in office.statements.listed(office.alice).items] == [
        office.people.alice.id
    ]
    (closed,) = office.statements.listed(office.alice, closed=True).items
    assert closed.debtor.account.id == office.baker
    assert Customers(office.store).customers(office.alice).total == 0


def test_another_resellers_accounts_are_not_found(office: Office) -> None:
    charlie = Actor("charlie", Role.RESELLER, office.people.charlie.id)
    customers = Customers(office.store)
    for search in ("bakery", "Alice"):
        assert office.statements.listed(office.root, search=search).total > 0
        assert office.statements.listed(charlie, search=search).total == 0
        assert customers.customers(charlie, search=search).total == 0
    with pytest.raises(NotFoundError):
        customers.customer(charlie, office.baker)
