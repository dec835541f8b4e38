"""Why the network or TLS failed, for a person: the same words for a SIP server and a web server."""

from __future__ import annotations

import socket
import ssl


def known(error: OSError) -> str:
    """One sentence, empty for what is not one of the usual causes."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    return ""
