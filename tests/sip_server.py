"""A real SIP server for tests: Debian's Kamailio, on loopback, with ports and a folder of its own.

It registers phones with digest credentials, lets NOTIFY through from those who show some, and knows
nothing of provd.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from provd.sip.carrying import Carrier, Peer
from tests.servers.certificates import ec_key, signed, write

HOST, NAME = "127.0.0.1", "localhost"
REALM = "pbx.test"
USERS = {
    **{user: f"ph0ne-{user}" for user in ("100", "101", "102", "103")},
    "provd": 'pr0vd; "it\'s"',
}
"""103's registrations are not listed, as by a server that only forwards."""
_MODULES = sorted(Path("/usr/lib").glob("*/kamailio/modules"))
_TRIES = 3
_REMEDY = (
    "these tests need a real SIP server. Remedy: apt-get install kamailio kamailio-tls-modules"
)

_CONFIGURATION = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
tcp_accept_no_cl=yes
enable_tls=yes
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
listen=tls:{host}:{tls_port}
mpath="{modules}/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "htable.so"
loadmodule "tls.so"
modparam("tls", "private_key", "{folder}/server.key")
modparam("tls", "certificate", "{folder}/server.pem")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("usrloc", "db_mode", 0)
{digest}
modparam("htable", "htable", "users=>size=4;")
event_route[htable:mod-init] {{
{users}
}}
request_route {{
  if (method == "REGISTER") {{
    if ($tU == "103" && $hdr(Contact) == $null) {{
      sl_send_reply("405", "Method Not Allowed");
      exit;
    }}
    if (!pv_www_authenticate("{realm}", "$sht(users=>$au)", "0")) {{
      www_challenge("{realm}", "1");
      exit;
    }}
    if ($au != $tU) {{ sl_send_reply("403", "Not yours"); exit; }}
    save("location");
    exit;
  }}
  if (!pv_proxy_authenticate("{realm}", "$sht(users=>$au)", "0")) {{
    proxy_challenge("{realm}", "1");
    exit;
  }}
  consume_credentials();
  loose_route();
  if (uri == myself && !lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
  t_relay();
}}
"""


@dataclass(frozen=True, slots=True)
class SipServer:
    """Users and passwords are USERS. `ca_file` is whom TLS clients trust."""

    port: int
    tls_port: int
    ca_file: Path

    def peer(self, carrier: Carrier = Carrier.UDP) -> Peer:
        if carrier is Carrier.TLS:
            return Peer(carrier, NAME, self.tls_port)  # the name in its certificate
        return Peer(carrier, HOST, self.port)

    @property
    def domain(self) -> str:
        return f"{HOST}:{self.port}"


@contextlib.contextmanager
def sip_server(
    folder: Path, algorithm: str = "", users: Mapping[str, str] = USERS
) -> Iterator[SipServer]:
    """Starts one that ends with the block."""
    program = shutil.which("kamailio")
    if program is None or not _MODULES or not (_MODULES[-1] / "tls.so").exists():
        raise RuntimeError(_REMEDY)
    authority = signed("SIP authority", ec_key())
    write(folder, "authority", authority)
    write(folder, "server", signed("sip", ec_key(), authority, NAME))
    process, ports = _started(program, folder, algorithm, users)
    try:
        yield SipServer(*ports, folder / "authority.pem")
    finally:
        process.terminate()
        process.wait(10)


def _started(
    program: str, folder: Path, algorithm: str, users: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], tuple[int, int]]:
    """A port that was free may be taken a moment later: then on others."""
    for _ in range(_TRIES):
        ports = _free_port(), _free_port()
        configuration = folder / "kamailio.cfg"
        configuration.write_text(_filled(folder, algorithm, users, *ports))
        command = [program, "-f", str(configuration), "-DD", "-E", "-m", "64", "-M", "8"]
        command += ["-Y", str(folder), "-P", str(folder / "pid")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if _listens(process, *ports):
            return process, ports
        process.kill()
        process.wait(10)
    raise RuntimeError(f"Kamailio did not start: {(folder / 'log').read_text()[-2000:]}")


def _filled(
    folder: Path, algorithm: str, users: Mapping[str, str], port: int, tls_port: int
) -> str:
    def written(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    rows = "\n".join(f'$sht(users=>{user}) = "{written(key)}";' for user, key in users.items())
    # Debian's Kamailio takes either the default or a name; for MD5 it writes no algorithm then.
    digest = f'modparam("auth", "algorithm", "{algorithm}")' if algorithm else ""
    return _CONFIGURATION.format(
        host=HOST, port=port, tls_port=tls_port, modules=_MODULES[-1], folder=folder, users=rows,
        realm=REALM, digest=digest,
    )  # fmt: skip


def _free_port() -> int:
    """Free for UDP and TCP at once."""
    for _ in range(50):
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind((HOST, 0))
            port = int(stream.getsockname()[1])
            with contextlib.suppress(OSError):
                datagrams.bind((HOST, port))
                return port
    raise RuntimeError("no port is free")


def _listens(process: subprocess.Popen[bytes], *ports: int) -> bool:
    """Waits until it takes connections; False when it ended instead, or takes too long."""
    deadline = time.monotonic() + 20
    for port in ports:
        while True:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
    return process.poll() is None
