"""The servers that people would use instead, serving the same bytes as plain files.

Debian's packages are downloaded and unpacked beside this module, not installed: nothing of them is
started at boot, and those that exclude each other stand side by side.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loads import Endpoint
from benchmarks.processes import (
    HOST,
    BenchmarkError,
    Server,
    accepts,
    free_port,
    is_bound,
)

FOLDER = Path(__file__).resolve().parent / ".peers"
PACKAGES = (
    *("dnsmasq-base", "tftpd-hpa", "atftpd", "nginx"),
    # What they are linked with, as far as a small Debian may lack it.
    *("libwrap0", "libnsl2", "libtirpc3", "libnetfilter-conntrack3", "libnfnetlink0"),
    *("libnftables1", "libnftnl11", "libmnl0", "libjansson4", "libedit2", "libxtables12"),
    *("libdbus-1-3", "libgmp10", "libhogweed6", "libnettle8", "libidn2-0", "libunistring2"),
    *("libpcre2-8-0", "libbsd0", "libmd0"),
)
DNSMASQ_HOST = "127.77.0.1"
"""dnsmasq serves TFTP on port 69 and no other; an address that nobody else uses keeps it apart."""


@dataclass(frozen=True, slots=True)
class Served:
    """What peers serve: a folder that everybody may read, and the daemon's certificates."""

    files: Path
    logs: Path
    ecdsa: Path
    rsa: Path


def fetch() -> None:
    """Downloads and unpacks what is not there yet. Raises BenchmarkError without apt."""
    root = FOLDER / "root"
    if (root / "complete").exists():
        return
    archives = FOLDER / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "-qq", "download", *PACKAGES], archives)
        for archive in sorted(archives.glob("*.deb")):
            _run(["dpkg", "-x", str(archive), str(root)], archives)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"the peers can't be fetched from Debian: {error}") from error
    (root / "complete").touch()


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _start(name: str, program: str, options: list[str], served: Served) -> Server:
    root = FOLDER / "root"
    triplet = f"{os.uname().machine}-linux-gnu"
    libraries = f"{root}/usr/lib/{triplet}:{root}/lib/{triplet}"
    command = [str(root / "usr/sbin" / program), *options]
    return Server(name, command, served.logs / f"{name}.log", {"LD_LIBRARY_PATH": libraries})


def dnsmasq(served: Served) -> tuple[Server, Endpoint]:
    """Needs root, for port 69."""
    if os.geteuid() != 0:
        raise BenchmarkError("dnsmasq serves TFTP on port 69 only, which takes root")
    server = _start(
        "dnsmasq",
        "dnsmasq",
        [
            *("--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--port=0"),
            *(f"--listen-address={DNSMASQ_HOST}", "--bind-interfaces", "--user=nobody"),
            *("--enable-tftp", f"--tftp-root={served.files}", "--tftp-max=20000"),
            *("--quiet-tftp", "--log-facility=/dev/null"),
        ],
        served,
    )
    server.wait_until(lambda: is_bound(69, DNSMASQ_HOST))
    return server, Endpoint(DNSMASQ_HOST, 69)


def tftpd_hpa(served: Served) -> tuple[Server, Endpoint]:
    port = _udp_port()
    options = ["--foreground", "--address", f"{HOST}:{port}"]
    if os.geteuid() == 0:  # it changes its root, which nobody else may
        options += ["--secure", "--user", "nobody"]
    server = _start("tftpd-hpa", "in.tftpd", [*options, str(served.files)], served)
    server.forgets_children = True  # it forks for each transfer and ignores SIGCHLD
    server.wait_until(lambda: is_bound(port))
    return server, Endpoint(HOST, port)


def atftpd(served: Served) -> tuple[Server, Endpoint]:
    port = _udp_port()
    options = ["--daemon", "--no-fork", "--port", str(port), "--bind-address", HOST]
    options += ["--maxthread", "20000", "--logfile", "/dev/null", "--verbose=0"]
    options += ["--user", "nobody", "--group", "nogroup"] if os.geteuid() == 0 else []
    server = _start("atftpd", "atftpd", [*options, str(served.files)], served)
    server.wait_until(lambda: is_bound(port))
    return server, Endpoint(HOST, port)


_NGINX = """
daemon off; master_process off; worker_rlimit_nofile 65536; pid {logs}/nginx.pid;
error_log {logs}/nginx-errors.log;
events {{ worker_connections 16384; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
    open_file_cache max=20000; open_file_cache_valid 600s;
    client_body_temp_path {logs}/n1; proxy_temp_path {logs}/n2; fastcgi_temp_path {logs}/n3;
    uwsgi_temp_path {logs}/n4; scgi_temp_path {logs}/n5;
    server {{
        listen {host}:{port} ssl backlog=4096;
        root {files};
        ssl_certificate {ecdsa}; ssl_certificate_key {ecdsa};
        ssl_certificate {rsa}; ssl_certificate_key {rsa};
        ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;
        ssl_session_tickets on; ssl_session_timeout 2h;
    }}
}}
"""


def nginx(served: Served) -> tuple[Server, Endpoint]:
    """One process, tickets on as provd has them, no access log."""
    port = free_port()
    configuration = served.logs / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            host=HOST,
            port=port,
            files=served.files,
            logs=served.logs,
            ecdsa=served.ecdsa,
            rsa=served.rsa,
        )
    )
    server = _start("nginx", "nginx", ["-c", str(configuration), "-p", str(served.logs)], served)
    server.wait_until(lambda: accepts(port))
    return server, Endpoint(HOST, port)


def twisted_web(served: Served) -> tuple[Server, Endpoint]:
    port = free_port()
    clone = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "benchmarks.twisted_web", HOST, str(port)]
    command += [str(served.files), str(served.ecdsa), str(served.rsa)]
    log = served.logs / "twisted.web.log"
    server = Server("twisted.web", command, log, {"PYTHONPATH": str(clone)})
    server.wait_until(lambda: accepts(port))
    return server, Endpoint(HOST, port)


STARTERS: dict[str, Callable[[Served], tuple[Server, Endpoint]]] = {
    "dnsmasq": dnsmasq,
    "tftpd-hpa": tftpd_hpa,
    "atftpd": atftpd,
    "nginx": nginx,
    "twisted.web": twisted_web,
}


def _udp_port() -> int:
    return free_port(socket.SOCK_DGRAM)
