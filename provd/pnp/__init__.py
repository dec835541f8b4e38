"""SIP plug-and-play: phones that ask the LAN by multicast where their files are.

    phone -> 224.0.1.75:5060   SUBSCRIBE sip:MAC%3a001565aabbcc@224.0.1.75, Event: ua-profile;...
    provd -> phone             200 OK, Expires: 0
    provd -> phone             NOTIFY with Content-Type: application/url, the URL its whole body
    phone -> provd             200 OK; then it fetches the URL

Nobody proves anything in it: whoever is in the LAN can ask, and can answer. So the URL is one that
everybody may know, without any token. Who may be told is decided elsewhere; here that is a function
from a MAC and an address to a URL. This package knows no database and no vendor.
"""

from provd.pnp.announcement import Announcement
from provd.pnp.server import PnpServer

__all__ = ["Announcement", "PnpServer"]
