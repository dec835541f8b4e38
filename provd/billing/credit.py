"""How long an account goes on: by what it has paid in advance, or on trust."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from provd.billing.money import Money
from provd.errors import MoneyError


class BalanceMode(enum.StrEnum):
    """A HARD account is suspended when its credit is used up; a SOFT one goes on."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """`limit` is how far a HARD account may go below zero, in its own currency; zero is usual.

    Raises MoneyError for a negative limit.
    """

    mode: BalanceMode
    limit: Money

    def __post_init__(self) -> None:
        if self.limit.amount < 0:
            raise MoneyError(f"a credit limit of {self.limit} is negative")

    def available(self, owed: Money) -> Money:
        """What is left before a HARD account is suspended. `owed` is what stands on the account at
        its issuer: negative where it has paid in advance."""
        return self.limit - owed

    def suspends(self, owed: Money) -> bool:
        """At zero already: a HARD account that has never paid is suspended until it does."""
        return self.mode is BalanceMode.HARD and self.available(owed).amount <= 0
