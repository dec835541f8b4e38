import pytest

from provd.billing.export_invoices import DateForm, ImportMapping
from provd.errors import InputError, PluginError
from provd.operations.import_mapping import mapping_from


def test_names_may_be_numbers() -> None:
    text = b'accounts: {"": 200, lease: "0210"}\ntax_types: {19: 19% VAT}\ndates: DD/MM/YYYY\n'
    assert mapping_from(text, "xero.yaml") == ImportMapping(
        {"": "200", "lease": "0210"}, {}, {"19": "19% VAT"}, DateForm.DAY_FIRST
    )


def test_an_empty_file_maps_nothing() -> None:
    assert mapping_from(b"", "x.yaml") == ImportMapping()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"- 1\n", "x.yaml: it is not a table"),
        (b"items:\n  - lease\n", "line 2, items: it is not a table of names"),
        (b"items: {lease: {a: b}}\n", "items: it is not a table of names"),
        (b"dates: DD.MM.YYYY\n", "Use YYYY-MM-DD, DD/MM/YYYY, MM/DD/YYYY"),
        (b"a: [\n", "x.yaml line"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: bytes, told: str) -> None:
    with pytest.raises((InputError, PluginError), match=told):
        mapping_from(text, "x.yaml")
