"""The pages of an invoice, from the top of the first to the end of the last."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.party import Party
from provd.documents.colours import FAINT
from provd.documents.pdf.settlement import write_settlement
from provd.documents.pdf.sheet import BODY, LEFT, RIGHT, SMALL, TINY, Sheet, line_height
from provd.documents.pdf.swiss_slip import write_slip
from provd.documents.pdf.table import write_lines
from provd.documents.words import Words
from provd.errors import InputError

_LOGO_WIDTH, _LOGO_HEIGHT = 60.0, 20.0
_LOGO_DOTS = (1_200, 400)  # 500 to the inch
_MOST_DOTS = 16_000_000
_WINDOW_TOP = 52.0  # of a window envelope's address field (DIN 5008, form B)
_WINDOW_WIDTH = 85.0
_FACTS_LEFT = 120.0
_HEADING_TOP = 98.0
_ABOVE_HEADING = 6.0


def drawn(invoice: Invoice, logo: bytes | None, spoken: Words) -> bytes:
    """See `invoice_pdf`."""
    image = opened(logo) if logo is not None else None
    sheet = Sheet(invoice, spoken)
    _letterhead(sheet, invoice, image)
    below = max(_address(sheet, invoice), _facts(sheet, invoice, spoken))
    sheet.set_y(max(_HEADING_TOP, below + _ABOVE_HEADING))
    _heading(sheet, invoice, spoken)
    write_lines(sheet, invoice, spoken)
    write_settlement(sheet, invoice, spoken)
    write_slip(sheet, invoice, spoken)
    return sheet.finished()


def opened(logo: bytes) -> Image.Image:
    """In colours that PDF/A takes, with no more dots than paper shows. Raises InputError for what
    is no image, or has too many dots for a logo."""
    try:
        image = Image.open(io.BytesIO(logo), formats=("PNG", "JPEG"))
        if image.width * image.height > _MOST_DOTS:
            raise InputError("the logo has too many dots", key="logo", remedy="Make it smaller")
        shown = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InputError(
            "the logo is not an image", key="logo", remedy="Give a PNG or JPEG file"
        ) from error
    shown.thumbnail(_LOGO_DOTS)
    return shown


def _letterhead(sheet: Sheet, invoice: Invoice, logo: Image.Image | None) -> None:
    """The issuer's logo, or its title in its colour."""
    title = invoice.brand.title or invoice.issuer.name
    if logo is None:
        sheet.use(17, bold=True, ink=sheet.brand)
        sheet.write_at(LEFT, 16, RIGHT - LEFT, title)
        return
    sheet.image(
        logo,
        x=LEFT,
        y=12,
        w=_LOGO_WIDTH,
        h=_LOGO_HEIGHT,
        keep_aspect_ratio=True,
        alt_text=sheet.printable(title),
    )


def _address(sheet: Sheet, invoice: Invoice) -> float:
    """The debtor, where a window envelope shows it, under the issuer in small type; and where that
    ends."""
    issuer = invoice.issuer
    sender = (issuer.name, *issuer.address_lines[:1], f"{issuer.postcode} {issuer.city}")
    sheet.use(TINY, ink=FAINT)
    sheet.write_at(
        LEFT, _WINDOW_TOP - 6, _WINDOW_WIDTH, " · ".join(part for part in sender if part.strip())
    )
    y = _WINDOW_TOP
    for row, text in enumerate(_postal(invoice.debtor, issuer.country)):
        sheet.use(10, bold=row == 0)
        for line in sheet.wrapped(text, _WINDOW_WIDTH):
            sheet.write_at(LEFT, y, _WINDOW_WIDTH, line)
            y += line_height(10)
    return y


def _postal(party: Party, from_country: str) -> list[str]:
    place = f"{party.postcode} {party.city}".strip()
    country = party.country if party.country != from_country else ""
    lines = (party.name, *party.address_lines, place, party.region, country)
    return [line for line in lines if line]


def _facts(sheet: Sheet, invoice: Invoice, spoken: Words) -> float:
    """Numbers and days, to the right of the address; and where they end."""
    due_on = invoice.due_on if invoice.kind is InvoiceKind.INVOICE else None
    facts = (
        (spoken.issued_on, invoice.issued_on and spoken.day(invoice.issued_on)),
        (spoken.due_on, due_on and spoken.day(due_on)),
        (spoken.period, invoice.period and spoken.days(invoice.period)),
        (spoken.customer_vat_id, invoice.debtor.vat_id),
        (spoken.buyer_reference, invoice.buyer_reference),
    )
    y = _WINDOW_TOP
    for name, fact in facts:
        if fact:
            sheet.use(TINY, ink=FAINT)
            sheet.write_at(_FACTS_LEFT, y, RIGHT - _FACTS_LEFT, name)
            y += line_height(TINY)
            sheet.use(BODY)
            for line in sheet.wrapped(fact, RIGHT - _FACTS_LEFT):
                sheet.write_at(_FACTS_LEFT, y, RIGHT - _FACTS_LEFT, line)
                y += line_height(BODY)
            y += 1.2
    return y


def _heading(sheet: Sheet, invoice: Invoice, spoken: Words) -> None:
    top = sheet.get_y()
    sheet.use(16, bold=True, ink=sheet.brand)
    sheet.write_at(LEFT, top, RIGHT - LEFT, sheet.heading)
    sheet.set_y(top + 9)
    sheet.use(SMALL, ink=FAINT)
    for other in invoice.refers_to:
        sheet.paragraph(spoken.corrects.format(other.number, spoken.day(other.issued_on)))
    sheet.set_y(sheet.get_y() + 3)
