"""What people and phones do: sign in, register, quote, stage, ship, boot, bill.

Each operation is one transaction, and the portal, the command line and the jobs all go through the
same ones. Here the domain and the store meet, and here it is decided who may do what. This package
must not know pages, sockets or terminals.
"""

from provd.operations.actor import Actor
from provd.operations.forms import Choices, DeviceForm, LineForm
from provd.operations.importing import CheckedFile
from provd.operations.importing_costs import Cost
from provd.operations.importing_rows import Mistake
from provd.operations.operations import Operations
from provd.operations.views import (
    Boot,
    CustomerRow,
    DevicePage,
    DeviceRow,
    Month,
    OrderDevice,
    OrderRow,
    Page,
    SiteRow,
    Summary,
)
from provd.store.books import Wanted, WantedRequests

__all__ = [
    "Actor",
    "Boot",
    "CheckedFile",
    "Choices",
    "Cost",
    "CustomerRow",
    "DeviceForm",
    "DevicePage",
    "DeviceRow",
    "LineForm",
    "Mistake",
    "Month",
    "Operations",
    "OrderDevice",
    "OrderRow",
    "Page",
    "SiteRow",
    "Summary",
    "Wanted",
    "WantedRequests",
]
