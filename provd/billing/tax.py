"""Which tax a line bears, and how much that is: once for each category of an invoice.

Rates are what the issuer has entered; provd knows no country's. The codes are those of EN 16931:
UNCL5305 for categories, VATEX for the reasons why there is none.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from provd.billing.money import Money
from provd.billing.tax_category import TaxCategory
from provd.errors import MoneyError


class TaxCode(enum.StrEnum):
    """UNCL5305, as far as services need it: at a rate above zero (standard or reduced), zero rated,
    exempt, owed by the buyer, outside the scope of the tax."""

    RATED = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True)
class Taxation:
    """How a line is taxed. `percent` is 19 for 19 %; `reason` tells in words why there is no tax,
    `reason_code` as VATEX does; both are empty where there is one.

    Raises MoneyError for a rate that does not go with its code.
    """

    category: TaxCategory
    code: TaxCode
    percent: Decimal
    reason: str = ""
    reason_code: str = ""

    def __post_init__(self) -> None:
        rated = self.code is TaxCode.RATED
        if not self.percent.is_finite() or not 0 <= self.percent < 100:
            raise MoneyError(f"{self.percent} % is not a rate of tax")
        if rated != (self.percent > 0):
            raise MoneyError(f"{self.percent} % does not go with the tax category {self.code}")
        if self.code in _NEED_REASON and not (self.reason or self.reason_code):
            raise MoneyError(f"the tax category {self.code} needs a reason")

    @property
    def key(self) -> tuple[TaxCode, Decimal]:
        """Lines that share it make one row of an invoice's taxes, as BR-S-08 and its like ask."""
        return self.code, self.percent


_NEED_REASON = frozenset({TaxCode.EXEMPT, TaxCode.REVERSE_CHARGE, TaxCode.OUT_OF_SCOPE})


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What all lines of one taxation come to, and the tax on that sum."""

    taxation: Taxation
    base: Money
    tax: Money


def tax_on(base: Money, percent: Decimal) -> Money:
    """Rounded once, halves away from zero."""
    return (base * (Fraction(percent) / 100)).rounded()


def tax_rows(amounts: Iterable[tuple[Taxation, Money]], currency: str) -> tuple[TaxRow, ...]:
    """One row for each taxation among the lines' amounts, by code, the highest rate first."""
    return tuple(
        TaxRow(taxation, base, tax_on(base, taxation.percent))
        for taxation, base in bases(amounts, currency)
    )


def bases(amounts: Iterable[tuple[Taxation, Money]], currency: str) -> list[tuple[Taxation, Money]]:
    """The sum of the lines of each taxation, in the order of `tax_rows`."""
    groups: dict[tuple[TaxCode, Decimal], list[tuple[Taxation, Money]]] = {}
    for taxation, amount in amounts:
        groups.setdefault(taxation.key, []).append((taxation, amount))
    order = sorted(groups, key=lambda key: (list(TaxCode).index(key[0]), -key[1]))
    return [
        (
            _merged([taxation for taxation, _ in groups[key]]),
            Money.sum((amount for _, amount in groups[key]), currency),
        )
        for key in order
    ]


def _merged(taxations: list[Taxation]) -> Taxation:
    """One for all: there may be but one row for each code and rate, whatever the reasons."""
    first = min(taxations, key=lambda one: list(TaxCategory).index(one.category))
    codes = {one.reason_code for one in taxations}
    return Taxation(
        category=first.category,
        code=first.code,
        percent=first.percent,
        reason="; ".join(dict.fromkeys(one.reason for one in taxations if one.reason)),
        reason_code=codes.pop() if len(codes) == 1 else "",
    )
