"""What accounts have agreed before anything happens: how they stand on invoices, which tax they
take, how far they may go without paying."""

from __future__ import annotations

from provd.billing.credit import BalanceMode, CreditTerms
from provd.devices.account import Account, AccountKind
from provd.scenario.document import AccountPart, DebtorPart
from provd.scenario.world import World, money

_INVENTED = {
    "country": "DE",
    "address_lines": "1 Example Street",
    "postcode": "10115",
    "city": "Berlin",
}
_NUMBER = {"tax_number": "12/345/67890"}
_UNTAXED = {"untaxed": "No tax is shown in this trial"}


def invoiced(world: World, account: Account, given: AccountPart) -> None:
    """Its billing profile and tax rates. Raises InputError."""
    told = {key: _text(value) for key, value in given.profile.items()}
    issues = account.kind is not AccountKind.CUSTOMER
    invented = dict(_INVENTED)
    if issues and "vat_id" not in told:
        invented |= _NUMBER
    if issues and not given.taxes:
        invented |= _UNTAXED
    profiles = world.house.operations.invoicing.profiles
    profiles.save(world.administrator, account.id, invented | told)
    for rate in given.taxes:
        profiles.set_rate(
            world.administrator,
            account.id,
            rate.category,
            rate.percent,
            rate.valid_from,
            country=rate.country,
            debtor=rate.debtor,
            reason=rate.reason,
        )


def on_terms(world: World, account: Account, given: DebtorPart) -> None:
    """A hard account has no service until it has paid. Raises InputError."""
    if given.balance is BalanceMode.HARD:
        terms = CreditTerms(given.balance, money(given.credit_limit, account.currency))
        statements = world.house.operations.statements
        statements.change_terms(world.issuer_for(account), account.id, terms)


def _text(value: str | int | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, list) else str(value)
