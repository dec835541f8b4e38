"""Months as bars: what an account charged, and what it was charged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provd.billing.money import Money
from provd.operations.views import MonthFigures
from provd.portal.charts import HEIGHT, nice


@dataclass(frozen=True, slots=True)
class MonthBars:
    """One month; `revenue` and `cost` are the heights of its two bars, in the chart's units. What
    is below zero, since more was given back than charged, has no bar: the table tells it."""

    figures: MonthFigures
    revenue: float
    cost: float

    @property
    def first(self) -> date:
        return date(self.figures.year, self.figures.month, 1)


@dataclass(frozen=True, slots=True)
class MoneyChart:
    """`top` is the amount at the upper edge, in whole units of the currency."""

    bars: tuple[MonthBars, ...]
    top: int
    currency: str

    @property
    def empty(self) -> bool:
        """Whether nothing was charged in all this time."""
        return not any(
            money.amount for bar in self.bars for money in (bar.figures.revenue, bar.figures.cost)
        )

    @property
    def total(self) -> MonthFigures:
        """Of all months; `year` and `month` are the last one's."""
        last = self.bars[-1].figures
        revenue, cost = (
            Money.sum(some, self.currency)
            for some in (
                [bar.figures.revenue for bar in self.bars],
                [bar.figures.cost for bar in self.bars],
            )
        )
        return MonthFigures(last.year, last.month, revenue, cost)


def money_chart(months: Sequence[MonthFigures]) -> MoneyChart:
    """Of at least one month, all in one currency."""
    amounts = [money.amount for one in months for money in (one.revenue, one.cost)]
    top = nice(float(max(amounts)))
    bars = tuple(
        MonthBars(one, _height(one.revenue, top), _height(one.cost, top)) for one in months
    )
    return MoneyChart(bars, top, months[0].revenue.currency)


def _height(money: Money, top: int) -> float:
    return round(float(max(money.amount, Decimal(0))) / top * HEIGHT, 2)
