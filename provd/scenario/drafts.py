"""From a plan as a file tells it to one that can be made, also for `provd plan add --file`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeTerms, LeaseTerms, Plan
from provd.devices.account import Account
from provd.scenario.document import FeePart, PlanPart, TermsPart

_USUAL = FeeTerms(Cycle.CALENDAR, Interval.MONTH, Timing.ADVANCE)


def draft_of(given: PlanPart, owner: Account, shared_with: Collection[int]) -> Plan:
    """Its fees stand in the file's order, their ids count for nothing. Raises InputError."""
    terms = _terms(given, _USUAL)
    return Plan(
        id=0,
        owner_id=owner.id,
        name=given.name,
        currency=given.currency or owner.currency,
        starts_on=given.starts_on,
        cycle=terms.cycle,
        interval=terms.interval,
        timing=terms.timing,
        prorate_first=terms.prorate_first,
        prorate_last=terms.prorate_last,
        fees=tuple(_fee(number, fee, terms) for number, fee in enumerate(given.fees)),
        role=given.role,
        subject=given.subject,
        repeatable=given.repeatable,
        trial_days=given.trial_days,
        wholesale_trial=given.wholesale_trial,
        lease=LeaseTerms(**given.lease.model_dump()),
        sharing=given.sharing,
        shared_with=frozenset(shared_with),
        sold_from=given.sold_from,
        sold_until=given.sold_until,
    )


def _terms(given: TermsPart, usual: FeeTerms) -> FeeTerms:
    told = {name: getattr(given, name) for name in TermsPart.model_fields}
    return replace(usual, **{name: one for name, one in told.items() if one is not None})


def _fee(number: int, given: FeePart, usual: FeeTerms) -> Fee:
    terms = _terms(given, usual)
    return Fee(
        id=number,
        kind=given.kind,
        name=given.name,
        recurring=given.recurs,
        tax_category=given.tax,
        terms=None if terms == usual else terms,
        runs_suspended=given.goes_on_suspended,
    )
