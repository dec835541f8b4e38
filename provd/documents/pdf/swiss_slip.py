"""A QR-bill's receipt and payment part: the lower 105 mm of a page of their own, to be torn off.

Places and sizes are those of the Swiss Implementation Guidelines for the QR-bill (2.2, chapter 3)
and of the style guide. They want Arial, Frutiger, Helvetica or Liberation Sans; ours is the
invoice's own typeface, which is in the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from fpdf.enums import Align

from provd.billing.invoice import Invoice
from provd.billing.qr_reference import grouped_in_fives
from provd.billing.reference import grouped
from provd.documents.colours import WHITE, Colour
from provd.documents.pdf.sheet import Sheet
from provd.documents.swiss import Address, SwissBill, swiss_bill
from provd.documents.words import SlipWords, Words

_TOP, _HEIGHT, _BORDER = 192.0, 105.0, 5.0
_RECEIPT = 62.0
_RECEIPT_WIDTH = 52.0
_CODE_LEFT, _CODE_TOP, _CODE = 67.0, 209.0, 46.0
_CROSS = 7.0
_DETAILS, _DETAILS_WIDTH = 118.0, 87.0
_MM_PER_POINT = 25.4 / 72
_TITLE = 11.0
_CORNER = 3.0
_BLACK = Colour(0, 0, 0)
"""As the standard wants it, whatever colour the invoice is in."""


def write_slip(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    """Nothing where the invoice has no QR-bill."""
    bill = swiss_bill(invoice)
    if bill is None:
        return
    sheet.bare_page()
    sheet.running_head()
    _cutting_lines(sheet, words.slip)
    _receipt(sheet, bill, words.slip)
    _payment_part(sheet, bill, words.slip)


def _cutting_lines(sheet: Sheet, slip: SlipWords) -> None:
    sheet.set_draw_color(*_BLACK)
    sheet.set_line_width(0.2)
    sheet.line(0, _TOP, 210, _TOP)
    sheet.line(_RECEIPT, _TOP, _RECEIPT, _TOP + _HEIGHT)
    sheet.use(7, ink=_BLACK)
    sheet.write_at(0, _TOP - 5, 210, slip.separate, Align.C)


def _receipt(sheet: Sheet, bill: SwissBill, slip: SlipWords) -> None:
    column = _Column(sheet, _BORDER, _RECEIPT_WIDTH, heading=6, value=8, leading=9)
    column.title(slip.receipt)
    column.y = _TOP + 12
    column.block(slip.payable_to, _account(bill))
    if bill.reference:
        column.block(slip.reference, [_printed_reference(bill)])
    column.payer(slip, bill.debtor, (52.0, 20.0))
    _amount(sheet, bill, slip, (_BORDER, 17.0), (6, 8))
    sheet.use(6, bold=True, ink=_BLACK)
    sheet.write_at(_BORDER, _TOP + 82, _RECEIPT_WIDTH, slip.acceptance, Align.R)


def _payment_part(sheet: Sheet, bill: SwissBill, slip: SlipWords) -> None:
    title = _Column(sheet, _CODE_LEFT, 51.0, heading=8, value=10, leading=11)
    title.title(slip.payment_part)
    _draw_code(sheet, bill)
    _amount(sheet, bill, slip, (_CODE_LEFT, 20.0), (8, 10))
    column = _Column(sheet, _DETAILS, _DETAILS_WIDTH, heading=8, value=10, leading=11)
    column.y = _TOP + _BORDER
    column.block(slip.payable_to, _account(bill))
    if bill.reference:
        column.block(slip.reference, [_printed_reference(bill)])
    if bill.message:
        column.block(slip.additional, [bill.message])
    column.payer(slip, bill.debtor, (65.0, 25.0))


class _Column:
    """Headings and values, one under the other."""

    def __init__(
        self, sheet: Sheet, x: float, width: float, *, heading: float, value: float, leading: float
    ) -> None:
        self._sheet = sheet
        self._x = x
        self._width = width
        self._heading = heading
        self._value = value
        self._leading = leading * _MM_PER_POINT
        self.y = _TOP + _BORDER

    def title(self, text: str) -> None:
        self._sheet.use(_TITLE, bold=True, ink=_BLACK)
        self._sheet.write_at(self._x, self.y, self._width, text)

    def block(self, heading: str, lines: Iterable[str]) -> None:
        self._sheet.use(self._heading, bold=True, ink=_BLACK)
        self._sheet.write_at(self._x, self.y, self._width, heading)
        self.y += self._leading
        self._sheet.use(self._value, ink=_BLACK)
        for line in lines:
            for row in self._sheet.wrapped(line, self._width):
                self._sheet.write_at(self._x, self.y, self._width, row)
                self.y += self._leading
        self.y += self._leading

    def payer(self, slip: SlipWords, debtor: Address | None, box: tuple[float, float]) -> None:
        """Where its address is not known, corners between which it is written by hand."""
        if debtor is not None:
            self.block(slip.payable_by, debtor.lines)
            return
        self.block(slip.payable_by_blank, ())
        _corners(self._sheet, self._x, self.y - self._leading + 1, *box)


def _draw_code(sheet: Sheet, bill: SwissBill) -> None:
    """As squares, which no printer blurs; the cross in the middle of the code's own 46 mm."""
    rows = [bytes(row) for row in bill.code.matrix]
    module = _CODE / len(rows)
    sheet.set_fill_color(*_BLACK)
    for at, row in enumerate(rows):
        y = _CODE_TOP + at * module
        for start, length in _runs(row):
            sheet.rect(_CODE_LEFT + start * module, y, length * module, module, style="F")
    _draw_cross(sheet)


