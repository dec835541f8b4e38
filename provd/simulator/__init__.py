"""A phone without the phone: walks a vendor's boot sequence over TFTP, HTTP or HTTPS, reads the
files as that vendor's phones do, and reports what came and what it would register; asked to, it
registers that at the SIP servers named there.

The command line, the tests and the fulfilment bench use it. It must not know the server's inside:
no store, no provisioning, no rendering; what it learns, it learns from the wire. It blocks, and
keeps no state between boots, so several may run in threads.
"""

from provd.simulator.boot import boot
from provd.simulator.registering import Registration, SipWay, register
from provd.simulator.report import BootReport, StepResult
from provd.simulator.target import BootServer

__all__ = [
    "BootReport",
    "BootServer",
    "Registration",
    "SipWay",
    "StepResult",
    "boot",
    "register",
]
