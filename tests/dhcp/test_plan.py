"""From the vendors' rows to options: by which scheme, which of them, in which order."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from provd.dhcp import Plan, plan
from provd.dhcp.encapsulation import LONGEST, encapsulated, vendor_identifying
from provd.dhcp.stanza import VendorClass
from provd.errors import InputError
from tests.dhcp.samples import ADDRESS, HOST, REACH, URL, VLAN, family, row


def options(made: Plan) -> dict[int, bytes]:
    (stanza,) = made.stanzas
    return {option.code: option.content for option in stanza.options}


def remarks(made: Plan) -> str:
    return " ".join(remark for stanza in made.stanzas for remark in stanza.remarks)


def test_phones_go_by_https_where_they_speak_it_whatever_the_site_allows() -> None:
    for allowed in (True, False):
        made = plan("x", [family(row(URL))], REACH, plain_allowed=allowed)
        assert options(made) == {160: b"https://prov.example.net:6902/"}
        assert remarks(made) == ""


@pytest.mark.parametrize(
    ("schemes", "url"),
    [(["http", "tftp"], REACH.http), (["tftp"], REACH.tftp), (["tftp", "https"], REACH.tftp)],
)
def test_others_go_by_the_best_that_they_speak(schemes: list[str], url: str) -> None:
    made = plan("x", [family(row(URL, schemes=schemes))], REACH, plain_allowed=True)
    assert options(made) == {160: url.encode()}


def test_where_the_site_has_no_networks_https_goes_before_what_the_phones_like_better() -> None:
    made = plan("x", [family(row(URL, schemes=["tftp", "https"]))], REACH, plain_allowed=False)
    assert options(made) == {160: REACH.https.encode()}


def test_phones_that_would_get_nothing_there_are_told_of() -> None:
    made = plan("x", [family(row(URL, schemes=["tftp"]))], REACH, plain_allowed=False)
    assert options(made) == {160: REACH.tftp.encode()}
    assert "gives them nothing here" in remarks(made)
    made = plan("x", [family(row(URL))], REACH, plain_allowed=False, scheme="http")
    assert "sent to http" in remarks(made)


def test_a_bare_name_or_address_is_left_out_where_phones_must_not_come_by_tftp() -> None:
    rows = [family(row(URL, HOST, ADDRESS))]
    assert list(options(plan("x", rows, REACH, plain_allowed=False))) == [160]
    assert list(options(plan("x", rows, REACH, plain_allowed=True))) == [160, 66, 150]
    only = [family(row(HOST, ADDRESS, schemes=["tftp"]))]
    assert list(options(plan("x", only, REACH, plain_allowed=False))) == [66, 150]


def test_an_option_may_differ_by_the_scheme_that_was_chosen() -> None:
    by_tls = {"code": 242, "form": "text", "value": "TLS={host},{port}", "schemes": ["https"]}
    by_http = {"code": 242, "form": "text", "value": "HTTP={host},{port}", "schemes": ["http"]}
    rows = [family(row(by_tls, by_http))]
    told = options(plan("x", rows, REACH, plain_allowed=True))
    assert told == {242: b"TLS=prov.example.net,6902"}
    told = options(plan("x", rows, REACH, plain_allowed=True, scheme="http"))
    assert told == {242: b"HTTP=prov.example.net,6901"}
    with pytest.raises(ValidationError, match="each code once"):
        row(by_tls, {**by_http, "schemes": ["https", "http"]})


def test_an_address_is_four_octets_and_told_when_it_is_missing() -> None:
    rows = [family(row(URL, ADDRESS))]
    assert options(plan("x", rows, REACH, plain_allowed=True))[150] == bytes([10, 99, 0, 2])
    made = plan("x", rows, replace(REACH, address=None), plain_allowed=True)
    assert list(options(made)) == [160]
    assert "--address" in remarks(made)


def test_a_family_without_any_option_left_is_a_remark_and_no_stanza() -> None:
    made = plan("x", [family(row(ADDRESS))], replace(REACH, address=None), plain_allowed=True)
    assert made.stanzas == ()
    assert "Acme: " in made.remarks[0]


def test_the_vlan_is_told_where_the_site_has_one() -> None:
    assert options(plan("x", [family(row(VLAN), vlan=40)], REACH, plain_allowed=True)) == {
        132: b"40"
    }
    assert plan("x", [family(row(VLAN))], REACH, plain_allowed=True).stanzas == ()


def test_phones_of_old_tls_go_to_the_listener_for_it_if_all_are() -> None:
    made = plan("x", [family(row(URL), count=2, old_tls=2)], REACH, plain_allowed=True)
    assert options(made) == {160: REACH.legacy.encode()}
    made = plan("x", [family(row(URL), count=3, old_tls=2)], REACH, plain_allowed=True)
    assert options(made) == {160: REACH.https.encode()}
    assert f"2 of 3 know old TLS only, and need {REACH.legacy}" in remarks(made)


def test_tftp_on_another_port_is_told() -> None:
    reach = replace(REACH, tftp_port=6900)
    made = plan("x", [family(row(URL, schemes=["tftp"]))], reach, plain_allowed=True)
    assert "provd listens on 6900" in remarks(made)
    made = plan("x", [family(row(URL, HOST))], reach, plain_allowed=True)
    assert "provd listens on 6900" in remarks(made)
    assert remarks(plan("x", [family(row(URL))], reach, plain_allowed=True)) == ""


def test_suboptions_of_one_code_are_one_option_in_code_length_content() -> None:
    made = plan(
        "x",
        [
            family(
                row(
                    {"code": 43, "suboption": 2, "form": "text", "value": "{host}"},
                    URL,
                    {"code": 43, "suboption": 3, "form": "octets", "value": "00ff"},
                )
            )
        ],
        REACH,
        plain_allowed=True,
    )
    assert list(options(made)) == [43, 160]
    assert options(made)[43] == b"\x02\x10prov.example.net\x03\x02\x00\xff"


def test_vendor_identifying_options_bear_the_enterprise_and_a_length() -> None:
    assert vendor_identifying(9, [(1, b"ab")]).hex() == "00000009" + "04" + "0102" + "6162"


def test_what_no_option_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="256 octets"):
        encapsulated([(2, b"x" * (LONGEST + 1))])
    reach = replace(REACH, https=f"https://{'x' * 260}/")
    with pytest.raises(InputError, match="can't hold"):
        plan("x", [family(row(URL))], reach, plain_allowed=True)
    reach = replace(REACH, https="https://büro.example/")
    with pytest.raises(InputError, match="xn--"):
        plan("x", [family(row(URL))], reach, plain_allowed=True)


def test_the_longest_vendor_classes_come_first_and_the_shorter_ones_leave_them_out() -> None:
    rows = [
        family(row(URL, classes=["Cis"])),
        family(row(URL, classes=["Cis SPA", "Lin"]), "beta"),
        family(row(URL, classes=[]), "omega"),
    ]
    made = plan("x", rows, REACH, plain_allowed=True)
    assert [(stanza.tag, stanza.classes) for stanza in made.stanzas] == [
        ("beta", (VendorClass(b"Cis SPA"), VendorClass(b"Lin"))),
        ("acme", (VendorClass(b"Cis", (b"Cis SPA",)),)),
        ("omega", ()),
    ]


def test_two_families_may_each_have_a_longer_class_than_the_other() -> None:
    rows = [
        family(row(URL, classes=["Cis", "Cis IP 79"])),
        family(row(URL, classes=["Cis IP "]), "beta"),
    ]
    made = plan("x", rows, REACH, plain_allowed=True)
    assert {stanza.tag: stanza.classes for stanza in made.stanzas} == {
        "acme": (VendorClass(b"Cis", (b"Cis IP ",)), VendorClass(b"Cis IP 79")),
        "beta": (VendorClass(b"Cis IP ", (b"Cis IP 79",)),),
    }


def test_further_families_of_a_vendor_are_numbered() -> None:
    rows = [family(row(URL)), family(row(URL, classes=["Acme M"])), family(row(URL), "beta")]
    made = plan("x", rows, REACH, plain_allowed=True)
    assert {stanza.tag for stanza in made.stanzas} == {"acme", "acme_2", "beta"}


def test_the_macs_count_only_where_no_vendor_class_does() -> None:
    with_class = plan("x", [family(row(URL))], REACH, plain_allowed=True).stanzas[0]
    without = plan("x", [family(row(URL, classes=[]))], REACH, plain_allowed=True).stanzas[0]
    assert (with_class.classes, with_class.ouis) == ((VendorClass(b"Acme"),), ())
    assert (without.classes, without.ouis) == ((), ("02aced", "02beef"))
    assert "no vendor class" in without.remarks[0]
