"""Whose invoices somebody may make: the provider's operator those of all, a reseller its own."""

from __future__ import annotations

from provd.billing.profile import BillingProfile
from provd.devices.account import Account, AccountKind, Role
from provd.errors import InputError
from provd.operations.actor import Actor
from provd.store import Store
from provd.store.scope import not_found


def issuers(store: Store, actor: Actor) -> list[Account]:
    """The accounts that the actor may send invoices for, the provider first."""
    actor.must_be(Role.ADMIN, Role.RESELLER)
    found = store.accounts.below(actor.scope)
    return sorted(
        (account for account in found if account.kind is not AccountKind.CUSTOMER),
        key=lambda account: account.kind is not AccountKind.PROVIDER,
    )


def issuer(store: Store, actor: Actor, account_id: int) -> Account:
    """Raises NotFoundError where the actor may send none for it."""
    actor.must_be(Role.ADMIN, Role.RESELLER)
    account = store.accounts.get(account_id, scope=actor.scope)
    if account.kind is AccountKind.CUSTOMER:
        raise not_found("issuer")
    return account


def profile_of(store: Store, account: Account) -> BillingProfile:
    """Raises InputError, with the command that enters it, where there is none."""
    found = store.books.profile(account.id)
    if found is None:
        raise InputError(
            f"{account.name} has no billing profile",
            key="profile",
            remedy=f'Enter it: provd profile set "{account.name}" --name ... --country ...',
        )
    return found


def issuing_profile_of(store: Store, account: Account) -> BillingProfile:
    """Raises InputError, too, where what an invoice must tell of its issuer is missing."""
    found = profile_of(store, account)
    if found.missing:
        options = " ".join(f"--{name.partition(' ')[0]} ..." for name in found.missing)
        raise InputError(
            f"the billing profile of {account.name} lacks {', '.join(found.missing)}",
            key="profile",
            remedy=f'Enter it: provd profile set "{account.name}" {options}',
        )
    return found
