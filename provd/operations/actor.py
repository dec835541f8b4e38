"""Who does it, and whether that role may."""

from __future__ import annotations

from dataclasses import dataclass

from provd.devices.account import Role, Scope
from provd.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting: a signed-in user, or the operator at the command line. What is not in the
    actor's scope does not exist for the actor."""

    name: str
    role: Role
    account_id: int

    @property
    def scope(self) -> Scope:
        return Scope(self.account_id)

    @property
    def sees_wholesale(self) -> bool:
        return self.role in {Role.ADMIN, Role.RESELLER}

    @property
    def sees_prices(self) -> bool:
        return self.role is not Role.FULFILMENT

    @property
    def manages_devices(self) -> bool:
        return self.role in {Role.ADMIN, Role.RESELLER}

    def must_be(self, *roles: Role) -> None:
        """Raises NotFoundError: what a role may not do does not exist for it, so that a refusal
        tells nothing."""
        if self.role not in roles:
            raise NotFoundError("there is no such page for you")
