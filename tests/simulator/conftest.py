"""Servers in threads that are as small as can be, and a vendor that does not exist."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provd.devices.mac import Mac
from provd.simulator import BootServer
from provd.simulator.fetching import Patience
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor
from tests.simulator.tftp_server import Odd, TftpServer

MANIFEST = """
name: acme
title: Acme
ouis: ["001565"]
user_agents: ['^Acme (?P<model>\\w+) (?P<version>[\\d.]+) (?P<mac>[0-9a-f:]{17})$']
agent: Acme {model} 0.0.0.0 {mac:colons}
format: key_value
media_type: text/plain
files:
  index:  {path: "{mac}.boot", optional: true}
  common: {path: "acme-{model}.cfg", optional: true}
  device: {path: "{mac}.cfg", secret: true, completes_boot: true}
  log:    {path: "{mac}.log", optional: true, format: ""}
boot:
  - {file: index, follow: true}
  - {file: common}
  - {file: device}
  - {file: log, method: PUT}
models:
  columns: [name, lines]
  rows: [[A1, 2]]
accounts:
  all:
    - {user: "user.{n}", password: "password.{n}", registrar: "registrar.{n}"}
"""
PLUGIN = """
def named_files(content, model, mac):
    return content.decode().split()
"""


@pytest.fixture(scope="session")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Vendor:
    folder = tmp_path_factory.mktemp("plugins") / "acme"
    folder.mkdir()
    (folder / "plugin.yaml").write_text(MANIFEST)
    (folder / "plugin.py").write_text(PLUGIN)
    return Vendor(folder)


@pytest.fixture(scope="session")
def model(vendor: Vendor) -> Model:
    return vendor.model("A1")


@pytest.fixture
def mac() -> Mac:
    return Mac("001565aabbcc")


@pytest.fixture
def patience() -> Patience:
    return Patience(silence=0.3, file=5.0)


# Answers by path, without leading slash: bytes are a file, a number is a status, "cut" announces
# more than it sends, "stall" sends nothing, "close" answers and hangs up.
Files = Mapping[str, bytes | int | str]


@dataclass
class WebServer:
    """`asked` holds (path, User-Agent, client address) in order; `connections` counts them."""

    port: int
    files: Files
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    connections: int = 0
    done: threading.Event = field(default_factory=threading.Event)


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            server.asked.append((path, self.headers["User-Agent"], self.client_address[0]))
            what = server.files.get(path, 404)
            if what == "stall":
                server.done.wait(10)
                self.close_connection = True
                return
            content = what if isinstance(what, bytes) else b"no"
            self.send_response(what if isinstance(what, int) else 200)
            self.send_header("Content-Length", str(len(content) + 10 * (what == "cut")))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = what in ("cut", "close")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name upstream
            """Silent."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that distrusts us hangs up: that is the test, not an error."""


@pytest.fixture
def web() -> Iterator[Callable[..., WebServer]]:
    """Starts an HTTP server, with `certificate` an HTTPS server, with these files."""
    running: list[tuple[_Server, threading.Thread, WebServer]] = []

    def start(files: Files, certificate: Path | None = None) -> WebServer:
        ours = WebServer(0, files)
        server = _Server(("127.0.0.1", 0), _handler(ours))
        ours.port = server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        running.append((server, thread, ours))
        return ours

    yield start
    for server, thread, ours in running:
        ours.done.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def tftp() -> Iterator[Callable[..., TftpServer]]:
    """Starts a TFTP server with these files."""
    running: list[TftpServer] = []

    def start(files: Mapping[str, bytes | Odd], options: bool = True) -> TftpServer:
        server = TftpServer(files, options)
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A UDP port that takes everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def babbling_port() -> Iterator[int]:
    """A TCP port that answers whatever comes with something that is no protocol."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_at() -> Callable[..., BootServer]:
    """A BootServer on loopback of which only the given ports lead anywhere."""

    def at(
        *, tftp: int = 9, http: int = 9, https: int = 9, ca: Path | None = None, token: str = ""
    ) -> BootServer:
        return BootServer("127.0.0.1", tftp, http, https, ca, token)

    return at
