"""An invoice or a payment request on paper: A4, in the issuer's colours, as PDF/A-3 that keeps for
the years an auditor asks for.

What the pages look like is here and nowhere else; what they say comes from the invoice and from
`documents.words`.
"""

from __future__ import annotations

from dataclasses import replace

from provd.billing.invoice import Invoice
from provd.billing.request import PaymentRequest
from provd.documents.words import request_words, words


def invoice_pdf(invoice: Invoice, *, logo: bytes | None = None, language: str = "en") -> bytes:
    """The document, the same bytes each time. `logo` is a PNG or JPEG image. What the font lacks
    (it has Latin, Greek and Cyrillic) prints as an empty box.

    Raises InputError for a logo that is no image, and for a language that provd doesn't speak.
    """
    # Loading what draws takes half a second, which only those who draw should wait for.
    from provd.documents.pdf.document import drawn

    return drawn(invoice, logo, words(language))


def request_pdf(
    request: PaymentRequest, *, logo: bytes | None = None, language: str = "en"
) -> bytes:
    """As `invoice_pdf`. It says that it is no invoice: who shows tax on something that looks like
    one owes it (in Germany by § 14c UStG)."""
    from provd.documents.pdf.document import drawn

    spoken, document = request_words(language, request.purpose), request.document
    return drawn(replace(document, notes=(spoken.no_invoice, *document.notes)), logo, spoken)


def check_logo(logo: bytes) -> None:
    """Raises InputError for what can't be printed as one."""
    from provd.documents.pdf.document import opened

    opened(logo)
