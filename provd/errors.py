"""Every exception that provd raises on purpose, in one tree.

An error carries what its catcher needs: where (file, row, key), what is wrong, and the remedy.
`str(error)` is one sentence for a person. No error text ever holds a secret.

This module knows nothing of the rest of provd.

    ProvdError
    |-- InputError               what somebody gave us is wrong; nothing was changed
    |   |-- MacError             not a MAC address
    |   |-- SettingError         a setting is unknown, or its value is not of its type
    |   |-- ConfigurationError   provd.yaml or its environment override
    |   |-- PluginError          a vendor's folder: file, key, remedy
    |   |-- ConflictError        it exists already
    |   `-- NotFoundError        it does not exist, or is not the asker's to see
    |-- LifecycleError           that arrow does not exist in the device's life cycle
    |-- RenderError              one phone's file can't be made (template, value, model)
    |-- MoneyError               currencies mixed, a ledger transaction that does not balance
    |-- StoreError
    |   |-- StoreUnavailable     the database can't be reached or written; try again later
    |   |-- StoreBroken          it refuses everything (rights, tables, damage) until it is mended
    |   `-- MigrationError       the database is newer than this program, or a migration failed
    |-- MailError                a mail server did not take a message
    |-- PowerError               a switch did not switch a phone's power, or not on again
    |-- SealError                a stored secret can't be opened: wrong key or another row's
    `-- SimulationError          the phone simulator could not walk a boot sequence
"""

from __future__ import annotations


class ProvdError(Exception):
    """The root. Catch it at the edges: command line, portal, a server's request."""


class InputError(ProvdError):
    """Something given from outside is wrong; nothing was changed.

    `where` names the place as a person would ("provd.yaml line 12", "row 7"), `key` the field,
    `remedy` what to do about it. Each may be empty. `further` is what else is wrong with the same
    input, where more was looked at.
    """

    further: tuple[InputError, ...] = ()

    def __init__(self, problem: str, *, where: str = "", key: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.key = key
        self.remedy = remedy
        place = ", ".join(part for part in (where, key) if part)
        text = f"{place}: {problem}" if place else problem
        super().__init__(f"{text}. {remedy}" if remedy else text)


class MacError(InputError):
    """Not a MAC address of one device."""


class SettingError(InputError):
    """A setting is unknown, or its value is not of its type."""


class ConfigurationError(InputError):
    """provd.yaml, or the environment that overrides it, can't be used."""


class PluginError(InputError):
    """A vendor's folder is wrong: `where` is the file, `key` the key in it."""


class ConflictError(InputError):
    """It exists already. `remedy` says what may be done, to those who may know of the other."""


class NotFoundError(InputError):
    """It does not exist, or whoever asks may not see it: the two read the same on purpose."""


class LifecycleError(ProvdError):
    """The device's life cycle has no such arrow."""


class RenderError(ProvdError):
    """One phone's file can't be made; other phones are not affected.

    `where` is the template's file and line, when the template is to blame.
    """

    def __init__(self, problem: str, *, where: str = "") -> None:
        self.problem = problem
        self.where = where
        super().__init__(f"{where}: {problem}" if where else problem)


class MoneyError(ProvdError):
    """Amounts that must not meet: two currencies, or a transaction that does not sum to zero."""


class StoreError(ProvdError):
    """The database."""


class StoreUnavailable(StoreError):
    """The database can't be reached or written just now; the same call may succeed later."""


class StoreBroken(StoreError):
    """The database refuses whatever is asked of it: rights were taken away, tables are missing, its
    file is damaged. Somebody must mend it; until then what is to be written must be kept."""


class MigrationError(StoreError):
    """The database is newer than this program, or a migration failed; the backup is named."""


class MailError(ProvdError):
    """A mail server did not take a message; `permanent` is whether it never will."""

    def __init__(self, problem: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(problem)


class PowerError(ProvdError):
    """A switch did not do what a phone's power needs; the text says whether the port may be off."""


class SealError(ProvdError):
    """A stored secret can't be opened: another key sealed it, or it was moved between rows."""


class SimulationError(ProvdError):
    """The phone simulator could not walk the boot sequence to its end."""
