"""Who somebody is, and under whose brand they see us."""

from __future__ import annotations

from functools import cached_property

from provd.crypto.passwords import check_password, hash_password
from provd.devices.account import Account, Brand, User
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

SHORTEST_PASSWORD = 12
"""Characters of a password that somebody chooses (NIST SP 800-63B asks for at least 8)."""


class SignIn:
    """Checks passwords. An unknown name takes as long as a wrong password."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self, name: str, password: str) -> User | None:
        nobodys_hash = self._nobodys_hash  # before the name is looked up: it takes time, once
        found = self._store.users.by_name(name.strip())
        user, stored = found or (None, nobodys_hash)
        right = check_password(password, stored)
        return user if right and user is not None and user.active else None

    @cached_property
    def _nobodys_hash(self) -> str:
        """Made when somebody first signs in: most commands never need it."""
        return hash_password("nobody has this password")

    def user(self, user_id: int) -> User | None:
        """The user of a session; None when there is no such user any more, or not an active one."""
        try:
            user = self._store.users.get(user_id)
        except NotFoundError:
            return None
        return user if user.active else None

    def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Ends all of the user's sessions. Raises InputError with the form's field as key."""
        user = self.check(actor.name, old)
        if user is None:
            raise InputError("this is not your present password", key="old")
        if len(new) < SHORTEST_PASSWORD:
            raise InputError(
                f"it has fewer than {SHORTEST_PASSWORD} characters",
                key="new",
                remedy="Four unrelated words make a good one",
            )
        self._store.users.set_password(user.id, hash_password(new))

    def brand_for_host(self, host: str) -> Brand:
        """A reseller's brand under its own host name, else the provider's."""
        name = host.rsplit(":", 1)[0].lower() if host else ""
        account = self._store.accounts.by_host(name) if name else None
        return _brand(account or self._store.accounts.root())

    def brand_of(self, account_id: int) -> Brand:
        """The nearest branded account upwards."""
        upwards = self._store.accounts.upwards(account_id)
        branded = next((account for account in upwards if account.brand), None)
        return _brand(branded or self._store.accounts.root())

    def zone_of(self, account_id: int) -> str:
        """The account's IANA time zone."""
        return self._store.accounts.get(account_id).time_zone


def _brand(account: Account | None) -> Brand:
    if account is None:
        return Brand("provd")
    return account.brand or Brand(account.name)
