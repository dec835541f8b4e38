"""One setting: a row of the neutral vocabulary, and how a value is checked where it is given."""

from __future__ import annotations

from dataclasses import dataclass

from provd.devices.kinds import Kind
from provd.errors import SettingError


@dataclass(frozen=True, slots=True)
class Setting:
    """One row. `doc` is for people who choose a value. What is not `for_phones` tells provd how to
    treat them, and reaches no template."""

    key: str
    kind: Kind
    doc: str
    for_phones: bool = True

    @property
    def variable(self) -> str:
        """Its name in a vendor's templates: time.zone is time_zone."""
        return self.key.replace(".", "_")

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def check(self, value: object, *, where: str = "") -> object:
        """The value as it is kept (lists as tuples, passwords as Secret); None stays None.

        Raises SettingError with key and remedy; `where` is the file or layer for its text.
        """
        if value is None:
            return None
        try:
            return self.kind.check(value)
        except ValueError as error:
            raise SettingError(
                str(error), where=where, key=self.key, remedy=self.kind.wanted
            ) from None
