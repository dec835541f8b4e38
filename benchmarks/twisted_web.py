"""Serves a folder by twisted.web, over the same TLS contexts as provd's own servers.

python -m benchmarks.twisted_web HOST PORT FOLDER CERTIFICATE...
"""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.web.server import Site
from twisted.web.static import File

from provd.servers.tls import CertificateFiles, TlsContexts, TlsFiles


class _Silent(Site):
    """No line for each request: the peers write none either."""

    noisy = False

    def log(self, request: object) -> None:
        """Nothing."""


def main(host: str, port: str, folder: str, *certificates: str) -> None:
    files = [CertificateFiles(chain=Path(one), key=Path(one)) for one in certificates]
    tls = TlsContexts(TlsFiles(files))
    site = _Silent(File(folder))  # type: ignore[no-untyped-call]
    running: object = reactor
    running.listenTCP(  # type: ignore[attr-defined]
        int(port), tls.wrap(site, running), interface=host, backlog=4096
    )
    running.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(*sys.argv[1:])
