"""What becomes of subscriptions, and of prices."""

from __future__ import annotations

from provd.billing.plan import Side
from provd.billing.subscription import SetupFee
from provd.scenario.parts import Amount, Day, Name, Part


class Subscribe(Part):
    """Of a customer, a phone itself, or the place of a phone or leased item: whichever the plan is
    for, by its name. `starts` None: when the plan says, or now where that has come."""

    name: Name
    plan: Name
    subject: Name
    starts: Day | None = None
    setup: SetupFee = SetupFee.NOW
    reason: str = ""


class Cancel(Part):
    """From the beginning of that day on, past or to come; without one from now on."""

    subscription: Name
    day: Day | None = None
    reason: str = ""


class Keep(Part):
    """Withdraws the end."""

    subscription: Name
    reason: str = ""


class ChangePlan(Part):
    """The subscription ends, and another begins, called `name`, else as before."""

    subscription: Name
    plan: Name
    name: str = ""
    day: Day | None = None
    setup: SetupFee = SetupFee.WAIVED
    reason: str = ""


class ChargeSetup(Part):
    """The setup fee that was put off, now."""

    subscription: Name
    reason: str = ""


class Price(Part):
    """What a fee costs from a day on: the `seller`'s own price, or the recommended one of the
    plan's owner; wholesale is the provider's."""

    plan: Name
    fee: Name
    side: Side
    amount: Amount
    since: Day
    seller: str = ""


EVENTS: dict[str, type[Part]] = {
    "subscribe": Subscribe,
    "cancel": Cancel,
    "keep": Keep,
    "change_plan": ChangePlan,
    "charge_setup": ChargeSetup,
    "price": Price,
}
