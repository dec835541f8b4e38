"""Any invoice that the rules of EN 16931 can be asked about."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from provd.billing.country import COUNTRIES
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, taxed
from provd.billing.money import Money
from provd.billing.party import Party
from provd.billing.period import Period
from provd.billing.plan import FeeKind
from provd.billing.tax import Taxation, TaxCode, tax_rows
from provd.billing.tax_category import TaxCategory
from tests.billing.invoices import BANK, REDUCED, REVERSE, STANDARD, ZERO, invoice

OUT = Taxation(
    TaxCategory.STANDARD, TaxCode.OUT_OF_SCOPE, Decimal(0), "Supplied abroad", "VATEX-EU-O"
)
VISIBLE = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"]),
    min_size=1,
    max_size=40,
)
MAYBE = st.one_of(st.just(""), st.just(" "), VISIBLE)
ANYTHING = st.text(max_size=40)
VAT_IDS = st.builds("{}12345678".format, st.sampled_from(sorted(COUNTRIES)))


def parties(vat_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Party]:
    return st.builds(
        Party,
        name=VISIBLE,
        country=st.sampled_from(sorted(COUNTRIES)),
        address_lines=st.lists(VISIBLE, max_size=5).map(tuple),
        postcode=MAYBE,
        city=MAYBE,
        region=MAYBE,
        vat_id=vat_ids,
        tax_number=MAYBE,
        registration=MAYBE,
        email=st.sampled_from(["", "a@b.example"]),
        phone=MAYBE,
        peppol_id=st.sampled_from(["", "", "9959:1", "1111:1"]),
    )


EXEMPTS = st.builds(
    Taxation,
    st.just(TaxCategory.EXEMPT),
    st.just(TaxCode.EXEMPT),
    st.just(Decimal(0)),
    st.text(min_size=1, max_size=20),
    st.sampled_from(["", "VATEX-EU-132", "VATEX-EU-AE", "of my own"]),
)
TAXATIONS = st.one_of(st.sampled_from([STANDARD, REDUCED, ZERO, REVERSE]), EXEMPTS)
PERIODS = st.builds(
    lambda start, days: Period(start, date.fromordinal(start.toordinal() + days)),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.integers(1, 400),
)
PIECES = st.tuples(
    TAXATIONS,
    ANYTHING,
    ANYTHING,
    st.sampled_from(FeeKind),
    st.none() | PERIODS,
    st.decimals("-99", 99, places=1),
    st.decimals(0, 9_999, places=4),
)


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    currency = draw(st.sampled_from(["EUR", "USD", "JPY", "HUF"]))
    out = draw(st.booleans())
    lines = []
    for position, (taxation, text, detail, kind, period, quantity, price) in enumerate(
        draw(st.lists(PIECES, min_size=1, max_size=8)), 1
    ):
        unit_price = Money(price, currency)
        lines.append(
            InvoiceLine(
                position, text, detail, kind, period, quantity, unit_price,
                (unit_price * quantity).rounded(), OUT if out else taxation,
            )
        )  # fmt: skip
    due_on = draw(st.sampled_from([None, date(2027, 2, 15)]))
    return invoice(
        *lines,
        currency=currency,
        kind=draw(st.sampled_from(InvoiceKind)),
        number=draw(VISIBLE),
        issuer=draw(parties(VAT_IDS)),
        debtor=draw(parties(VAT_IDS)),
        bank=draw(st.sampled_from([None, BANK, replace(BANK, bic="", holder="H")])),
        due_on=due_on,
        period=draw(st.none() | PERIODS),
        paid=Money(draw(st.sampled_from([Decimal(0), Decimal(5)])), currency),
        reference=draw(ANYTHING),
        buyer_reference=draw(ANYTHING),
        notes=draw(st.lists(ANYTHING, max_size=2).map(tuple)),
        taxes=tax_rows(taxed(lines), currency),
    )
