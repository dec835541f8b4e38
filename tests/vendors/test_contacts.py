"""A customer's phone book, and the firmware that a phone is told of, as templates see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provd.vendors.values import Phone, SharedPhone
from provd.vendors.vendor import Vendor

MakePhone = Callable[..., Phone]

URL = "https://phones.example.com/t/"
BOOK = (
    "{% for contact in contacts %}\n{% for kind, number in contact.numbers %}\n"
    "{{ contact.name }}.{{ kind }} = {{ number }}\n{% endfor %}\n{% endfor %}\n"
)
TOLD = (
    "{% if phonebook_url %}\nbook = {{ phonebook_url }}\n{% endif %}\n"
    "{% if firmware_file %}\n"
    "image = {{ firmware_file }} {{ firmware_version }} {{ firmware_url }}"
    " {{ firmware_url | url_folder }}\n{% endif %}\n"
)
ANN = {"name": "Ann", "numbers": [["work", "100"], ["mobile", "0151"]]}


@pytest.fixture
def vendor(acme: Path) -> Vendor:
    """Acme, with a phone book for the model Four alone."""
    manifest = acme / "plugin.yaml"
    book = '  phonebook: {path: "{mac}-book.conf", template: book.j2, secret: true, optional: true,'
    files = f'files:\n{book} when: {{colour: ["yes"]}}}}\n'
    manifest.write_text(manifest.read_text("utf-8").replace("files:\n", files, 1), "utf-8")
    (acme / "templates" / "book.j2").write_text(BOOK)
    (acme / "templates" / "device.conf.j2").write_text(TOLD)
    return Vendor(acme)


def test_templates_read_the_names_and_numbers_of_the_phone_book(
    vendor: Vendor, make_phone: MakePhone
) -> None:
    phone = make_phone(vendor, "Four", contacts=[ANN, {"name": "Bo", "numbers": [["home", "7"]]}])
    book = vendor.render(vendor.file("phonebook"), phone)
    assert book == b"Ann.work = 100\nAnn.mobile = 0151\nBo.home = 7\n"


def test_a_phone_with_contacts_is_told_where_its_phone_book_is(
    vendor: Vendor, make_phone: MakePhone
) -> None:
    phone = make_phone(vendor, "Four", contacts=[ANN], provisioning_url=URL)
    file = vendor.render(vendor.file("device"), phone)
    assert file == f"book = {URL}805ec0123456-book.conf\n".encode()


def test_another_phone_book_comes_before_our_own(vendor: Vendor, make_phone: MakePhone) -> None:
    settings = {"sip": {"registrar": "sip.example.com"}, "phonebook": {"url": "http://b.example/"}}
    phone = make_phone(vendor, "Four", contacts=[ANN], provisioning_url=URL, settings=settings)
    assert vendor.render(vendor.file("device"), phone) == b"book = http://b.example/\n"


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("Four", {"provisioning_url": URL}),
        ("Four", {"contacts": [ANN]}),
        ("One", {"contacts": [ANN], "provisioning_url": URL}),
    ],
    ids=["no contacts", "told no address", "a model without the file"],
)
def test_a_phone_without_a_phone_book_of_ours_is_told_of_none(
    vendor: Vendor, make_phone: MakePhone, model: str, given: dict[str, object]
) -> None:
    assert vendor.render(vendor.file("device"), make_phone(vendor, model, **given)) == b""


def test_templates_read_what_firmware_the_phone_shall_run(
    vendor: Vendor, make_phone: MakePhone
) -> None:
    url = "https://phones.example.com/acme/one.bin"
    firmware = {"file": "one.bin", "version": "2.0", "url": url}
    file = vendor.render(vendor.file("device"), make_phone(vendor, "One", firmware=firmware))
    assert file == f"image = one.bin 2.0 {url} https://phones.example.com/acme\n".encode()


def test_every_template_knows_contacts_and_firmware_where_there_are_none(
    vendor: Vendor, make_phone: MakePhone
) -> None:
    phone = make_phone(vendor, "Four")
    assert vendor.render(vendor.file("phonebook"), phone) == b""
    (vendor.folder / "templates" / "model.j2").write_text(TOLD + BOOK)
    manifest = vendor.folder / "plugin.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('.conf", optional', '.conf", template: model.j2, optional'))
    changed = Vendor(vendor.folder)
    shared = SharedPhone(None, phone.settings, "", phone.today)
    assert changed.render(changed.file("model"), shared) == b""
