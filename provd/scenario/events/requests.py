"""Paying first: what customers are asked for, and what they pay."""

from __future__ import annotations

from provd.billing.subscription import SetupFee
from provd.scenario.events.runs import Bill
from provd.scenario.parts import Amount, Count, Day, Name, Part


class Ask(Part):
    """A subscription is asked for. It is called `name`, as is the subscription once it is paid."""

    name: Name
    plan: Name
    subject: Name
    starts: Day | None = None
    setup: SetupFee = SetupFee.NOW
    periods: Count = 1
    pay_by: Day | None = None
    reason: str = ""


class AskRenewal(Part):
    """The next periods of a subscription are asked for, by hand."""

    subscription: Name
    periods: Count = 1
    pay_by: Day | None = None
    reason: str = ""


class AskRenewals(Bill):
    """What the daemon does by itself: whatever is to be renewed is asked for in time. `until` and
    `every` are as those of a billing run."""


class AskAdvance(Part):
    """Money in advance is asked of an account, by whom it owes to."""

    name: Name
    account: Name
    amount: Amount
    text: str = ""
    pay_by: Day | None = None


class Confirm(Part):
    """That what was asked for is paid: of the request of that name, or of the renewal of that
    subscription. Without `amount` all that is left."""

    request: Name
    amount: Amount = ""
    method: str = "bank"
    received: Day | None = None
    late: bool = False


class WithdrawRequest(Part):
    request: Name
    reason: Name


EVENTS: dict[str, type[Part]] = {
    "ask": Ask,
    "ask_renewal": AskRenewal,
    "ask_renewals": AskRenewals,
    "ask_advance": AskAdvance,
    "confirm": Confirm,
    "withdraw_request": WithdrawRequest,
}
