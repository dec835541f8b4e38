"""Plans and prices, slots and subscriptions, charges and the ledger.

What is due, and how much, is computed elsewhere; here it is kept, exactly once.
"""

from provd.store.books.audit import Audit, Auditing
from provd.store.books.changes import NewChange
from provd.store.books.charges import Charges, Total
from provd.store.books.closing import Closure
from provd.store.books.credit import CreditStanding
from provd.store.books.holdings import Holdings
from provd.store.books.invoicing import InvoiceSummary, Invoicing, Mail, MailState, Wanted
from provd.store.books.leaseholds import Leaseholds
from provd.store.books.leases import Lease, Leases
from provd.store.books.movements import Movements
from provd.store.books.parking import ParkedAccount, Parking
from provd.store.books.plans import Plans, Tariff
from provd.store.books.requests import Requests, WantedRequests
from provd.store.books.settlements import ChargeCredits, Settlements
from provd.store.books.subscription_lists import SubjectName, SubscriptionLists
from provd.store.books.whole_ledger import WholeLedger

__all__ = [
    "Audit",
    "Books",
    "Closure",
    "CreditStanding",
    "InvoiceSummary",
    "Lease",
    "Mail",
    "MailState",
    "NewChange",
    "ParkedAccount",
    "SubjectName",
    "Tariff",
    "Total",
    "Wanted",
    "WantedRequests",
]


class Books(
    Plans,
    SubscriptionLists,
    Charges,
    Parking,
    Leases,
    Holdings,
    Leaseholds,
    Requests,
    Settlements,
    ChargeCredits,
    Movements,
    Auditing,
    Invoicing,
    WholeLedger,
):
    """All of it, behind one name; Plans bring the Prices, SubscriptionLists the Subscriptions and
    their Changes, Charges the Ledger and the Slots."""
