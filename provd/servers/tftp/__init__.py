"""TFTP for phones (RFC 1350, 1123, 2347, 2348, 2349, 7440).

    packets -> negotiation -> framing -> session    pure: octets and a clock in, octets out
    pages                                           where packets lie in memory, and for how long
    admission, ended, wheel                         pure: who may be sent to; what is due when
    write_session                                   pure: an upload, the other way round
    sockets, transfers, service                     descriptors, the backend, the reactor

It must not know what a file means, who may have it, or what HTTP is.
"""

from provd.servers.tftp.limits import TftpLimits
from provd.servers.tftp.service import TftpServer

__all__ = ["TftpLimits", "TftpServer"]
