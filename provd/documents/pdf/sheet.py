"""Paper: pages with their head and foot, type, and a place to write that knows where the page ends.

All measures are millimetres, type sizes points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.documents.colours import FAINT, HAIRLINE, INK, Colour, colour, readable
from provd.documents.pdf.metadata import xmp
from provd.documents.text import clean
from provd.documents.words import Words

_FONTS = Path(__file__).parent.parent / "fonts"
_FAMILY = "DejaVu"
_PRODUCER = "provd"

LEFT, RIGHT, WIDTH = 20.0, 190.0, 170.0
TOP = 26.0
BOTTOM = 264.0
"""Where the text of a page begins and ends; the foot lies below."""
BODY, SMALL, TINY = 9.0, 8.0, 7.0
LEADING = 1.32
_SMALLEST = 5.0
_MM_PER_POINT = 25.4 / 72
_FOOT_WIDTH, _FOOT_ROWS = 54.0, 5
_STAMP_SIZE = 120.0
_STAMP_TURN = 52.0
_STAMP_GREY = Colour(236, 238, 241)


def line_height(size: float) -> float:
    """Of type of that size, in millimetres."""
    return size * _MM_PER_POINT * LEADING


class Sheet(FPDF):
    """The pages of one invoice. `title` is what it is called at the head of each page after the
    first, `stamp` lies across every page, under its text."""

    def __init__(self, invoice: Invoice, words: Words) -> None:
        super().__init__(format="A4", unit="mm", enforce_compliance="PDF/A-3U")
        self.brand = readable(colour(invoice.brand.colour))
        self._words = words
        self._issuer = invoice.issuer
        self._bank = invoice.bank
        self._abroad = invoice.debtor.country != invoice.issuer.country
        self._bare = 0
        self.stamp = _stamp(invoice, words)
        self.heading = _heading(invoice, words)
        for style, name in (("", "DejaVuSansCondensed"), ("B", "DejaVuSansCondensed-Bold")):
            self.add_font(_FAMILY, style, _FONTS / f"{name}.ttf")
        self._glyphs = frozenset(self.fonts[_FAMILY.lower()].cmap)  # type: ignore[union-attr]
        self.set_margins(LEFT, TOP, 210 - RIGHT)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self._describe(invoice)
        self.use()
        self.add_page()

    def _describe(self, invoice: Invoice) -> None:
        """Nothing here depends on when or where it is made: the same invoice, the same bytes."""
        day = invoice.issued_on or (invoice.period.end if invoice.period else date(2000, 1, 1))
        made = datetime.combine(day, time(), UTC)
        author, subject = clean(invoice.issuer.name), clean(invoice.debtor.name)
        self.set_creation_date(made)
        self.set_title(self.heading)
        self.set_author(author)
        self.set_subject(subject)
        self.set_producer(_PRODUCER)
        self.set_creator(_PRODUCER)
        self.set_lang(self._words.code)
        self.set_xmp_metadata(
            xmp(
                title=self.heading,
                author=author,
                subject=subject,
                producer=_PRODUCER,
                made=made.isoformat(),
            )
        )

    def finished(self) -> bytes:
        """The document. fpdf2 leaves its fonts' files open; they are closed here."""
        try:
            return bytes(self.output())
        finally:
            for font in self.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()

    # --- type ----------------------------------------------------------------------------------

    def use(self, size: float = BODY, *, bold: bool = False, ink: Colour = INK) -> None:
        """What is written next is written so."""
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*ink)

    def write_at(self, x: float, y: float, width: float, text: str, align: Align = Align.L) -> None:
        """One line. What would be wider is written smaller; figures, which stand to the right, as
        small as it takes, texts cut with an ellipsis where they could not be read any more."""
        size, text = self.font_size_pt, self.printable(text)
        smallest = _SMALLEST if align is not Align.R else 1.0
        while self.get_string_width(text) > width and self.font_size_pt > smallest:
            self.set_font_size(self.font_size_pt - 0.25)
        self.set_xy(x, y + (line_height(size) - line_height(self.font_size_pt)) / 2)
        self.cell(width, line_height(self.font_size_pt), self._fitted(text, width), align=align)
        self.set_font_size(size)

    def _fitted(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def wrapped(self, text: str, width: float) -> list[str]:
        """The text in lines of that width."""
        lines = self.multi_cell(
            width,
            line_height(self.font_size_pt),
            self.printable(text),
            align=Align.L,
            dry_run=True,
            output=MethodReturnValue.LINES,
            padding=0,
        )
        return [str(line) for line in lines] if isinstance(lines, list) else []

    def paragraph(self, text: str, width: float = WIDTH) -> None:
        """Running text from the left margin on; it goes on on the next page where it must."""
        for line in self.wrapped(text, width):
            self.room(line_height(self.font_size_pt))
            self.set_x(LEFT)
            self.cell(
                width,
                line_height(self.font_size_pt),
                line,
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )

    def printable(self, text: str) -> str:
        """One line of characters that the font has; a box for each that it lacks."""
        return "".join(one if ord(one) in self._glyphs else "\u25a1" for one in clean(text))

    # --- pages ---------------------------------------------------------------------------------

    def room(self, height: float) -> bool:
        """Whether that much fitted on the page; if not, there is a new one now."""
        if self.get_y() + height <= BOTTOM:
            return True
        self.add_page()
        self.set_y(TOP)
        return False

    def bare_page(self) -> None:
        """A new page without head and foot: what is on it is torn off."""
        self._bare = self.page_no() + 1
        self.add_page()

    def rule(self, y: float, ink: Colour = HAIRLINE, thickness: float = 0.2) -> None:
        """A line across the page."""
        self.set_draw_color(*ink)
        self.set_line_width(thickness)
        self.line(LEFT, y, RIGHT, y)

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Head and foot may come in the midst of a paragraph: its type is given back."""
        size, style, ink = self.font_size_pt, self.font_style, self.text_color
        yield
        self.set_font(_FAMILY, style, size)
        self.text_color = ink

    def header(self) -> None:
        """fpdf calls it at the top of each page."""
        if self.page_no() == self._bare:
            return
        with self.as_it_was():
            self.set_fill_color(*self.brand)
            self.rect(0, 0, 210, 3, style="F")
            self._write_stamp()
            if self.page_no() > 1:
                self.running_head()
        self.set_xy(LEFT, TOP)

    def running_head(self) -> None:
        """What it is, on the pages after the first."""
        self.use(SMALL, ink=FAINT)
        self.write_at(LEFT, 13, WIDTH * 0.7, self.heading)
        self.rule(19)

    def _write_stamp(self) -> None:
        if not self.stamp:
            return
        size = _STAMP_SIZE
        self.use(size, bold=True, ink=_STAMP_GREY)
        while self.get_string_width(self.stamp) > 240:
            size -= 2
            self.use(size, bold=True, ink=_STAMP_GREY)
        with self.rotation(_STAMP_TURN, 105, 150):
            width = self.get_string_width(self.stamp)
            self.text(105 - width / 2, 150 + size * _MM_PER_POINT / 3, self.stamp)

    def footer(self) -> None:
        """fpdf calls it at the bottom of each page."""
        if self.page_no() == self._bare:
            return
        with self.as_it_was():
            self.rule(270)
            self.use(TINY, ink=FAINT)
            for column, texts in enumerate(self._legal()):
                lines = [line for text in texts for line in self.wrapped(text, _FOOT_WIDTH)]
                for row, line in enumerate(lines[:_FOOT_ROWS]):
                    y = 272 + row * line_height(TINY)
                    self.write_at(LEFT + column * 58, y, _FOOT_WIDTH, line)
            self.set_xy(LEFT, 290)
            page = self._words.page.format(self.page_no(), "{nb}")
            self.cell(WIDTH, line_height(TINY), page)

    def _legal(self) -> Sequence[Sequence[str]]:
        """Who the issuer is, how to reach it, where it is registered."""
        party, bank, words = self._issuer, self._bank, self._words
        place = f"{party.postcode} {party.city}".strip()
        if self._abroad:
            place = ", ".join(part for part in (place, party.region, party.country) if part)
        named = (
            (words.vat_id, party.vat_id),
            (words.tax_number, party.tax_number),
            (words.registration, party.registration),
        )
        numbers = [f"{name} {number}" for name, number in named if number]
        reach = [party.phone, party.email, bank.name if bank else ""]
        columns = ([party.name, ", ".join(party.address_lines), place], reach, numbers)
        return [[text for text in column if text.strip()] for column in columns]


def _stamp(invoice: Invoice, words: Words) -> str:
    stamps = {InvoiceStatus.DRAFT: words.draft, InvoiceStatus.VOID: words.void}
    return stamps.get(invoice.status, "")


def _heading(invoice: Invoice, words: Words) -> str:
    kind = words.invoice if invoice.kind is InvoiceKind.INVOICE else words.credit_note
    stamp = f"({_stamp(invoice, words)})" if _stamp(invoice, words) else ""
    return clean(f"{kind} {invoice.number} {stamp}")
