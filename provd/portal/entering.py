"""Forms that enter something into somebody's books, in three steps: the form, the question that
tells what it would do, the deed. Only the question's own button does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.money import Money
from provd.billing.tax_category import TaxCategory
from provd.errors import InputError
from provd.operations.credit import Effect
from provd.operations.debtors import Debtor
from provd.portal.fields import Problems
from provd.portal.formatting import count

Page = str | Response


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks before anything is done: `facts` by name, `more` is what the account
    will owe more, None where that does not change, `owed` what it owes now in that currency."""

    title: str
    facts: Mapping[str, object]
    more: Money | None
    effect: Effect | None
    button: str
    owed: Money | None = None


def step(
    name: str,
    debtor: Debtor,
    typed: dict[str, str],
    ask: Callable[[], Question],
    do: Callable[[], str],
    **more: object,
) -> Page:
    """From the form to the question, and from the question to the deed or back to the form."""
    action, problems = request.form.get("action", ""), Problems()
    try:
        if action == "confirm":
            flash(do(), "good")
            return redirect(url_for("balances.show", account_id=debtor.account.id))
        question = ask()
    except InputError as error:
        problems.take(error, frozenset(typed))
    if problems or action == "change":
        return form(name, debtor, typed, problems, **more)
    return render_template(
        "accounts/confirm.html",
        debtor=debtor,
        typed=typed,
        question=question,
        consequence=_consequence(question.effect),
    )


def _consequence(effect: Effect | None) -> tuple[str, str]:
    """The notice's kind and sentence; empty where no phone is concerned."""
    if effect and effect.suspends is not None:
        phones = count(effect.suspends, "phone loses its", "phones lose their")
        return "bad", f"This suspends the account: {phones} service until a payment lifts it."
    if effect and effect.missing is not None:
        return "warn", (
            f"It stays suspended: going on costs {effect.withheld} at once. "
            f"More than {effect.missing} is missing."
        )
    if effect and effect.resumes is not None:
        phones = count(effect.resumes, "phone gets its", "phones get their")
        return "good", f"This lifts the suspension: {phones} service back."
    return "", ""


def form(
    name: str, debtor: Debtor, typed: dict[str, str], problems: Problems, **more: object
) -> str:
    return render_template(
        f"accounts/{name}.html",
        debtor=debtor,
        typed=typed,
        problems=problems,
        categories=[(category.value, category.value) for category in TaxCategory],
        **more,
    )
