"""A real SMTP server on this machine, which takes mail or behaves as servers do on a bad day."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from provd.configuration import Mail
from provd.devices.secret import Secret

PASSWORD = "password-of-the-mail-server"


@dataclass
class Handler:
    """`recipient` and `data` are answers other than yes; `hang_up` closes the connection in the
    middle of a message."""

    recipient: str = "250 OK"
    data: str = "250 taken"
    hang_up: bool = False
    after_taking: bool = False
    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope
    ) -> str:
        if self.hang_up:
            self._close(server)
            return "451 gone"
        if self.data.startswith("2"):
            self.taken.append(_read(envelope))
        if self.after_taking:
            self._close(server)
        return self.data

    def _close(self, server: SMTP) -> None:
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()


def _read(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    return message_from_bytes(envelope.content, policy=default)


class _Server(Controller):
    """On a free port."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _authenticated(
    server: SMTP, session: Any, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"provd", PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(handler: Handler, certificate: Path | None = None) -> Iterator[Mail]:
    """How to reach it. With a certificate, a file with its key, it offers STARTTLS, and wants user
    and password."""
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _authenticated,
        }
    server = _Server(handler, hostname="127.0.0.1", port=0, **options)
    server.start()
    try:
        yield Mail(
            host="127.0.0.1",
            port=server.port,
            tls="starttls" if certificate else "none",
            user="provd" if certificate else "",
            password=Secret(PASSWORD if certificate else ""),
            sender="no-reply@provd.example",
            authorities=certificate,
            timeout_seconds=5,
        )
    finally:
        server.stop()
