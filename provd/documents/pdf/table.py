"""The lines of an invoice. The head is repeated on each page; a line is not torn apart unless it is
longer than a third of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fpdf.enums import Align

from provd.billing.invoice import Invoice, InvoiceLine
from provd.documents.colours import FAINT, HAIRLINE, INK, WHITE, Colour
from provd.documents.pdf.sheet import BODY, BOTTOM, LEFT, SMALL, WIDTH, Sheet, line_height
from provd.documents.words import Words

_HEAD = 6.4
_PADDING = 1.5
_INSET = 1.5
_TORN = 80.0  # millimetres: what is higher may go on on the next page


class _Column(NamedTuple):
    name: str
    left: float
    width: float
    align: Align


class _Text(NamedTuple):
    """One printed line of a description."""

    text: str
    size: float
    ink: Colour


def write_lines(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    """All lines, from where the sheet stands."""
    columns = _columns(invoice, words)
    _head(sheet, columns)
    for line in invoice.lines:
        texts = _described(sheet, line, columns[1].width, words)
        height = sum(line_height(text.size) for text in texts) + 2 * _PADDING
        if sheet.get_y() + min(height, _TORN) > BOTTOM:
            _next_page(sheet, columns)
        _line(sheet, columns, texts, _figures(line, words))


def _columns(invoice: Invoice, words: Words) -> Sequence[_Column]:
    names = (
        (words.position, 10.0, Align.L),
        (words.description, 83.0, Align.L),
        (words.quantity, 16.0, Align.R),
        (words.unit_price, 22.0, Align.R),
        (words.vat, 13.0, Align.R),
        (f"{words.amount} {invoice.currency}", 26.0, Align.R),
    )
    lefts = [LEFT + sum(width for _, width, _ in names[:at]) for at in range(len(names))]
    return [
        _Column(name, left, width, align)
        for left, (name, width, align) in zip(lefts, names, strict=True)
    ]


def _head(sheet: Sheet, columns: Sequence[_Column]) -> None:
    y = sheet.get_y()
    sheet.set_fill_color(*sheet.brand)
    sheet.rect(LEFT, y, WIDTH, _HEAD, style="F")
    sheet.use(SMALL, bold=True, ink=WHITE)
    for column in columns:
        _write(sheet, column, y + (_HEAD - line_height(SMALL)) / 2, column.name)
    sheet.set_y(y + _HEAD)


def _next_page(sheet: Sheet, columns: Sequence[_Column]) -> None:
    sheet.add_page()
    _head(sheet, columns)


def _described(sheet: Sheet, line: InvoiceLine, width: float, words: Words) -> list[_Text]:
    """What it is; under it, fainter, what it is for, which days it covers, and which line of the
    invoice it corrects."""
    days = words.days(line.period) if line.period else ""
    corrected = words.of_line.format(line.credits) if line.credits else ""
    below = " · ".join(part for part in (line.detail, days, corrected) if part)
    texts = []
    for text, size, ink in ((line.text, BODY, INK), (below, SMALL, FAINT)):
        sheet.use(size)
        texts += [_Text(one, size, ink) for one in sheet.wrapped(text, width - 4) if text]
    return texts


def _figures(line: InvoiceLine, words: Words) -> Sequence[str]:
    return (
        str(line.position),
        "",
        words.quantity_of(line.quantity),
        words.figures(line.unit_price),
        words.percent(line.taxation.percent),
        words.figures(line.amount),
    )


def _line(
    sheet: Sheet, columns: Sequence[_Column], texts: Sequence[_Text], figures: Sequence[str]
) -> None:
    """In reading order, which is also the order in which a program takes text out of the page."""
    y = sheet.get_y() + _PADDING
    sheet.use(BODY)
    _write(sheet, columns[0], y, figures[0])
    for row, text in enumerate(texts or [_Text("", BODY, INK)]):
        height = line_height(text.size)
        if y + height > BOTTOM:
            _next_page(sheet, columns)
            y = sheet.get_y() + _PADDING
        sheet.use(text.size, ink=text.ink)
        _write(sheet, columns[1], y, text.text)
        if row == 0:
            sheet.use(BODY)
            for column, figure in zip(columns[2:], figures[2:], strict=True):
                _write(sheet, column, y, figure)
        y += height
    sheet.rule(y + _PADDING, HAIRLINE)
    sheet.set_y(y + _PADDING)


def _write(sheet: Sheet, column: _Column, y: float, text: str) -> None:
    left = column.left + (_INSET if column.align is Align.L else 0)
    sheet.write_at(left, y, column.width - _INSET, text, column.align)
