"""Whose data a reader may see: one account and everything below it."""

from __future__ import annotations

import peewee

from provd.devices.account import Scope
from provd.errors import NotFoundError
from provd.store.database import Database
from provd.store.tables import Account


def not_found(what: str) -> NotFoundError:
    """The same words for what does not exist and for what is not the asker's to see."""
    return NotFoundError(f"there is no such {what}")


def path_of(database: Database, account_id: int) -> str:
    """An account's place in the tree: the ids from the root down to itself, as in "/1/3/"."""
    path = database.value(Account.select(Account.path).where(Account.id == account_id))
    if path is None:
        raise not_found("account")
    return str(path)


def within(database: Database, scope: Scope, path: peewee.ColumnBase) -> peewee.Expression:
    """The condition that the account whose path is in the column `path` is inside the scope.

    A range, not LIKE, so that both databases use the index: "0" is the character after "/", and
    the column compares byte by byte.
    """
    start = path_of(database, scope.account_id)
    return (path >= start) & (path < start[:-1] + "0")
