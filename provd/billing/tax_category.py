"""How what a fee stands for is taxed, whoever buys it."""

from __future__ import annotations

import enum


class TaxCategory(enum.StrEnum):
    """Of a fee. That the buyer owes the tax instead (reverse charge) is no matter of the fee's."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    EXEMPT = "exempt"