def _runs(row: bytes) -> Iterable[tuple[int, int]]:
    """Dark modules that stand side by side: where they begin, how many they are."""
    start = None
    for at, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            yield start, at - start
            start = None


def _draw_cross(sheet: Sheet) -> None:
    """7 mm with its white edge: a white cross on black, as the coat of arms has it (20 to 6)."""
    x, y = _CODE_LEFT + _CODE / 2, _CODE_TOP + _CODE / 2
    for half, ink in ((_CROSS / 2, WHITE), (_CROSS / 2 - 0.45, _BLACK)):
        sheet.set_fill_color(*ink)
        sheet.rect(x - half, y - half, 2 * half, 2 * half, style="F")
    sheet.set_fill_color(*WHITE)
    field = _CROSS - 0.9
    long, broad = field * 20 / 32, field * 6 / 32
    sheet.rect(x - long / 2, y - broad / 2, long, broad, style="F")
    sheet.rect(x - broad / 2, y - long / 2, broad, long, style="F")


def _amount(
    sheet: Sheet,
    bill: SwissBill,
    slip: SlipWords,
    columns: tuple[float, float],
    sizes: tuple[float, float],
) -> None:
    left, apart = columns
    top = _TOP + 68
    figures = f"{bill.amount.amount:,.2f}".replace(",", "\u00a0")
    pairs = ((slip.currency, bill.amount.currency), (slip.amount, figures))
    for at, (heading, value) in enumerate(pairs):
        x = left + at * apart
        sheet.use(sizes[0], bold=True, ink=_BLACK)
        sheet.write_at(x, top, apart + 18, heading)
        sheet.use(sizes[1], ink=_BLACK)
        sheet.write_at(x, top + sizes[0] * _MM_PER_POINT + 2, apart + 18, value)


def _account(bill: SwissBill) -> list[str]:
    return [grouped(bill.iban), *bill.creditor.lines]


def _printed_reference(bill: SwissBill) -> str:
    return grouped_in_fives(bill.reference) if bill.kind == "QRR" else grouped(bill.reference)


def _corners(sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    sheet.set_draw_color(*_BLACK)
    sheet.set_line_width(0.26)
    for right in (False, True):
        for low in (False, True):
            cx, cy = x + width * right, y + height * low
            sheet.line(cx, cy, cx - _CORNER if right else cx + _CORNER, cy)
            sheet.line(cx, cy, cx, cy - _CORNER if low else cy + _CORNER)
