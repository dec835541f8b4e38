"""Closing an account, and opening it again: what stands in the way, the question, the deed."""

from __future__ import annotations

from flask import Blueprint, abort

from provd.errors import InputError
from provd.operations.closing_accounts import Outlook, refusal
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.entering import Page, Question, form, step
from provd.portal.fields import Problems
from provd.portal.formatting import count

closing = Blueprint("closing", __name__)

ADDRESS = "/accounts/<int:account_id>/<any(close, open):what>"


@closing.get(ADDRESS, endpoint="ask")
@allowed(SELLERS)
def ask(account_id: int, what: str) -> str:
    outlook = _outlook(account_id)
    return form(what, outlook.debtor, {}, Problems(), outlook=outlook)


@closing.post(ADDRESS, endpoint="take")
@allowed(SELLERS)
def take(account_id: int, what: str) -> Page:
    return _close(_outlook(account_id)) if what == "close" else _open(_outlook(account_id))


def _close(outlook: Outlook) -> Page:
    account = outlook.debtor.account

    def question() -> Question:
        account.must_be_open()
        if outlook.obstacles:
            raise refusal(account, list(outlook.obstacles))
        facts = {
            "Signing in": f"no more for {count(outlook.users, 'user')}",
            "Phones and plans": "none can be registered or subscribed",
            "Statements and invoices": "stay to be read",
        }
        return Question("Is this right?", facts, None, None, "Close the account")

    def do() -> str:
        operations().closing.close(actor(), account.id)
        return f"{account.name} is closed."

    return step("close", outlook.debtor, {}, question, do, outlook=outlook)


def _open(outlook: Outlook) -> Page:
    account = outlook.debtor.account

    def question() -> Question:
        facts = {"Signing in": "those of its users can again that could before"}
        return Question("Is this right?", facts, None, None, "Open the account")

    def do() -> str:
        operations().closing.open(actor(), account.id)
        return f"{account.name} is open."

    return step("open", outlook.debtor, {}, question, do, outlook=outlook)


def _outlook(account_id: int) -> Outlook:
    """Whoever does not keep the books that it stands in finds no page."""
    try:
        return operations().closing.outlook(actor(), account_id)
    except InputError:
        abort(404)
