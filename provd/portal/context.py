"""What the pages share: the operations, the settings, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g

from provd.devices.account import User
from provd.operations import Actor, Operations
from provd.portal.sealing import SealedFields
from provd.portal.server import Server
from provd.portal.sessions import EndedSessions
from provd.portal.settings import PortalSettings
from provd.portal.throttle import Throttle

EXTENSION = "provd"


@dataclass(frozen=True, slots=True)
class Portal:
    """One application's parts; `clock` gives aware UTC times."""

    operations: Operations
    settings: PortalSettings
    clock: Callable[[], datetime]
    sealed: SealedFields
    throttle: Throttle
    ended: EndedSessions
    server: Server | None = None


def portal() -> Portal:
    return cast(Portal, current_app.extensions[EXTENSION])


def operations() -> Operations:
    return portal().operations


def signed_in() -> User | None:
    """The user of this request, None when nobody is signed in. Set once by `access`."""
    return cast("User | None", g.get("user"))


def actor() -> Actor:
    """The signed-in user as the operations know one; only pages behind sign-in call this."""
    user = signed_in()
    if user is None:
        raise RuntimeError("a page without a signed-in user asked for its actor")
    return Actor(name=user.name, role=user.role, account_id=user.account_id)
