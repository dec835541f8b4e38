"""An invoice on paper: A4, in the issuer's colours, as PDF/A-3 that keeps for the years an auditor
asks for.

What the pages look like is here and nowhere else; what they say comes from the invoice and from
`documents.words`.
"""

from __future__ import annotations

from provd.billing.invoice import Invoice


def invoice_pdf(invoice: Invoice, *, logo: bytes | None = None, language: str = "en") -> bytes:
    """The document, the same bytes each time. `logo` is a PNG or JPEG image. What the font lacks
    (it has Latin, Greek and Cyrillic) prints as an empty box.

    Raises InputError for a logo that is no image, and for a language that provd doesn't speak.
    """
    # Loading what draws takes half a second, which only those who draw should wait for.
    from provd.documents.pdf.document import drawn

    return drawn(invoice, logo, language)


def check_logo(logo: bytes) -> None:
    """Raises InputError for what can't be printed as one."""
    from provd.documents.pdf.document import opened

    opened(logo)
