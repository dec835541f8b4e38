"""How an account stands on invoices, and the rates of tax that it takes."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.profile import BillingProfile, DebtorTerms, TaxTreatment
from provd.billing.tax_category import TaxCategory
from provd.devices.account import AccountKind
from provd.errors import InputError, NotFoundError
from provd.operations.billing_profiles import LANGUAGES, TERMS
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import Problems
from provd.portal.pages.invoices import invoicing

billing_profiles = Blueprint("billing_profiles", __name__)

Page = str | Response

PARTY = (
    *("name", "address_lines", "postcode", "city", "region", "country"),
    *("vat_id", "tax_number", "registration", "email", "phone", "peppol_id"),
)
BANK = ("iban", "bic", "bank_name", "account_holder")
ISSUING = ("days", "invoice_numbers", "credit_note_numbers", "untaxed", "footer")
FIELDS = (*PARTY, *BANK, *ISSUING, "language", *TERMS)
MOST_LOGO_KIB = 192
"""A form may bring no more; the command line takes larger ones."""
RATE = ("category", "percent", "valid_from", "rate_country", "reason")


@billing_profiles.get("/billing-profile")
@allowed(SELLERS)
def own() -> Response:
    return redirect(url_for("billing_profiles.show", account_id=actor().account_id))


@billing_profiles.get("/accounts/<int:account_id>/billing-profile")
@allowed(SELLERS)
def show(account_id: int) -> str:
    return _page(account_id)


@billing_profiles.post("/accounts/<int:account_id>/billing-profile")
@allowed(SELLERS)
def save(account_id: int) -> Page:
    page = invoicing().profiles.page(actor(), account_id)
    given = {key: request.form[key] for key in FIELDS if key in request.form}
    if page.account.kind is not AccountKind.CUSTOMER:
        given["sums_alike"] = "yes" if request.form.get("sums_alike") else "no"
    problems = Problems()
    try:
        invoicing().profiles.save(actor(), account_id, given)
    except NotFoundError:
        abort(404)
    except InputError as error:
        problems.take(error, frozenset(FIELDS))
        return _page(account_id, problems)
    flash("The billing profile was saved.", "good")
    return redirect(url_for("billing_profiles.show", account_id=account_id))


@billing_profiles.post("/accounts/<int:account_id>/logo")
@allowed(SELLERS)
def save_logo(account_id: int) -> Page:
    given = request.files.get("logo")
    content = given.stream.read() if given else b""
    problems = Problems()
    try:
        if not content and not request.form.get("remove"):
            raise InputError("choose a file first", key="logo")
        logo = None if request.form.get("remove") else content
        invoicing().profiles.set_logo(actor(), account_id, logo)
    except NotFoundError:
        abort(404)
    except InputError as error:
        problems.take(error, frozenset({"logo"}))
        return _page(account_id, problems)
    flash("The next invoices have it.", "good")
    return redirect(url_for("billing_profiles.show", account_id=account_id))


@billing_profiles.post("/accounts/<int:account_id>/tax-rates")
@allowed(SELLERS)
def add_rate(account_id: int) -> Page:
    typed = {key: request.form.get(key, "").strip() for key in RATE}
    problems = Problems()
    try:
        made = invoicing().profiles.set_rate(
            actor(),
            account_id,
            _category(typed["category"]),
            typed["percent"],
            _day(typed["valid_from"]),
            country=typed["rate_country"],
            reason=typed["reason"],
        )
    except NotFoundError:
        abort(404)
    except InputError as error:
        known = {"country": "rate_country"}.get(error.key, error.key)
        problems.take(InputError(error.problem, key=known, remedy=error.remedy), frozenset(RATE))
        return _page(account_id, problems)
    flash(f"{made.percent} % holds in {made.country} from {made.valid_from} on.", "good")
    return redirect(url_for("billing_profiles.show", account_id=account_id))


def _page(account_id: int, problems: Problems | None = None) -> str:
    page = invoicing().profiles.page(actor(), account_id)
    issues = page.account.kind is not AccountKind.CUSTOMER
    typed = request.form.to_dict() if request.method == "POST" else {}
    return render_template(
        "billing_profiles/profile.html",
        page=page,
        account=page.account,
        issues=issues,
        typed={**_typed(page.profile, page.account.name), **typed},
        rate={**dict.fromkeys(RATE, ""), **typed},
        rates=invoicing().profiles.rates(actor(), account_id) if issues else (),
        names=operations().billing.names(actor()),
        treatments=list(TaxTreatment),
        categories=list(TaxCategory),
        languages=LANGUAGES,
        has_logo=page.has_logo,
        most_kib=MOST_LOGO_KIB,
        problems=problems or Problems(),
    )


def _typed(profile: BillingProfile | None, name: str) -> dict[str, str]:
    """What the form shows before anybody has typed."""
    if profile is None:
        return {**dict.fromkeys(FIELDS, ""), "name": name, "treatment": TaxTreatment.AUTOMATIC}
    party, bank, terms = profile.party, profile.bank, profile.terms
    return {
        **{key: getattr(party, key) for key in PARTY if key != "address_lines"},
        "address_lines": "\n".join(party.address_lines),
        "iban": bank.iban if bank else "",
        "bic": bank.bic if bank else "",
        "bank_name": bank.name if bank else "",
        "account_holder": bank.holder if bank else "",
        "days": str(profile.days),
        "invoice_numbers": profile.invoice_numbers.text,
        "credit_note_numbers": profile.credit_note_numbers.text,
        "untaxed": profile.untaxed,
        "footer": profile.footer,
        "language": profile.language,
        "sums_alike": "yes" if profile.sums_alike else "",
        **_terms(terms),
    }


def _terms(terms: DebtorTerms) -> dict[str, str]:
    return {
        "treatment": terms.treatment,
        "tax_reason": terms.reason,
        "days_to_pay": "" if terms.days is None else str(terms.days),
        "buyer_reference": terms.buyer_reference,
    }


def _category(text: str) -> TaxCategory:
    try:
        return TaxCategory(text)
    except ValueError:
        raise InputError("choose one", key="category") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"“{text[:20]}” is no day", key="valid_from", remedy="Write 2027-01-01"
        ) from None
