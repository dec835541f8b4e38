"""`provd profile`: how an account stands on invoices. `provd tax`: what an issuer takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from provd.billing.profile import BillingProfile, TaxRate, TaxTreatment
from provd.billing.tax_category import TaxCategory
from provd.cli.shared import Shared, console, data_option, opened, operator, table
from provd.documents.words import LANGUAGES
from provd.operations.billing_profiles import ProfilePage

Command = TypeVar("Command", bound=Callable[..., Any])

_TEXTS = {
    "name": "Company or person, as the invoice names it.",
    "postcode": "Postal code.",
    "city": "City.",
    "region": "State or province, where addresses have one.",
    "country": "ISO 3166-1, as DE.",
    "vat_id": "VAT id, as DE123456789.",
    "tax_number": "What a tax office knows an issuer by that has no VAT id.",
    "registration": "Number in the register of companies.",
    "email": "Where its invoices go, and answers to those it sends.",
    "phone": "Telephone number.",
    "peppol_id": "Address in the Peppol network, as 0088:4006381333931.",
    "iban": "Account that its debtors pay to.",
    "bic": "The bank's code.",
    "bank_name": "The bank's name.",
    "account_holder": "Whose account it is, where that is another name.",
    "days": "Days in which its debtors pay; 14 unless given.",
    "invoice_numbers": "Pattern of its numbers, as {year}-{number:5}.",
    "credit_note_numbers": "The same for credit notes, as CN-{year}-{number:5}.",
    "untaxed": "Why it charges no tax at all, as a small business.",
    "footer": "Last words on each of its invoices.",
    "tax_reason": "The reason that an exemption prints.",
    "days_to_pay": "Days in which this account pays, where others were agreed.",
    "buyer_reference": "What the account wants to read on its invoices.",
}
_SHOWN = {"vat_id": "VAT id", "iban": "IBAN", "bic": "BIC", "email": "e-mail"}


def _text_options(command: Command) -> Command:
    for name, explained in reversed(_TEXTS.items()):
        command = click.option(f"--{name.replace('_', '-')}", help=explained)(command)
    return command


@click.group()
def profile() -> None:
    """How accounts stand on invoices."""


@profile.command("show")
@data_option
@click.argument("account")
@click.pass_obj
def show_profile(shared: Shared, account: str) -> None:
    """Show the billing profile of ACCOUNT, a name or a number as #3."""
    with opened(shared) as parts:
        profiles, actor = parts.operations.invoicing.profiles, operator(parts)
        found = profiles.account_named(actor, account)
        page = profiles.page(actor, found.id)
    _print(page)


@profile.command("set", short_help="Change the billing profile of an account.")
@data_option
@click.argument("account")
@_text_options
@click.option("--address", multiple=True, help="A line of the address; may be given several times.")
@click.option(
    "--sum-alike/--each-line",
    "sums_alike",
    default=None,
    help="Equal lines of many phones as one, or each by itself.",
)
@click.option(
    "--language", type=click.Choice(sorted(LANGUAGES)), help="In which its invoices are written."
)
@click.option(
    "--treatment",
    type=click.Choice([one.value for one in TaxTreatment]),
    help="How its issuer taxes what it buys.",
)
@click.option(
    "--logo",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="PNG or JPEG file for the head of its invoices.",
)
@click.option("--no-logo", is_flag=True, help="Its title in its place.")
@click.pass_obj
def set_profile(
    shared: Shared,
    /,
    account: str,
    address: tuple[str, ...],
    sums_alike: bool | None,
    logo: Path | None,
    no_logo: bool,
    **texts: str | None,
) -> None:
    """Change what is given in the billing profile of ACCOUNT, a name or a number as #3, and keep
    the rest. An empty text removes what was there."""
    given = {key: text for key, text in texts.items() if text is not None}
    if address:
        given["address_lines"] = "\n".join(address)
    if sums_alike is not None:
        given["sums_alike"] = "yes" if sums_alike else "no"
    with opened(shared) as parts, parts.store.transaction():
        profiles, actor = parts.operations.invoicing.profiles, operator(parts)
        found = profiles.account_named(actor, account)
        if given:
            profiles.save(actor, found.id, given)
        if logo or no_logo:
            profiles.set_logo(actor, found.id, logo.read_bytes() if logo else None)
    console().print(f"Profile of {found.name} saved. See: provd profile show #{found.id}")


@click.group()
def tax() -> None:
    """Rates of tax, as issuers enter them."""


