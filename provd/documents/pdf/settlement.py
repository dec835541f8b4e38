"""What an invoice comes to, why there is no tax where there is none, and how to pay it."""

from __future__ import annotations

import io
from collections.abc import Sequence

from fpdf.enums import Align

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceStatus
from provd.billing.tax import TaxCode, TaxRow
from provd.documents.colours import FAINT, INK, WHITE
from provd.documents.epc import invoice_code, png
from provd.documents.pdf.sheet import (
    BODY,
    LEFT,
    RIGHT,
    SMALL,
    TINY,
    WIDTH,
    Sheet,
    line_height,
)
from provd.documents.text import first_seen
from provd.documents.words import Words

_SUMS_LEFT = 98.0
_ROW = line_height(BODY) + 1.1
_BOX = 40.0
_CODE = 31.0


def write_settlement(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    """From where the sheet stands; each part stays in one piece."""
    _sums(sheet, invoice, words)
    _sentences(sheet, invoice, words)
    _payment(sheet, invoice, words)


def _sums(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    rows = [(words.net, words.money(invoice.net))]
    rows += [(_tax_name(row, words), words.money(row.tax)) for row in invoice.taxes]
    settled = [(words.total, words.money(invoice.gross))]
    if invoice.paid.amount:
        settled.append((words.paid, words.money(-invoice.paid)))
        settled.append((words.due, words.money(invoice.payable)))
    sheet.room((len(rows) + len(settled)) * _ROW + 8)
    sheet.set_y(sheet.get_y() + 3)
    for name, figure in rows:
        _sum(sheet, name, figure)
    for name, figure in settled:
        bold = name != words.paid
        if bold:
            y = sheet.get_y() + 0.6
            sheet.set_draw_color(*sheet.brand)
            sheet.set_line_width(0.4)
            sheet.line(_SUMS_LEFT, y, RIGHT, y)
            sheet.set_y(y + 0.9)
        _sum(sheet, name, figure, bold=bold)


def _sum(sheet: Sheet, name: str, figure: str, *, bold: bool = False) -> None:
    y = sheet.get_y()
    sheet.use(10 if bold else BODY, bold=bold)
    width = sheet.get_string_width(figure) + 2
    sheet.write_at(_SUMS_LEFT, y, RIGHT - _SUMS_LEFT - width - 3, name)
    sheet.write_at(RIGHT - width - 1.5, y, width, figure, Align.R)
    sheet.set_y(y + _ROW)


def _tax_name(row: TaxRow, words: Words) -> str:
    base, code = words.money(row.base), row.taxation.code
    if code in words.untaxed:
        return words.untaxed[code].format(base)
    return words.vat_on.format(words.percent(row.taxation.percent), base)


def _sentences(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    """Why there is no tax, as the law wants it said; then what the issuer adds."""
    sentences = [text for row in invoice.taxes for text in _reasons(row, words)]
    for text in (*sentences, *invoice.notes):
        sheet.set_y(sheet.get_y() + 2)
        sheet.use(BODY)
        sheet.paragraph(text)


def _reasons(row: TaxRow, words: Words) -> list[str]:
    taxation = row.taxation
    if taxation.code in (TaxCode.RATED, TaxCode.ZERO):
        return []
    own = taxation.reason or taxation.reason_code
    said = words.reasons[taxation.code]
    known = own.casefold() in said.casefold()
    return [said if known else f"{said.removesuffix('.')}: {own}"]


def _payment(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    """Nothing on what nobody is to pay."""
    if invoice.status is not InvoiceStatus.FINAL:
        return
    sheet.set_y(sheet.get_y() + 5)
    if invoice.kind is InvoiceKind.CREDIT_NOTE or invoice.payable.amount <= 0:
        settled = invoice.kind is InvoiceKind.INVOICE and invoice.payable.amount == 0
        sheet.use(BODY, bold=True)
        sheet.paragraph(words.settled if settled else words.credited)
        return
    if not sheet.room(_BOX):
        sheet.set_y(sheet.get_y() + 2)
    _box(sheet, invoice, words)


def _box(sheet: Sheet, invoice: Invoice, words: Words) -> None:
    top = sheet.get_y()
    sheet.set_fill_color(*sheet.brand.mixed(WHITE, 0.93))
    sheet.rect(LEFT, top, WIDTH, _BOX, style="F")
    sheet.set_fill_color(*sheet.brand)
    sheet.rect(LEFT, top, 1.2, _BOX, style="F")
    code = invoice_code(invoice)
    text_width = WIDTH - 10 - (_CODE + 6 if code else 0)
    _write_payment(sheet, invoice, words, text_width)
    if code:
        left = RIGHT - _CODE - 3
        image = io.BytesIO(png(code))
        sheet.image(image, x=left, y=top + 2, w=_CODE, h=_CODE, alt_text=words.scan)
        sheet.use(TINY, ink=FAINT)
        sheet.write_at(left - 6, top + _CODE + 3.5, _CODE + 8, words.scan, Align.C)
    sheet.set_y(top + _BOX)


def _write_payment(sheet: Sheet, invoice: Invoice, words: Words, width: float) -> None:
    y = sheet.get_y() + 4
    amount = words.money(invoice.payable)
    due = invoice.due_on and words.pay_by.format(amount, words.day(invoice.due_on))
    sheet.use(BODY + 1, bold=True)
    sheet.write_at(LEFT + 6, y, width, due or words.pay.format(amount))
    y += 7.5
    for name, value in _details(invoice, words):
        sheet.use(SMALL, ink=FAINT)
        sheet.write_at(LEFT + 6, y, 30, name)
        sheet.use(BODY, ink=INK)
        sheet.write_at(LEFT + 36, y - 0.2, width - 30, value)
        y += line_height(BODY) + 0.9


def _details(invoice: Invoice, words: Words) -> Sequence[tuple[str, str]]:
    bank = invoice.bank
    reference = (words.reference, first_seen(invoice.reference, invoice.number))
    if bank is None:
        return [reference]
    grouped = " ".join(bank.iban[at : at + 4] for at in range(0, len(bank.iban), 4))
    details = (
        (words.holder, bank.holder or invoice.issuer.name),
        ("IBAN", grouped),
        ("BIC", bank.bic),
        (words.bank, bank.name),
        reference,
    )
    return [(name, value) for name, value in details if value]
