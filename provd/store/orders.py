"""Shipment orders: devices that are staged and shipped together to one site."""

from __future__ import annotations

from datetime import datetime

import peewee

from provd.devices import device as values
from provd.devices.account import AccountKind, Scope
from provd.errors import InputError
from provd.store.database import Row
from provd.store.failures import conflict
from provd.store.repository import Repository
from provd.store.scope import not_found, within
from provd.store.tables import Account, ShipmentOrder, Site


class Orders(Repository):
    """References are unique per seller, without regard to case: the reseller of the site's
    customer, or the provider."""

    def create(self, *, site_id: int, reference: str, created_at: datetime) -> values.Order:
        """Raises ConflictError when the seller has an order of this reference."""
        with (
            conflict("there is an order of this reference already", key="reference"),
            self._database.transaction(),
        ):
            order_id = self._database.insert(
                ShipmentOrder.insert(
                    site_id=site_id,
                    seller_id=self._seller(site_id),
                    reference=reference,
                    reference_key=reference.casefold(),
                    created_at=created_at,
                )
            )
            return self.get(order_id)

    def get(self, order_id: int, scope: Scope | None = None) -> values.Order:
        """Raises NotFoundError; `scope` None is for provd's own use."""
        query = _placed().where(ShipmentOrder.id == order_id)
        if scope is not None:
            query = query.where(within(self._database, scope, Account.path))
        row = self._database.row(query)
        if row is None:
            raise not_found("order")
        return _order(row)

    def find(self, reference: str, *, seller_id: int) -> values.Order | None:
        """The order of this reference that the seller has, to whatever site."""
        query = ShipmentOrder.select().where(
            (ShipmentOrder.reference_key == reference.casefold())
            & (ShipmentOrder.seller_id == seller_id)
        )
        row = self._database.row(query)
        return _order(row) if row else None

    def by_reference(self, reference: str, scope: Scope) -> values.Order:
        """Where two resellers use the same reference, the one order that is still open.

        Raises NotFoundError, and InputError when several are open.
        """
        rows = self._database.rows(
            _placed()
            .where(ShipmentOrder.reference_key == reference.casefold())
            .where(within(self._database, scope, Account.path))
        )
        still_open = [row for row in rows if row["shipped_at"] is None]
        if len(rows) > 1 and still_open:
            rows = still_open
        if not rows:
            raise not_found("order")
        if len(rows) > 1:
            numbers = ", ".join(f"#{row['id']}" for row in rows)
            raise InputError(
                f"{len(rows)} resellers have an order {reference}",
                key="reference",
                remedy=f"Name it by its number: {numbers}",
            )
        return _order(rows[0])

    def in_scope(self, scope: Scope, *, open_only: bool = True) -> list[values.Order]:
        """The oldest first."""
        query = _placed().where(within(self._database, scope, Account.path))
        if open_only:
            query = query.where(ShipmentOrder.shipped_at.is_null())
        rows = self._database.rows(query.order_by(ShipmentOrder.id))
        return [_order(row) for row in rows]

    def mark_shipped(self, order_id: int, at: datetime) -> bool:
        """False when it had been shipped before; then its time stays."""
        unshipped = (ShipmentOrder.id == order_id) & ShipmentOrder.shipped_at.is_null()
        return bool(self._database.write(ShipmentOrder.update(shipped_at=at).where(unshipped)))

    def _seller(self, site_id: int) -> int:
        above = Account.alias()
        row = self._database.row(
            Site.select(Account.id, Account.parent_id, above.kind)
            .join(Account, on=(Account.id == Site.account_id))
            .join(above, on=(above.id == Account.parent_id))
            .where(Site.id == site_id)
        )
        if row is None:
            raise not_found("site")
        assert row["kind"] != AccountKind.CUSTOMER  # noqa: S101  # a customer is never above one
        return int(row["parent_id"])


def _placed() -> peewee.ModelSelect[ShipmentOrder]:
    return (
        ShipmentOrder.select(ShipmentOrder)
        .join(Site, on=(Site.id == ShipmentOrder.site_id))
        .join(Account, on=(Account.id == Site.account_id))
    )


def _order(row: Row) -> values.Order:
    return values.Order(
        id=row["id"],
        site_id=row["site_id"],
        reference=row["reference"],
        created_at=row["created_at"],
        shipped_at=row["shipped_at"],
    )
