"""What the operator decides about the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """`phone_addresses` are the URLs that a phone is given, best first, as
    ("https://prov.example.net/", "tftp://192.0.2.10/"); pages show them as they are.

    `enrolment_window` is how long a window opened by hand stays open. `secure_cookies` is false
    only where the portal is tried over plain HTTP. A session ends after `idle` without a click,
    and after `absolute` whatever happens. `attempts` wrong passwords for one name from one address
    close sign-in there for `pause`.
    """

    phone_addresses: tuple[str, ...] = ()
    enrolment_window: timedelta = timedelta(days=7)
    secure_cookies: bool = True
    idle: timedelta = timedelta(hours=1)
    absolute: timedelta = timedelta(hours=12)
    attempts: int = 5
    pause: timedelta = timedelta(minutes=15)
    form_bytes: int = 256 * 1024
