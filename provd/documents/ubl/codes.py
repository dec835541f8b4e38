"""Code lists of EN 16931, as its validation artefacts of 2026 (1.3.16) have them."""

from __future__ import annotations

from provd.billing.tax import Taxation, TaxCode
from provd.documents.text import first_seen

EN_16931 = "urn:cen.eu:en16931:2017"
PEPPOL = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
INVOICE, CREDIT_NOTE = "380", "381"
"""UNCL1001."""
SEPA_TRANSFER, TRANSFER = "58", "30"
"""UNCL4461."""
PIECE = "C62"
"""UNECE recommendation 20: a line's quantity counts pieces, whatever time they were had for."""
VAT, OTHER_TAX_NUMBER = "VAT", "FC"

UNKNOWN_CURRENCIES = frozenset({"ANG", "BGN", "STN"})
"""That ISO 4217 has or had, and the standard's list lacks (BR-CL-03)."""

_ADDRESS_SCHEMES = """
    0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183
    0184 0188 0190 0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209
    0210 0211 0212 0213 0215 0216 0217 0218 0221 0225 0230 0235 0240 0244 9910 9913 9914 9915 9918
    9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938
    9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959
"""
ADDRESS_SCHEMES = frozenset(_ADDRESS_SCHEMES.split())
"""EAS: what an electronic address may be of (BR-CL-25)."""

_EXEMPTIONS = """
    79-C 132 132-1A 132-1B 132-1C 132-1D 132-1E 132-1F 132-1G 132-1H 132-1I 132-1J 132-1K 132-1L
    132-1M 132-1N 132-1O 132-1P 132-1Q 143 143-1A 143-1B 143-1C 143-1D 143-1E 143-1F 143-1FA 143-1G
    143-1H 143-1I 143-1J 143-1K 143-1L 148 148-A 148-B 148-C 148-D 148-E 148-F 148-G 151 151-1A
    151-1AA 151-1B 151-1C 151-1D 151-1E 309 D F I J
"""
REASON_CODES = {
    TaxCode.EXEMPT: frozenset(f"VATEX-EU-{code}" for code in _EXEMPTIONS.split())
    | {"VATEX-FR-FRANCHISE", "VATEX-FR-CNWVAT"},
    TaxCode.REVERSE_CHARGE: frozenset({"VATEX-EU-AE"}),
    TaxCode.OUT_OF_SCOPE: frozenset({"VATEX-EU-O"}),
}
"""VATEX, by the category that they go with (BR-CL-22)."""
_REASONS = {
    TaxCode.EXEMPT: "Exempt from VAT",
    TaxCode.REVERSE_CHARGE: "Reverse charge",
    TaxCode.OUT_OF_SCOPE: "Not subject to VAT",
}


def reason_code(taxation: Taxation) -> str:
    """VATEX (BT-121), where it is one and goes with the tax category; else empty."""
    codes = REASON_CODES.get(taxation.code, frozenset())
    return taxation.reason_code if taxation.reason_code in codes else ""


def reason(taxation: Taxation) -> str:
    """Why there is no tax (BT-120): in the issuer's words, or in the category's."""
    if taxation.code not in _REASONS:
        return ""
    return first_seen(taxation.reason, _REASONS[taxation.code])
