"""Encrypted files, held against the openssl command, http-ece and a known vector."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import http_ece  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY
from provd.errors import PluginError, RenderError, SimulationError
from provd.vendors.encryption import FORM, FORMS, check_key, decrypt, encrypt, openssl
from provd.vendors.registry import Registry
from provd.vendors.sending import opened, sent
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

KEYS = {
    "openssl-md5": "SecretPhrase1234",
    "openssl-sha256": "a longer phrase, with blanks",
    "openssl-base64": "0123456789abcdef0123456789ABCDEF",
    "aes128gcm": "any keying material",
    "aes128ecb": "16 characters,ok",
}
TEXT = "account.1.label = Ünïcode & <more>\n".encode() * 300
VECTOR = "53616c7465645f5f000102030405060735f30842548da7373e49acb1b92c7087"


def run_openssl(*arguments: str, given: bytes) -> bytes:
    return subprocess.run(
        ["openssl", "enc", *arguments], input=given, capture_output=True, check=True
    ).stdout


def test_every_form_has_a_key_to_be_tried_with_and_can_be_chosen() -> None:
    assert KEYS.keys() == FORMS.keys() == set(VOCABULARY[FORM].kind.words)


def test_the_known_vector_comes_out() -> None:
    made = openssl._salted(b"hello", "SecretPhrase1234", bytes(range(8)), "md5")
    assert made.hex() == VECTOR
    assert decrypt("openssl-md5", bytes.fromhex(VECTOR), "SecretPhrase1234") == b"hello"


@pytest.mark.parametrize("content", [b"", b"x", TEXT], ids=["empty", "one", "long"])
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("openssl-md5", ("-aes-256-cbc", "-md", "md5")),
        ("openssl-sha256", ("-aes-256-cbc", "-md", "sha256")),
        ("openssl-base64", ("-aes-256-cbc", "-md", "md5", "-a", "-salt")),
    ],
)
def test_the_openssl_command_reads_it_and_what_it_writes_is_read(
    form: str, options: tuple[str, ...], content: bytes
) -> None:
    key = KEYS[form]
    made = encrypt(form, content, key, packed=False).content
    assert run_openssl("-d", *options, "-k", key, given=made) == content
    assert decrypt(form, run_openssl(*options, "-k", key, given=content), key) == content


def test_the_openssl_command_reads_blocks_of_ecb() -> None:
    key = KEYS["aes128ecb"]
    made = encrypt("aes128ecb", b"a = 1\n", key, packed=False).content
    hexadecimal = key.encode().hex()
    clear = run_openssl("-d", "-aes-128-ecb", "-nopad", "-K", hexadecimal, given=made)
    assert clear == b"a = 1\n" + b"\n" * 10
    whole = b"0123456789abcde\n"
    assert len(encrypt("aes128ecb", whole, key, packed=False).content) == 16


@pytest.mark.parametrize("length", [0, 1, 4078, 4079, 4080, 8158, 8159, 20_000])
def test_http_ece_reads_every_length_and_what_it_writes_is_read(length: int) -> None:
    key, content = KEYS["aes128gcm"], bytes(length % 251 for _ in range(length))
    made = encrypt("aes128gcm", content, key, packed=False).content
    assert http_ece.decrypt(made, key=key.encode(), version="aes128gcm") == content
    if not length:
        return  # of nothing it makes a header without a record, which RFC 8188 does not know
    theirs = http_ece.encrypt(content, key=key.encode(), version="aes128gcm", rs=1000)
    assert decrypt("aes128gcm", theirs, key) == content


@pytest.mark.parametrize("form", FORMS)
def test_the_same_content_is_the_same_file_and_another_key_another(form: str) -> None:
    key = KEYS[form]
    first = encrypt(form, TEXT, key, packed=True)
    assert encrypt(form, TEXT, key, packed=True) == first
    assert encrypt(form, TEXT + b"x", key, packed=True).content != first.content
    other = key[:-1] + "!"
    assert encrypt(form, TEXT, other, packed=True).content[16:] != first.content[16:]
    assert decrypt(form, first.content, key).rstrip(b"\n") == TEXT.rstrip(b"\n")


@pytest.mark.parametrize("form", [form for form in FORMS if form != "aes128ecb"])
@settings(max_examples=25, deadline=None)
@given(content=st.binary(max_size=9000))
def test_whatever_is_encrypted_is_read_again(form: str, content: bytes) -> None:
    if content.startswith(b"\x1f\x8b"):
        return  # taken for packed, as a phone does
    assert decrypt(form, encrypt(form, content, KEYS[form], packed=False).content, KEYS[form]) == (
        content
    )


@pytest.mark.parametrize(
    ("form", "key", "words"),
    [
        ("aes128ecb", "short", "provisioning.file_key has 5 characters, and aes128ecb takes 16"),
        ("openssl-base64", "x" * 16, "has 16 characters, and openssl-base64 takes 32"),
        ("openssl-md5", "Schlüssel", "ASCII only"),
    ],
)
def test_a_key_that_does_not_fit_is_named_and_not_shown(form: str, key: str, words: str) -> None:
    with pytest.raises(RenderError, match=words) as caught:
        check_key(form, key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "aes128ecb"])
def test_a_phone_with_another_key_reads_nothing(form: str) -> None:
    made = encrypt(form, TEXT, KEYS[form], packed=False).content
    other = "x" * len(KEYS[form])
    for key, content in ((other, made), (KEYS[form], made[:-5])):
        with pytest.raises(SimulationError, match="does not open"):
            decrypt(form, content, key)


def test_a_phone_without_a_key_says_so_and_a_clear_file_is_read_by_any() -> None:
    made = encrypt("openssl-md5", TEXT, KEYS["openssl-md5"], packed=False).content
    with pytest.raises(SimulationError, match="has no key"):
        decrypt("openssl-md5", made, "")
    assert decrypt("openssl-md5", TEXT, KEYS["openssl-md5"]) == TEXT
    assert decrypt("aes128gcm", TEXT, "") == TEXT


def test_a_packed_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provd.vendors.encryption.MOST_OCTETS", 1000)
    made = encrypt("openssl-md5", bytes(5000), KEYS["openssl-md5"], packed=True).content
    with pytest.raises(SimulationError):
        decrypt("openssl-md5", made, KEYS["openssl-md5"])


# In a vendor's folder


def with_rows(acme: Path, rows: str) -> Path:
    manifest = acme / "plugin.yaml"
    text = manifest.read_text("utf-8")
    before, after = "completes_boot: true}", f"completes_boot: true, encryption: {rows}}}"
    assert before in text
    manifest.write_text(text.replace(before, after, 1), "utf-8")
    return acme


def test_each_family_has_its_own_form(acme: Path) -> None:
    rows = '[{form: openssl-md5, gzip: true, when: {colour: ["no"]}}, {form: aes128gcm}]'
    vendor = Vendor(with_rows(acme, rows))
    file = vendor.file("device")
    one, four = (file.encryption(vendor.model(name)) for name in ("One", "Four"))
    assert one is not None
    assert four is not None
    assert (one.form, one.packed, four.form) == ("openssl-md5", True, "aes128gcm")
    assert "provisioning.file_key" not in vendor.unsupported_settings


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("[{form: rot13}]", "no such form; choose one of: openssl-md5"),
        ("[{form: aes128gcm, when: {colur: [x]}}]", "no column colur"),
        ("[{form: aes128gcm, gzipped: true}]", "no such key"),
    ],
)
def test_a_wrong_row_is_named(acme: Path, rows: str, words: str) -> None:
    with pytest.raises(PluginError, match=words):
        Vendor(with_rows(acme, rows))


def test_without_a_form_the_key_is_told_to_be_unsupported(acme: Path) -> None:
    assert "provisioning.file_key" in Vendor(acme).unsupported_settings


@pytest.mark.parametrize(
    ("vendor", "model", "form"),
    [
        ("grandstream", "GXP2170", "openssl-md5"),
        ("yealink", "T46U", "aes128ecb"),
        ("cisco_spa", "SPA504G", "openssl-md5"),
        ("panasonic", "KX-UTG200B", "openssl-base64"),
        ("panasonic", "KX-UT123", ""),
        ("polycom", "VVX_400", ""),
    ],
)
def test_the_vendors_with_a_known_form_use_it(
    registry: Registry, make_phone: Callable[..., Phone], vendor: str, model: str, form: str
) -> None:
    known = registry.vendor(vendor)
    key = Secret(KEYS[form] if form else "any key")
    given = {"sip.registrar": "sip.example.com", "provisioning.file_key": key}
    phone = make_phone(known, model, settings=given)
    for name in known.required_kinds(phone.model):
        clear = known.render(known.file(name), phone)
        made = sent(known.file(name), phone, clear)
        assert (made.content != clear) is bool(form)
        read = opened(known.file(name), phone.model, made.content, key.reveal())
        assert read.rstrip() == clear.rstrip()


DECRYPTING: dict[str, Callable[[bytes, str], bytes]] = {
    "openssl-md5": lambda content, key: run_openssl(
        "-d", "-aes-256-cbc", "-md", "md5", "-k", key, given=content
    ),
    "openssl-sha256": lambda content, key: run_openssl(
        "-d", "-aes-256-cbc", "-md", "sha256", "-k", key, given=content
    ),
    "aes128gcm": lambda content, key: bytes(
        http_ece.decrypt(content, key=key.encode(), version="aes128gcm")
    ),
}


@pytest.mark.parametrize(
    ("model", "wanted", "form"),
    [
        ("8851-3PCC", None, "openssl-md5"),
        ("8851-3PCC", "openssl-sha256", "openssl-sha256"),
        ("6841-3PCC", "aes128gcm", "aes128gcm"),
        ("8851-3PCC", "aes128ecb", "openssl-md5"),
        ("SPA504G", "aes128gcm", "openssl-md5"),
    ],
)
def test_a_phone_is_sent_the_form_that_is_chosen_for_it_if_it_knows_it(
    registry: Registry, make_phone: Callable[..., Phone], model: str, wanted: str, form: str
) -> None:
    vendor = registry.vendor("cisco_spa")
    given = {"sip.registrar": "sip.example.com", "provisioning.file_key": Secret("Phrase1234")}
    phone = make_phone(vendor, model, settings={**given, FORM: wanted} if wanted else given)
    file = vendor.file("device")
    clear, notes = vendor.render_noted(file, phone)
    made = sent(file, phone, clear)
    assert DECRYPTING[form](made.content, "Phrase1234") == clear
    assert made.coding == FORMS[form].coding
    assert opened(file, phone.model, made.content, "Phrase1234") == clear
    assert opened(file, phone.model, clear, "Phrase1234") == clear
    with pytest.raises(SimulationError):
        opened(file, phone.model, made.content, "Phrase1235")
    assert (wanted in {note.value for note in notes}) is (wanted not in (None, form))
    assert (b"IKM_HTTP_Encrypt_Content" in clear) is (form == "aes128gcm")
