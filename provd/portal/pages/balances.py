"""Who owes what, and each account's statement by the month."""

from __future__ import annotations

import itertools
from calendar import monthrange
from datetime import date

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from provd.billing.currency import MINOR_DIGITS
from provd.billing.days import local_date
from provd.billing.statement import Statement, statement_csv
from provd.devices.account import Role
from provd.operations.statements import Balance
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations, portal
from provd.portal.fields import page_number, searched
from provd.portal.pages.charges import Month

balances = Blueprint("balances", __name__)

CUSTOMERS = frozenset({Role.CUSTOMER})
MOST_LINES = 500
"""On a page; the file has all."""


@balances.get("/accounts")
@allowed(SELLERS)
def list_all() -> str:
    """Open accounts, or closed ones."""
    closed, search = request.args.get("closed") == "yes", searched()
    page = operations().statements.listed(actor(), search=search, closed=closed, page=page_number())
    return render_template("accounts/list.html", page=page, search=search, closed=closed)


@balances.get("/statement")
@allowed(CUSTOMERS)
def own() -> AnyResponse:
    return redirect(url_for("balances.show", account_id=actor().account_id))


@balances.get("/accounts/<int:account_id>")
@allowed(OWNERS)
def show(account_id: int) -> str:
    balance, month, current = _asked(account_id)
    statement, who = _statement(balance, month), actor()
    lines = list(itertools.islice(statement.lines, MOST_LINES + 1))
    return render_template(
        "accounts/statement.html",
        balance=balance,
        keeps=balance.debtor.issuer.id == who.account_id,
        own=balance.debtor.account.id == who.account_id,
        month=month,
        current=current,
        statement=statement,
        lines=lines[:MOST_LINES],
        more=len(lines) > MOST_LINES,
        closing=_closing(balance, statement),
        entered=operations().statements.entered(who, account_id, 20),
    )


@balances.get("/accounts/<int:account_id>/statement.csv")
@allowed(OWNERS)
def export(account_id: int) -> Response:
    balance, month, _ = _asked(account_id)
    answer = Response(statement_csv(_statement(balance, month)), mimetype="text/csv")
    name = f"statement-{account_id}-{month}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(account_id: int) -> tuple[Balance, Month, Month]:
    """The account, the month that was asked for, and the running one where the issuer is."""
    balance = operations().statements.balance(actor(), account_id)
    today = local_date(portal().clock(), balance.debtor.zone)
    current = Month(today.year, today.month)
    asked = request.args.get("month", "")
    month = Month.parse(asked) if asked else current
    if month is None or _currency(balance) not in MINOR_DIGITS:
        abort(400)
    return balance, month, current


def _currency(balance: Balance) -> str:
    return request.args.get("currency", "") or balance.debtor.account.currency


def _statement(balance: Balance, month: Month) -> Statement:
    first = date(month.year, month.number, 1)
    last = first.replace(day=monthrange(month.year, month.number)[1])
    account_id, currency = balance.debtor.account.id, _currency(balance)
    return operations().statements.statement(actor(), account_id, first, last, currency)


def _closing(balance: Balance, statement: Statement) -> object:
    """Without reading all lines: it is what the next day opens with."""
    following, account_id = statement.period.end, balance.debtor.account.id
    statements = operations().statements
    return statements.statement(
        actor(), account_id, following, following, statement.currency
    ).opening
