"""The operations on accounts over one store, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.statement import StatementLine
from provd.devices.account import Account, Role
from provd.operations import Actor
from provd.operations.credit import Credit
from provd.operations.debtors import Debtors
from provd.operations.manual_charges import ChargeForm, ManualCharges
from provd.operations.payments import PaymentForm, Payments
from provd.operations.statements import Statements
from provd.operations.suspension import Suspension
from provd.store import Store
from tests.operations.conftest import Clock
from tests.store.people import People
from tests.store.till import euros

PAID = PaymentForm(euros("25.00"), "bank", "RF18", key="1")
FEE = ChargeForm(euros("30.00"), "Callout", "came on Sunday", key="1")


@dataclass
class Office:
    """The operations over one store, and which phones were told."""

    store: Store
    people: People
    clock: Clock
    told: list[tuple[set[int], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.credit = Credit(self.store, Suspension(self.store), self._tell, self.clock)
        debtors = Debtors(self.store)
        given_ = (self.store, debtors, self.credit, self.clock)
        self.payments = Payments(*given_)
        self.charges = ManualCharges(*given_)
        self.statements = Statements(*given_)
        self.alice = Actor("alice", Role.RESELLER, self.people.alice.id)
        self.root = Actor("root", Role.ADMIN, self.people.provider.id)
        self.baker = self.people.alice_customer.id

    def _tell(self, device_ids: Collection[int], by: str) -> None:
        self.told.append((set(device_ids), by))

    def owed(self, account: Account | int) -> str:
        id_ = account if isinstance(account, int) else account.id
        return self.statements.balance(self.root, id_).owed[0].figures

    def harden(self, limit: str = "0") -> None:
        terms = CreditTerms(BalanceMode.HARD, euros(limit))
        self.statements.change_terms(self.alice, self.baker, terms)

    def suspended(self, account_id: int | None = None) -> bool:
        account = self.store.accounts.get(account_id or self.baker)
        return account.suspended_at is not None

    def lines(self, actor: Actor) -> list[StatementLine]:
        return list(self.statements.statement(actor, self.baker).lines)
