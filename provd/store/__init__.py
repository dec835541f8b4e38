"""Tables, queries, migrations. Rows never leave this package; frozen dataclasses do.

One code base on SQLite and PostgreSQL. Whatever people read is asked for with a `Scope`, so that
nobody sees an account beside their own tree. This package must not know protocols, templates,
pages, or when a charge is due.
"""

from provd.devices.account import Scope
from provd.store.copy_store import CopyStore
from provd.store.generation import Generation, UnsharedGeneration
from provd.store.store import Store

__all__ = ["CopyStore", "Generation", "Scope", "Store", "UnsharedGeneration"]
