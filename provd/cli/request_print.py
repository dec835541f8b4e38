"""How payment requests are printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.text import Text

from provd.billing.reference import grouped
from provd.billing.request import PaymentRequest, RequestEvent, RequestFact, RequestState
from provd.billing.wording import in_words
from provd.cli.account_shared import owes
from provd.cli.invoice_print import print_lines
from provd.cli.shared import console, table, visible
from provd.operations.debtors import Debtor
from provd.operations.renewals import RenewalReport
from provd.operations.request_confirming import Confirmed
from provd.operations.request_reading import RequestRow


def print_rows(rows: Sequence[RequestRow]) -> None:
    if not rows:
        console().print("Nothing is asked for.")
        return
    found = table("no.", "reference", "from", "to", "what", "rest", "pay by", "state", wraps="what")
    for row in rows:
        one = row.request
        overdue = row.state is RequestState.EXPIRED
        found.add_row(
            str(one.id),
            grouped(one.reference),
            visible(row.issuer),
            visible(row.debtor),
            visible(_what(row)),
            Text(str(one.rest), justify="right"),
            str(one.pay_by),
            Text(row.state, "red" if overdue else ""),
        )
    console().print(found)


def print_drafted(request: PaymentRequest) -> None:
    """Before it is made."""
    paper = request.paper
    console().print(visible(f"{paper.issuer.name} asks {paper.debtor.name} to pay:"))
    print_lines(paper)
    console().print(f"To be paid by {request.pay_by}. Nothing runs, and nothing is booked, before.")


def print_request(row: RequestRow) -> None:
    one, out = row.request, console()
    out.print(Text(visible(f"Payment request {one.id}: {row.what}"), "bold"), soft_wrap=True)
    out.print(visible(f"  {row.issuer} to {row.debtor}, of {one.issued_on} by {one.requested_by}"))
    out.print(f"  {row.state}; to be paid by {one.pay_by}, naming {grouped(one.reference)}")
    if one.reason:
        out.print(visible(f"  {one.reason}"))
    if one.subscription_id is not None:
        out.print(f"  subscription {one.subscription_id}")
    for event in one.events:
        out.print(visible(f"  {_told(event)}"), soft_wrap=True)
    print_lines(one.document)


def print_confirmed(done: Confirmed, debtor: Debtor) -> None:
    """What confirming would do, or has done."""
    out = console()
    if done.payment is not None and done.before is not None and done.after is not None:
        rows = table()
        rows.add_row("  owes now", Text(str(done.before), justify="right"))
        rows.add_row(
            f"  payment by {done.payment.method}", Text(str(-done.payment.amount), justify="right")
        )
        for charge in done.charges:
            rows.add_row(f"  {visible(charge.text)}", Text(str(charge.amount), justify="right"))
        rows.add_row("  owes then", Text(str(done.after), justify="right"))
        out.print(f"{visible(debtor.account.name)}, in the books of {visible(debtor.issuer.name)}:")
        out.print(rows)
    out.print(_outcome(done, debtor), soft_wrap=True)


def tell_owed(debtor: Debtor, done: Confirmed) -> None:
    if done.after is not None:
        console().print(f"{visible(owes(debtor, done.after))}.")


def print_report(report: RenewalReport) -> None:
    for one in report.asked:
        paper = one.paper
        told = f"Payment request {one.id}: {paper.issuer.name} to {paper.debtor.name}, {one.total}"
        console().print(visible(f"{told} by {one.pay_by}"))
    for problem in report.problems:
        said = f"Subscription {problem.subscription_id}: {problem.reason}"
        console(stderr=True).print(Text(visible(said), "red"), soft_wrap=True)


def _what(row: RequestRow) -> str:
    period = row.request.paper.period
    return f"{row.what}, {in_words(period)}" if period else row.what


def _outcome(done: Confirmed, debtor: Debtor) -> str:
    request, one = done.request, done.subscription
    if one is None and request.is_paid:
        return "It is the account's credit."
    if one is None:
        return f"{request.rest} is left to pay of request {request.id}; nothing runs before."
    if one.start is None:
        return f"Subscription {one.id} waits for its device, and is paid from its first boot on."
    if one.ended_at is None:
        return f"Subscription {one.id} runs on."
    last = one.ended_at.astimezone(debtor.zone).date() - timedelta(days=1)
    return f"Subscription {one.id} runs, paid up to {last}."


def _told(event: RequestEvent) -> str:
    at = f"{event.at:%Y-%m-%d %H:%MZ}"
    if event.fact is RequestFact.PAYMENT:
        back = ", taken back" if event.taken_back else ""
        return f"{at} {event.amount} entered by {event.actor}{back}"
    if event.fact is RequestFact.RAN:
        return f"{at} subscription {event.subscription_id} ran"
    return f"{at} withdrawn by {event.actor}: {event.reason}"
