"""An amount with its currency. It is exact until somebody asks for it `rounded()`.

No result depends on the thread's decimal context: sums and products run in a context of our own
that refuses to lose a digit, fractions and rounding in integers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import overload

from provd.billing.currency import minor_digits
from provd.errors import MoneyError

_MICRO_DIGITS = 6
_LARGEST_STORED = 2**63 - 1  # what a database's integer column holds
_MOST_DIGITS = 60  # on either side of the point: a typing error ends here, not in the arithmetic
_EXACT = Context(
    prec=4 * _MOST_DIGITS + 2,
    rounding=ROUND_HALF_UP,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[Inexact, InvalidOperation, Overflow],
)
_ROUNDING = Context(prec=_EXACT.prec, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True)
class Money:
    """A decimal amount in an ISO 4217 currency; it may be finer than can be paid.

    Raises MoneyError for a currency that does not exist, for NaN and infinity, and wherever two
    currencies meet. Two amounts are equal when they are worth the same: 12.0 EUR is 12.00 EUR.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if not self.amount.is_finite() or not _sensible(self.amount):
            raise MoneyError(f"{self.amount} is not an amount of money")
        if self.amount.is_zero() and self.amount.is_signed():
            object.__setattr__(self, "amount", self.amount.copy_abs())

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @classmethod
    def from_micros(cls, micros: int, currency: str) -> Money:
        """The reverse of `micros`."""
        return cls(_decimal(micros, _MICRO_DIGITS), currency)

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum of any number of amounts, none included; all must be in `currency`."""
        total = cls.zero(currency)
        for amount in amounts:
            total += amount
        return total

    @property
    def micros(self) -> int:
        """Millionths of the currency's unit, as the database keeps them.

        Raises MoneyError when the amount is finer than that, or too large for 64 bits.
        """
        scaled = self.amount.scaleb(_MICRO_DIGITS, context=_EXACT)
        micros = int(scaled)
        if micros != scaled:
            raise MoneyError(f"{self} is finer than a millionth of its unit")
        if abs(micros) > _LARGEST_STORED:
            raise MoneyError(f"{self} is more than can be stored")
        return micros

    @property
    def figures(self) -> str:
        """The amount without its currency, "12.34": every digit it has, and never fewer than the
        minor unit's; no exponent, no thousands separator."""
        exponent = self.amount.normalize(_EXACT).as_tuple().exponent
        finest = max(minor_digits(self.currency), -int(exponent))
        return f"{self.amount.quantize(_decimal(1, finest), context=_EXACT):f}"

    def rounded(self) -> Money:
        """To the currency's minor unit, halves away from zero (ROUND_HALF_UP)."""
        unit = _decimal(1, minor_digits(self.currency))
        amount = self.amount.quantize(unit, context=_ROUNDING)
        return Money(amount, self.currency)

    def __add__(self, other: Money) -> Money:
        _same_currency(self, other)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        _same_currency(self, other)
        return Money(_EXACT.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    @overload
    def __mul__(self, factor: Decimal | int) -> Money: ...
    @overload
    def __mul__(self, factor: Fraction) -> Unrounded: ...
    def __mul__(self, factor: Decimal | int | Fraction) -> Money | Unrounded:
        if isinstance(factor, Fraction):
            return Unrounded(Fraction(self.amount) * factor, self.currency)
        return Money(_EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    def __str__(self) -> str:
        return f"{self.figures} {self.currency}"


@dataclass(frozen=True, slots=True)
class Unrounded:
    """Money times a fraction: 12.00 EUR x 9/31 has no last decimal digit. Exact; it becomes Money
    only by being rounded, so nothing can be rounded twice."""

    amount: Fraction
    currency: str

    def __add__(self, other: Unrounded) -> Unrounded:
        _same_currency(self, other)
        return Unrounded(self.amount + other.amount, self.currency)

    def __mul__(self, factor: Fraction | int) -> Unrounded:
        return Unrounded(self.amount * factor, self.currency)

    def rounded(self) -> Money:
        """To the currency's minor unit, halves away from zero (ROUND_HALF_UP)."""
        digits = minor_digits(self.currency)
        doubled = 2 * abs(self.amount) * 10**digits
        units = int(doubled + 1) // 2
        return Money(_decimal(units if self.amount >= 0 else -units, digits), self.currency)


def _same_currency(one: Money | Unrounded, other: Money | Unrounded) -> None:
    if one.currency != other.currency:
        raise MoneyError(f"{one.currency} and {other.currency} can't be added or compared")


def _sensible(amount: Decimal) -> bool:
    exponent = int(amount.as_tuple().exponent)
    return exponent >= -_MOST_DIGITS and amount.adjusted() < _MOST_DIGITS


def _decimal(units: int, digits: int) -> Decimal:
    """`units` / 10**`digits`, without a context."""
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -digits))
