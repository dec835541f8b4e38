"""One conversation with a mail server (RFC 5321). It blocks, so it is for a thread."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from provd.configuration import Mail
from provd.errors import MailError


@dataclass(frozen=True, slots=True)
class Smtp:
    """Sends by the server that `mail` names."""

    mail: Mail

    def __call__(self, message: EmailMessage, recipient: str) -> None:
        """Returns when the server has taken the message. Raises MailError, which is permanent only
        where the server will never take it for this recipient: a server that is wrongly set up, or
        refuses the password, is mended by somebody."""
        with _told():
            server = self._connected()
        try:
            with _told():
                self._sign_in(server)
            self._hand_over(server, message, recipient)
        finally:
            # What it says to our good-bye changes nothing: the message is taken, or it is not.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        mail = self.mail
        if mail.tls == "tls":
            return smtplib.SMTP_SSL(
                mail.host, mail.port, timeout=mail.timeout_seconds, context=self._context()
            )
        return smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_seconds)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self.mail.tls == "starttls":
            # Never on without it: the password and the invoice would go in clear.
            server.starttls(context=self._context())
        if self.mail.user:
            server.login(self.mail.user, self.mail.password.reveal())

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage, recipient: str) -> None:
        try:
            server.send_message(message, self.mail.sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, text),) = error.recipients.values()
            raise _refused("recipient", code, text) from error
        except smtplib.SMTPSenderRefused as error:
            # The sender is ours: that is for somebody to mend, not the end of this mail.
            raise _refused("sender", 400, error.smtp_error) from error
        except smtplib.SMTPDataError as error:
            raise _refused("message", error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailError(
                f"the mail server can't deliver to {recipient}", permanent=True
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise _failed(error) from error

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.mail.authorities)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        text = _text(error.smtp_error)
        raise MailError(f"the mail server refuses user and password: {text}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise _failed(error) from error


def _failed(error: Exception) -> MailError:
    said = str(error) or type(error).__name__
    return MailError(f"the mail server can't be used: {said}")


def _refused(what: str, code: int, text: bytes | str) -> MailError:
    """4yz may be tried again, 5yz not (RFC 5321, section 4.2.1)."""
    return MailError(
        f"the mail server refuses the {what}: {code} {_text(text)}", permanent=code >= 500
    )


def _text(said: bytes | str) -> str:
    """What a server said, on one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]