@tax.command("set", short_help="Enter a rate of tax.")
@data_option
@click.argument("issuer")
@click.argument("category", type=click.Choice([one.value for one in TaxCategory]))
@click.argument("percent")
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="First day on which what is supplied bears it.",
)
@click.option("--country", default="", help="Of the debtors; the issuer's own unless given.")
@click.option("--debtor", default="", help="One account alone, by name or number.")
@click.option("--reason", default="", help="Why there is no tax, as invoices print it.")
@click.option("--reason-code", default="", help="The same as a VATEX code, as VATEX-EU-132.")
@click.pass_obj
def set_tax(
    shared: Shared,
    issuer: str,
    category: str,
    percent: str,
    since: datetime,
    country: str,
    debtor: str,
    reason: str,
    reason_code: str,
) -> None:
    """Enter what ISSUER takes on what is of CATEGORY: PERCENT, as 19, from a day on.

    What was supplied before that day keeps its rate, and what is final its tax.
    """
    with opened(shared) as parts:
        profiles, actor = parts.operations.invoicing.profiles, operator(parts)
        account = profiles.account_named(actor, issuer)
        made = profiles.set_rate(
            actor,
            account.id,
            TaxCategory(category),
            percent,
            since.date(),
            country=country,
            debtor=debtor,
            reason=reason,
            reason_code=reason_code,
        )
    whom = made.country or debtor
    console().print(
        f"{account.name} takes {made.percent} % ({category}) in {whom} from {made.valid_from} on."
    )


@tax.command("list")
@data_option
@click.argument("issuer")
@click.pass_obj
def list_tax(shared: Shared, issuer: str) -> None:
    """List the rates that ISSUER has entered."""
    with opened(shared) as parts:
        profiles, actor = parts.operations.invoicing.profiles, operator(parts)
        account = profiles.account_named(actor, issuer)
        rates = profiles.rates(actor, account.id)
        names = {one.id: one.name for one in parts.store.accounts.below(actor.scope)}
    if not rates:
        console().print(f"{account.name} has entered no rate. Enter one: provd tax set")
        return
    rows = table("for", "category", "percent", "from", "reason", wraps="reason")
    for rate in rates:
        rows.add_row(*_rate(rate, names))
    console().print(rows)


def _rate(rate: TaxRate, names: dict[int, str]) -> tuple[str, ...]:
    whom = names.get(rate.debtor_id, "") if rate.debtor_id else rate.country
    reason = " ".join(part for part in (rate.reason, rate.reason_code) if part)
    return whom, rate.category, f"{rate.percent}", str(rate.valid_from), reason


def _print(page: ProfilePage) -> None:
    out = console()
    if page.profile is None:
        out.print(f"{page.account.name} has no billing profile yet.")
        out.print(f'Enter it: provd profile set "{page.account.name}" --country DE ...')
        return
    rows = table()
    for name, text in _facts(page.profile, page.has_logo):
        rows.add_row(name, text)
    out.print(rows)
    if page.profile.missing and page.account.kind.value != "customer":
        out.print(f"To send invoices it lacks: {', '.join(page.profile.missing)}")


def _facts(made: BillingProfile, has_logo: bool) -> list[tuple[str, str]]:
    """What there is of it, with names for people."""
    party, bank, terms = made.party, made.bank, made.terms
    place = " ".join(part for part in (party.postcode, party.city) if part)
    rows = [
        ("name", party.name),
        ("address", ", ".join((*party.address_lines, *((place,) if place else ())))),
        ("region", party.region),
        ("country", party.country),
        *((_name(key), getattr(party, key)) for key in ("vat_id", "tax_number", "registration")),
        *((_name(key), getattr(party, key)) for key in ("email", "phone", "peppol_id")),
        ("IBAN", bank.iban if bank else ""),
        ("BIC", bank.bic if bank else ""),
        ("bank", bank.name if bank else ""),
        ("account holder", bank.holder if bank else ""),
        ("numbers", f"{made.invoice_numbers.text} and {made.credit_note_numbers.text}"),
        ("debtors pay in", f"{made.days} days"),
        ("charges no tax", made.untaxed),
        ("equal lines", "summed" if made.sums_alike else "each by itself"),
        ("language", made.language),
        ("logo", "yes" if has_logo else ""),
        ("footer", made.footer),
        ("taxed", "" if terms.treatment is TaxTreatment.AUTOMATIC else terms.treatment),
        ("because", terms.reason),
        ("pays in", "" if terms.days is None else f"{terms.days} days"),
        ("buyer reference", terms.buyer_reference),
    ]
    return [(name, text) for name, text in rows if text]


def _name(key: str) -> str:
    return _SHOWN.get(key, key.replace("_", " "))
