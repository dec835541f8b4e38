"""How subscriptions are printed, and each charge with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from provd.app import Provd
from provd.billing.charge import Charge
from provd.billing.prepaid import paid_end
from provd.billing.subscription import Cause, Change
from provd.cli.sellers import zone
from provd.cli.shared import console, counted, table, visible
from provd.operations.subscription_views import SubscriptionDetail, SubscriptionRow


def print_list(parts: Provd, rows: Sequence[SubscriptionRow]) -> None:
    if not rows:
        console().print("There are no subscriptions.")
        return
    local, found = zone(parts), table("no.", "plan", "customer", "for", "state", wraps="for")
    for row in rows:
        for_ = "-" if row.subject == row.customer else visible(row.subject)
        found.add_row(
            str(row.subscription.id),
            row.plan.name,
            visible(row.customer),
            for_,
            _standing(row, local),
        )
    console().print(found)


def print_subscription(parts: Provd, detail: SubscriptionDetail) -> None:
    out, local, row = console(), zone(parts), detail.row
    for_ = "" if row.subject == row.customer else f", {row.subject}"
    title = f"Subscription {row.subscription.id}: {row.plan.name}, {row.customer}{for_}"
    out.print(Text(visible(title), "bold"), soft_wrap=True)
    out.print(f"  {_standing(row, local)}")
    if row.setup_waits:
        out.print("  The setup fee waits: provd subscription charge-setup")
    for charge in detail.upcoming:
        due = _day(charge.due_at, local)
        out.print(visible(f"  next on {due}: {charge.text}, {charge.amount}, {charge.side}"))
    for change in detail.changes:
        out.print(visible(f"  {_told(change, local)}"), soft_wrap=True)
    for charge in detail.charges:
        for line in _explained(charge, local):
            out.print(visible(line), soft_wrap=True)
    out.print(counted(len(detail.charges), "charge"))


def _standing(row: SubscriptionRow, local: ZoneInfo) -> str:
    since = f" since {_day(row.starts_at, local)}" if row.starts_at else ""
    if row.standing == "waiting" and row.starts_at:
        since = f" for {_day(row.starts_at, local)}"
    if row.standing == "ended":
        return f"ended on {_day(row.ends_at, local)}"
    unless = " unless its renewal is paid" if paid_end(row.subscription) else ""
    ends = f", ends on {_day(row.ends_at, local)}{unless}" if row.ends_at else ""
    return f"{row.standing}{since}{ends}"


def _told(change: Change, local: ZoneInfo) -> str:
    at = f"from {_minute(change.effective_at, local)}" if change.effective_at else "withdrawn"
    known = ""
    if change.effective_at != change.known_at:
        known = f", known {_minute(change.known_at, local)}"
    device = f", device {change.device_id}" if change.device_id else ""
    return f"{change.kind} {at}{known}{device}: {_because(change.cause)}"


def _explained(charge: Charge, local: ZoneInfo) -> Iterator[str]:
    yield f"{charge.amount} {charge.side}, {charge.text}"
    yield f"    due {_minute(charge.due_at, local)}, {charge.calculation}; key {charge.key}"
    yield f"    because {_because(charge.cause)} at {_minute(charge.cause.at, local)}"


def _because(cause: Cause) -> str:
    who = f" by {cause.actor}" if cause.actor else ""
    why = f" ({cause.reason})" if cause.reason else ""
    if not cause.file:
        return f"{cause.kind}{who}{why}"
    way = f"{cause.bytes_sent} bytes by {cause.transport} to {cause.address}"
    return f"{cause.kind}{who}{why}: {cause.file}, {way}"


def _day(at: datetime | None, local: ZoneInfo) -> str:
    return f"{at.astimezone(local):%Y-%m-%d}" if at else ""


def _minute(at: datetime, local: ZoneInfo) -> str:
    return f"{at.astimezone(local):%Y-%m-%d %H:%M}"
