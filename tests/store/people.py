"""Alice owns, Bob helps Alice, Charlie must see nothing: three resellers' worth of a tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network

from provd.devices.account import Account, AccountKind, Role, Site, User
from provd.devices.device import Device, Line
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.store import Store

PASSWORD = "sip-password-of-the-line"
NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class People:
    """A provider with two resellers, a customer and a site of each, and a customer of its own."""

    provider: Account
    alice: Account
    alice_customer: Account
    alice_site: Site
    bob: User
    charlie: Account
    charlie_customer: Account
    charlie_site: Site
    own_customer: Account
    own_site: Site


def settle(store: Store) -> People:
    """Creates them all."""
    provider = _account(store, AccountKind.PROVIDER, "Provider", None)
    alice = _account(store, AccountKind.RESELLER, "Alice", provider.id)
    charlie = _account(store, AccountKind.RESELLER, "Charlie", provider.id)
    alice_customer = _account(store, AccountKind.CUSTOMER, "Alice's bakery", alice.id)
    charlie_customer = _account(store, AccountKind.CUSTOMER, "Charlie's garage", charlie.id)
    own_customer = _account(store, AccountKind.CUSTOMER, "Provider's office", provider.id)
    bob = store.users.create(
        account_id=alice.id, name="Bob", role=Role.RESELLER, password_hash="hash of Bob"
    )
    return People(
        provider=provider,
        alice=alice,
        alice_customer=alice_customer,
        alice_site=_site(store, alice_customer, "Bakery", "192.0.2.0/24"),
        bob=bob,
        charlie=charlie,
        charlie_customer=charlie_customer,
        charlie_site=_site(store, charlie_customer, "Garage", "198.51.100.0/24"),
        own_customer=own_customer,
        own_site=_site(store, own_customer, "Office", "2001:db8::/48"),
    )


def _account(store: Store, kind: AccountKind, name: str, parent_id: int | None) -> Account:
    return store.accounts.create(
        kind=kind, name=name, parent_id=parent_id, currency="EUR", time_zone="Europe/Berlin"
    )


def _site(store: Store, customer: Account, name: str, network: str) -> Site:
    return store.sites.create(account_id=customer.id, name=name, networks=[ip_network(network)])


def line(number: int = 1, password: str = PASSWORD) -> Line:
    return Line(number=number, user=f"10{number}", password=Secret(password))


def phone(store: Store, site: Site, mac: str = "001565aabbcc", **more: object) -> Device:
    """Registers a phone with one line."""
    fields: dict[str, object] = {
        "mac": Mac(mac),
        "vendor": "acme",
        "model": "T46U",
        "site_id": site.id,
        "registered_at": NOW,
        "token": Secret(f"token of {mac}"),
        "open_until": None,
        "lines": [line()],
    }
    return store.devices.register(**(fields | more))  # type: ignore[arg-type]
