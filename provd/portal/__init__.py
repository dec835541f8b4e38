"""The pages that people use: resellers, their customers, the fulfilment house and the provider.

Server-rendered Flask, whole without JavaScript and quicker with it. This package must not know
tables, SQL, Twisted or templates of phones: what people do it hands to `provd.operations`, and who
may see what is decided there. The portal hides what a role has no use for; it never is the only
guard.
"""

from provd.portal.application import create_app
from provd.portal.settings import PortalSettings

__all__ = ["PortalSettings", "create_app"]
