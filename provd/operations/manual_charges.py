"""Charges and credits that a person enters, with a reason."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from provd.billing.charge import Charge
from provd.billing.ledger import post
from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Cause
from provd.billing.tax_category import TaxCategory
from provd.devices.account import AccountKind
from provd.devices.text import one_line
from provd.errors import ConflictError, InputError, NotFoundError
from provd.operations.actor import Actor
from provd.operations.credit import Credit, Effect
from provd.operations.debtors import Debtor, Debtors
from provd.operations.payments import LONGEST_NOTE
from provd.store import Store

log = structlog.get_logger()

CAUSE = "manual"


@dataclass(frozen=True, slots=True)
class ChargeForm:
    """What somebody enters. `text` is the invoice's line, `reason` is for the books. A credit that
    gives back something of another charge has its key in `credits`, and its tax category. `key`
    names this entry: the same key again changes nothing; empty: it is a new one each time."""

    amount: Money
    text: str
    reason: str
    tax_category: TaxCategory = TaxCategory.STANDARD
    credits: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """`charge` is what would be charged. `known` is what is there already, where the key was used
    before: nothing would be done. `effect` is None then, and for another currency than the
    account's own, which suspends nobody."""

    charge: Charge
    known: Charge | None
    effect: Effect | None


class ManualCharges:
    """For the issuer's people alone: the provider charges its resellers and its own customers, a
    reseller its customers."""

    def __init__(
        self, store: Store, debtors: Debtors, credit: Credit, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._debtors = debtors
        self._credit = credit
        self._clock = clock

    def charge(self, actor: Actor, account_id: int, form: ChargeForm) -> tuple[Charge, bool]:
        """The charge, and whether it is new. Raises InputError; ConflictError where the key names
        another one."""
        debtor = self._debtors.posting(actor, account_id)
        return self._enter(actor, debtor, self._charge(actor, debtor, form), None)

    def credit(self, actor: Actor, account_id: int, form: ChargeForm) -> tuple[Charge, bool]:
        """A charge that gives `form.amount` back. As `charge`; raises InputError where it would
        give back more than is left of the charge that it credits."""
        debtor = self._debtors.posting(actor, account_id)
        return self._enter(actor, debtor, *self._credit_of(actor, debtor, form))

    def preview(self, actor: Actor, account_id: int, form: ChargeForm) -> Preview:
        """What `charge` would do. Raises what it would raise."""
        debtor = self._debtors.posting(actor, account_id)
        return self._preview(debtor, self._charge(actor, debtor, form), None)

    def preview_credit(self, actor: Actor, account_id: int, form: ChargeForm) -> Preview:
        """What `credit` would do. Raises what it would raise."""
        debtor = self._debtors.posting(actor, account_id)
        return self._preview(debtor, *self._credit_of(actor, debtor, form))

    def _preview(self, debtor: Debtor, made: Charge, credited: Charge | None) -> Preview:
        if known := self._store.books.charge(made.key):
            return Preview(_same(known, made), known, None)
        if credited:
            self._check_left(credited, made)
        return Preview(made, None, self._credit.effect(debtor.account, made.amount))

    def _credit_of(
        self, actor: Actor, debtor: Debtor, form: ChargeForm
    ) -> tuple[Charge, Charge | None]:
        credited = self._credited(debtor, form)
        if credited:
            text = form.text or f"Credit: {credited.text}"
            form = replace(form, tax_category=credited.tax_category, text=text)
        made = self._charge(actor, debtor, form)
        return replace(made, amount=-made.amount), credited

    def _enter(
        self, actor: Actor, debtor: Debtor, made: Charge, credited: Charge | None
    ) -> tuple[Charge, bool]:
        books = self._store.books
        with self._store.transaction():
            books.hold_to_post(debtor.account.id)
            self._store.accounts.hold_open([debtor.account.id])
            if known := books.charge(made.key):
                return _same(known, made), False
            if credited:
                self._check_left(credited, made)
            books.insert_charges([made], [post(made)])
            if credited:
                books.add_credit(made.key, credited.key)
            self._credit.settle([debtor.account.id], actor.name)
        log.info(
            "charged_by_hand", account=debtor.account.id, amount=str(made.amount), by=actor.name
        )
        return made, True

    def _charge(self, actor: Actor, debtor: Debtor, form: ChargeForm) -> Charge:
        if form.amount.amount <= 0 or form.amount.rounded() != form.amount:
            raise InputError(
                f"{form.amount} can't be charged", key="amount", remedy="Write more than 0"
            )
        key, now = form.key or secrets.token_hex(8), self._clock()
        wholesale = debtor.account.kind is AccountKind.RESELLER
        return Charge(
            key=f"manual:{debtor.issuer.id}:{_needed(key, 'key', 200)}",
            subscription_id=None,
            slot_id=None,
            side=Side.WHOLESALE if wholesale else Side.RETAIL,
            fee_id=None,
            kind=FeeKind.MANUAL,
            text=_needed(form.text, "text", 120),
            period=None,
            amount=form.amount.rounded(),
            issuer_id=debtor.issuer.id,
            debtor_id=debtor.account.id,
            due_at=now,
            cause=Cause.by_person(
                key, CAUSE, now, actor.name, _needed(form.reason, "reason", LONGEST_NOTE)
            ),
            calculation="entered by hand",
            tax_category=form.tax_category,
        )

    def _credited(self, debtor: Debtor, form: ChargeForm) -> Charge | None:
        if not form.credits:
            return None
        found = self._store.books.charge(form.credits)
        theirs = (debtor.issuer.id, debtor.account.id)
        if found is None or (found.issuer_id, found.debtor_id) != theirs:
            raise NotFoundError(
                f"{debtor.account.name} has no charge “{form.credits[:60]}”", key="credits"
            )
        if found.amount.currency != form.amount.currency:
            raise InputError(
                f"the charge “{found.text}” is in {found.amount.currency}", key="amount",
                remedy=f"Credit an amount in {found.amount.currency}",
            )  # fmt: skip
        return found

    def _check_left(self, credited: Charge, made: Charge) -> None:
        left = self._store.books.left_of(credited)
        if (left + made.amount).amount < 0:
            raise InputError(
                f"{left} is left of the charge “{credited.text}”, less than {-made.amount}",
                key="amount",
            )


def _same(known: Charge, made: Charge) -> Charge:
    """The one that is there, where it says the same, whoever entered it when."""
    if replace(made, due_at=known.due_at, cause=known.cause) != known:
        raise ConflictError(
            f"the key “{made.key}” names another charge: {known.text}, {known.amount}",
            key="key",
            remedy="Choose another key",
        )
    return known


def _needed(text: str, key: str, longest: int) -> str:
    found = one_line(text, key, longest=longest)
    if not found:
        raise InputError("it is needed", key=key)
    return found
