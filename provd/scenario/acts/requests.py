"""Paying first: whoever sells to the customer asks, and confirms that it has paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.billing.request import Advance, PaymentRequest, Start
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.request_confirming import ConfirmForm
from provd.operations.request_drafting import AskForm
from provd.scenario.acts.subscriptions import subject_of
from provd.scenario.events.requests import (
    Ask,
    AskAdvance,
    AskRenewal,
    AskRenewals,
    Confirm,
    WithdrawRequest,
)
from provd.scenario.world import World, money


def ask(world: World, event: Ask) -> None:
    if event.name in world.requests or event.name in world.subscriptions:
        raise InputError(f"two subscriptions are called “{event.name}”", key="name")
    plan = world.plan(event.plan)
    subject = subject_of(world, plan, event.subject)
    paid = world.house.operations.requesting.subscriptions
    customer = world.house.store.accounts.get(paid.customer_of(world.administrator, subject))
    what = Start(plan.id, subject, event.starts, event.setup)
    form = AskForm(event.pay_by, event.periods, event.reason, world.next_key())
    made = world.house.operations.requesting.steps.ask(world.issuer_for(customer), what, form)
    world.requests[event.name] = made.id


def ask_renewal(world: World, event: AskRenewal) -> None:
    id_ = world.subscription(event.subscription)
    parties = world.house.store.books.subscription(id_).parties
    seller = world.issuer_for(world.house.store.accounts.get(parties.customer_id))
    form = AskForm(event.pay_by, event.periods, event.reason)
    made = world.house.operations.requesting.steps.ask(seller, id_, form)
    world.requests[event.subscription] = made.id


def ask_renewals(world: World, event: AskRenewals) -> None:
    report = world.house.operations.requesting.renewals.run()
    for one in report.asked:
        world.requests[world.labels[one.subscription_id or 0]] = one.id
    for problem in report.problems:
        if problem.subscription_id not in {one.subscription_id for one in report.asked}:
            label = world.labels.get(problem.subscription_id, str(problem.subscription_id))
            world.problems.append(f"{label} is not renewed: {problem.reason}")


def ask_advance(world: World, event: AskAdvance) -> None:
    if event.name in world.requests:
        raise InputError(f"two requests are called “{event.name}”", key="name")
    account = world.account(event.account)
    what, amount = Advance(event.text), money(event.amount, account.currency)
    form = AskForm(event.pay_by, key=world.next_key())
    steps, actor = world.house.operations.requesting.steps, world.issuer_for(account)
    world.requests[event.name] = steps.ask_advance(actor, account.id, what, amount, form).id


def confirm(world: World, event: Confirm) -> None:
    request, actor = _requested(world, event.request)
    amount = money(event.amount, request.paper.currency) if event.amount else None
    form = ConfirmForm(event.method, amount, event.received, late=event.late)
    done = world.house.operations.requesting.steps.confirm(actor, request.id, form)
    if done.subscription is not None and done.subscription.id not in world.labels:
        world.subscribed(event.request, done.subscription.id)


def withdraw(world: World, event: WithdrawRequest) -> None:
    request, actor = _requested(world, event.request)
    world.house.operations.requesting.steps.withdraw(actor, request.id, event.reason)


def _requested(world: World, name: str) -> tuple[PaymentRequest, Actor]:
    """The latest of that name, and who asked."""
    request = world.house.store.books.request(world.request(name))
    debtor = world.house.store.accounts.get(request.debtor_id)
    return request, world.issuer_for(debtor)


ACTS: dict[str, Callable[[World, Any], None]] = {
    "ask": ask,
    "ask_renewal": ask_renewal,
    "ask_renewals": ask_renewals,
    "ask_advance": ask_advance,
    "confirm": confirm,
    "withdraw_request": withdraw,
}
