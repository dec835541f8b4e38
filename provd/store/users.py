"""Users, and the hashes of their passwords."""

from __future__ import annotations

from provd.devices.account import Role, Scope, User
from provd.store.database import Row
from provd.store.failures import conflict
from provd.store.repository import Repository
from provd.store.scope import not_found, within
from provd.store.tables import Account, PortalUser


class Users(Repository):
    """Who may sign in. Names are unique without regard to case."""

    def create(self, *, account_id: int, name: str, role: Role, password_hash: str) -> User:
        """Raises ConflictError when the name is taken."""
        with conflict("this user name is taken", key="name", remedy="Choose another one"):
            user_id = self._database.insert(
                PortalUser.insert(
                    account_id=account_id,
                    name=name,
                    name_key=name.casefold(),
                    role=role,
                    password_hash=password_hash,
                    session_epoch=0,
                    active=True,
                    returns=False,
                )
            )
        return self.get(user_id)

    def by_name(self, name: str) -> tuple[User, str] | None:
        """The user and the password's hash, inactive users included."""
        query = PortalUser.select().where(PortalUser.name_key == name.casefold())
        row = self._database.row(query)
        return (_user(row), str(row["password_hash"])) if row else None

    def get(self, user_id: int) -> User:
        """Raises NotFoundError."""
        row = self._database.row(PortalUser.select().where(PortalUser.id == user_id))
        if row is None:
            raise not_found("user")
        return _user(row)

    def in_scope(self, scope: Scope) -> list[User]:
        """By name."""
        query = (
            PortalUser.select(PortalUser)
            .join(Account, on=(Account.id == PortalUser.account_id))
            .where(within(self._database, scope, Account.path))
            .order_by(PortalUser.name_key)
        )
        return [_user(row) for row in self._database.rows(query)]

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Ends all of the user's sessions, too."""
        self._change(
            user_id,
            password_hash=password_hash,
            session_epoch=PortalUser.session_epoch + 1,
        )

    def renew_hash(self, user_id: int, password_hash: str) -> None:
        """The same password hashed with today's parameters: sessions go on."""
        self._change(user_id, password_hash=password_hash)

    def set_active(self, user_id: int, active: bool) -> None:
        """Either way, sessions from before end."""
        self._change(user_id, active=active, session_epoch=PortalUser.session_epoch + 1)

    def _change(self, user_id: int, **columns: object) -> None:
        if not self._database.write(PortalUser.update(**columns).where(PortalUser.id == user_id)):
            raise not_found("user")


def _user(row: Row) -> User:
    return User(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        role=Role(row["role"]),
        session_epoch=row["session_epoch"],
        active=bool(row["active"]),
    )
