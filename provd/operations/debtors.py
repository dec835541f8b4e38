"""Whose account it is, and who may enter something in its issuer's books."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from provd.billing.days import zone_named
from provd.billing.ledger import receivable
from provd.devices.account import Account, Role
from provd.errors import InputError, NotFoundError
from provd.operations.actor import Actor
from provd.store import Store

KEEPERS = (Role.ADMIN, Role.RESELLER)
READERS = (*KEEPERS, Role.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Debtor:
    """An account and the one above it, to which it owes."""

    account: Account
    issuer: Account

    @property
    def ledger_account(self) -> str:
        return receivable(self.issuer.id, self.account.id)

    @property
    def zone(self) -> ZoneInfo:
        """The issuer's, in which its days are counted."""
        return zone_named(self.issuer.time_zone)


class Debtors:
    """Every account owes to the one above it, and to nobody else."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(self, actor: Actor, account_id: int) -> Debtor:
        """For whoever may read what it owes: those above it, and itself. Raises NotFoundError."""
        actor.must_be(*READERS)
        account = self._store.accounts.get(account_id, scope=actor.scope)
        if account.parent_id is None:
            raise NotFoundError(f"{account.name} owes nobody here", key="account")
        return Debtor(account, self._store.accounts.get(account.parent_id))

    def kept(self, actor: Actor, account_id: int) -> Debtor:
        """For whoever keeps the books that it stands in: its issuer alone. Raises NotFoundError
        where the actor may not know of it, InputError where it owes somebody else."""
        actor.must_be(*KEEPERS)
        debtor = self.seen(actor, account_id)
        if debtor.issuer.id != actor.account_id:
            raise InputError(
                f"{debtor.account.name} owes {debtor.issuer.name}, not you",
                key="account",
                remedy=f"This is for {debtor.issuer.name} to enter",
            )
        return debtor

    def posting(self, actor: Actor, account_id: int) -> Debtor:
        """As `kept`, for what moves its balance or its terms: those of a closed account rest.
        Raises InputError."""
        debtor = self.kept(actor, account_id)
        debtor.account.must_be_open()
        return debtor

    def named(self, actor: Actor, text: str) -> Account:
        """By its name, or "reseller/customer" where two resellers have a customer of that name.
        Raises NotFoundError, InputError where several are meant."""
        actor.must_be(*READERS)
        accounts = self._store.accounts.below(actor.scope)
        above = {one.id: one.name for one in accounts}
        wanted = text.strip().casefold()
        names = {one.id: f"{above.get(one.parent_id or 0, '')}/{one.name}" for one in accounts}
        found = [
            one for one in accounts if wanted in {one.name.casefold(), names[one.id].casefold()}
        ]
        if len(found) == 1:
            return found[0]
        if found:
            known = ", ".join(names[one.id] for one in found)
            raise InputError(
                f"there are several accounts “{text[:60]}”",
                key="account",
                remedy=f"There are: {known}",
            )
        near = difflib.get_close_matches(text, [one.name for one in accounts], n=1)
        remedy = f"Did you mean “{near[0]}”?" if near else ""
        raise NotFoundError(f"there is no account “{text[:60]}”", key="account", remedy=remedy)
