"""What a PDF says of itself in XMP (ISO 16684-1), as PDF/A wants it. fpdf2 would put in the moment
at which it was made; here it is the invoice's own day, so that the bytes never change."""

from __future__ import annotations

from lxml import etree

_X = "adobe:ns:meta/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_PDF = "http://ns.adobe.com/pdf/1.3/"
_PDFA = "http://www.aiim.org/pdfa/ns/id/"
_NAMES = {"x": _X, "rdf": _RDF, "dc": _DC, "xmp": _XMP, "pdf": _PDF, "pdfaid": _PDFA}


def xmp(*, title: str, author: str, subject: str, producer: str, made: str) -> str:
    """The packet's content, for PDF/A-3U. `made` is ISO 8601."""
    root = etree.Element(f"{{{_X}}}xmpmeta", nsmap=_NAMES)
    rdf = etree.SubElement(root, f"{{{_RDF}}}RDF")
    about = etree.SubElement(rdf, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    simple = (
        (_PDFA, "part", "3"),
        (_PDFA, "conformance", "U"),
        (_XMP, "CreatorTool", producer),
        (_XMP, "CreateDate", made),
        (_XMP, "ModifyDate", made),
        (_XMP, "MetadataDate", made),
        (_PDF, "Producer", producer),
    )
    for space, name, value in simple:
        etree.SubElement(about, f"{{{space}}}{name}").text = value
    for name, kind, value in (
        ("title", "Alt", title),
        ("description", "Alt", subject),
        ("creator", "Seq", author),
    ):
        group = etree.SubElement(etree.SubElement(about, f"{{{_DC}}}{name}"), f"{{{_RDF}}}{kind}")
        item = etree.SubElement(group, f"{{{_RDF}}}li")
        item.text = value
        if kind == "Alt":
            item.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
    return etree.tostring(root, encoding="unicode")
