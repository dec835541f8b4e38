"""Invoices on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from provd.billing.charge import Charge
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus
from provd.billing.tax import TaxRow
from provd.billing.wording import in_words, readable
from provd.cli.shared import console, counted, table, visible
from provd.operations.invoice_mails import MailRow
from provd.operations.invoice_runs import DraftReport
from provd.operations.invoices import InvoicePage, InvoiceRow
from provd.store.books import InvoiceSummary


def called(invoice: Invoice | InvoiceSummary) -> str:
    """Invoice 2027-00001, or draft #17."""
    kind = "credit note" if invoice.kind is InvoiceKind.CREDIT_NOTE else "invoice"
    if not invoice.number:
        return f"Draft #{invoice.id}" + (" (credit note)" if kind != "invoice" else "")
    return f"{kind.capitalize()} {invoice.number}"


def print_report(report: DraftReport) -> None:
    out, problems = console(), console(stderr=True)
    rows = table("draft", "from", "to", "total", "", wraps="to")
    for one in report.drafts:
        state = "new" if one.id in report.changed else ""
        rows.add_row(f"#{one.id}", one.issuer, one.debtor, _amount(one.owed), state)
    if report.drafts:
        out.print(rows)
    drafts = counted(len(report.drafts), "draft")
    changed = f", {len(report.changed)} of them new or changed" if report.changed else ""
    out.print(f"{drafts} for {in_words(report.period)}{changed}")
    for (issuer, _), total in sorted(report.totals.items()):
        out.print(f"  {issuer}: {total}")
    for problem in report.problems:
        whom = " to ".join(part for part in (problem.issuer, problem.debtor) if part)
        problems.print(f"Not drafted: {whom}: {problem.reason}", style="red", soft_wrap=True)


def print_list(found: Sequence[InvoiceRow]) -> None:
    if not found:
        console().print("There is none.")
        return
    rows = table("invoice", "state", "from", "to", "issued", "due", "total", "open", wraps="to")
    for row in found:
        one = row.summary
        rows.add_row(
            one.number or f"#{one.id}",
            _state(row),
            one.issuer,
            one.debtor,
            str(one.issued_on or ""),
            str(one.due_on or ""),
            _amount(one.owed),
            _amount(row.open if row.open and row.open.amount else ""),
        )
    console().print(rows)


def print_invoice(page: InvoicePage, *, reasons: bool) -> None:
    out, made = console(), page.invoice
    out.print(f"{called(made)} ({made.status}), {made.issuer.name} to {made.debtor.name}")
    for name, text in _facts(page):
        out.print(f"  {name}: {text}")
    print_lines(made, page.reasons if reasons else None)


def print_lines(made: Invoice, reasons: Mapping[int, Sequence[Charge]] | None = None) -> None:
    """Lines, each with its reasons where there are any, sums and notes."""
    out = console()
    rows = table("", "what", "quantity", "price", "amount", "tax", wraps="what")
    for line in made.lines:
        rows.add_row(*_line(line))
        for reason in (reasons or {}).get(line.position, ()):
            rows.add_row("", Text(_reason(reason), style="dim"))
    out.print(rows)
    sums = table()
    for name, amount in _sums(made):
        sums.add_row(name, _amount(amount))
    out.print(sums)
    for note in made.notes:
        out.print(visible(note), soft_wrap=True)


def print_queue(found: Iterable[MailRow]) -> None:
    rows = table("mail", "brings", "to", "state", "tries", "next", "error", wraps="error")
    for row in found:
        mail = row.mail
        waits = mail.state in {"queued", "failed"}
        rows.add_row(
            str(mail.id),
            row.invoice.number,
            mail.recipient,
            mail.state,
            str(mail.attempts),
            f"{mail.next_at:%Y-%m-%d %H:%MZ}" if waits else "",
            visible(mail.error),
        )
    console().print(rows if rows.row_count else "No mail waits.")


def _state(row: InvoiceRow) -> str:
    if row.overdue:
        return "overdue"
    if row.summary.status is not InvoiceStatus.FINAL or row.open is None:
        return row.summary.status
    return "open" if row.open.amount else "paid"


def _facts(page: InvoicePage) -> Iterable[tuple[str, str]]:
    made = page.invoice
    if made.issued_on:
        due = f", due {made.due_on}" if made.due_on else ""
        yield "issued", f"{made.issued_on}{due}"
    if made.period:
        yield "for", in_words(made.period)
    if page.corrects:
        yield "corrects", called(page.corrects)
    for note in page.credit_notes:
        yield "credited by", f"{called(note)} of {note.issued_on}, {note.gross}"


def _line(line: InvoiceLine) -> tuple[str | Text, ...]:
    taxation = line.taxation
    rate = f"{taxation.percent} %" if taxation.percent else taxation.code
    return (
        str(line.position),
        visible(readable(line)),
        _amount(f"{line.quantity}"),
        _amount(line.unit_price.figures),
        _amount(line.amount.figures),
        _amount(rate),
    )


def _reason(charge: Charge) -> str:
    cause = charge.cause
    parts = [f"{charge.due_at:%Y-%m-%d %H:%MZ}", charge.calculation, cause.kind]
    if cause.file:
        parts.append(f"{cause.file}, {cause.bytes_sent} bytes by {cause.transport}")
    if cause.address:
        parts.append(f"at {cause.address}")
    return visible("; ".join(part for part in parts if part))


def _sums(made: Invoice) -> Iterable[tuple[str, object]]:
    yield "net", made.net
    for row in made.taxes:
        yield _tax(row), row.tax
    yield "total", made.gross
    if made.paid.amount:
        yield "paid or credited", made.paid
        yield "to pay", made.payable


def _tax(row: TaxRow) -> str:
    taxation = row.taxation
    if taxation.percent:
        return f"{taxation.percent} % on {row.base}"
    return f"{taxation.code}: {taxation.reason or 'zero rated'}"


def _amount(amount: object) -> Text:
    return Text(str(amount), justify="right")
