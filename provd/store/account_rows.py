"""Between an account and its row."""

from __future__ import annotations

from provd.devices import account as values
from provd.devices.account import AccountKind, Brand
from provd.store.database import Row
from provd.store.sealed import Sealed


def account_from(row: Row, sealed: Sealed) -> values.Account:
    """The value of a row of `account`."""
    brand = None
    if row["brand_title"] is not None:
        brand = Brand(row["brand_title"], row["brand_colour"], row["brand_host"])
    return values.Account(
        id=row["id"],
        kind=AccountKind(row["kind"]),
        name=row["name"],
        parent_id=row["parent_id"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        brand=brand,
        settings=sealed.open_settings(row["settings"], "account", row["uuid"]),
        suspended_at=row["suspended_at"],
        closed_at=row["closed_at"],
        closed_by=row["closed_by"] or "",
    )
