"""UBL's elements, none of them empty."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from provd.billing.money import Money
from provd.documents.text import clean

_URN = "urn:oasis:names:specification:ubl:schema:xsd:"
_PREFIXES = {
    "cac": f"{_URN}CommonAggregateComponents-2",
    "cbc": f"{_URN}CommonBasicComponents-2",
}

Element = etree._Element


def root(name: str) -> Element:
    """A document: Invoice or CreditNote."""
    space = f"{_URN}{name}-2"
    return etree.Element(f"{{{space}}}{name}", nsmap={None: space, **_PREFIXES})  # type: ignore[dict-item]  # lxml's None


def branch(parent: Element, name: str) -> Element:
    """An aggregate (cac). Whoever makes one puts something in it."""
    return etree.SubElement(parent, f"{{{_PREFIXES['cac']}}}{name}")


def leaf(parent: Element, name: str, text: str, **attributes: str) -> None:
    """A basic component (cbc); nothing where there is no text."""
    shown = clean(text)
    if shown:
        etree.SubElement(parent, f"{{{_PREFIXES['cbc']}}}{name}", attributes).text = shown


def amount(parent: Element, name: str, money: Money) -> None:
    """Money with its currency."""
    leaf(parent, name, money.figures, currencyID=money.currency)


def number(value: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def written(tree: Element) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
