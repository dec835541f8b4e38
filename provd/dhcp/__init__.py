"""What a DHCP server is to tell phones, and how each DHCP server wants that written.

`plan` makes stanzas of what the vendors' folders say; one module for each DHCP server writes them
down. Pure: values in, text out. Nothing here knows a database, an account or a secret.
"""

from provd.dhcp.plan import Family, plan
from provd.dhcp.stanza import Option, Plan, Stanza
from provd.dhcp.writing import WRITERS

__all__ = ["WRITERS", "Family", "Option", "Plan", "Stanza", "plan"]
