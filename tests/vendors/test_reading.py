"""What a phone makes of the files it fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.secret import Secret
from provd.vendors.registry import Registry
from provd.vendors.values import ReadAccount


def test_yealink_s_later_file_wins(registry: Registry) -> None:
    reading = registry.vendor("yealink").reading(
        {
            "y000000000108.cfg": b"lang.gui = English\nlang.wui = English\n",
            "001565aabbcc.cfg": b"lang.gui = German\n",
        }
    )
    assert reading.parameters == {"lang.gui": "German", "lang.wui": "English"}
    assert reading.accounts == ()


def test_yealink_s_own_changes_win_whenever_they_were_fetched(registry: Registry) -> None:
    reading = registry.vendor("yealink").reading(
        {"001565aabbcc-local.cfg": b"a = local\n", "001565aabbcc.cfg": b"a = server\n"}
    )
    assert reading.parameters == {"a": "local"}


def test_polycom_s_leftmost_file_wins_and_the_phone_s_changes_above_all(registry: Registry) -> None:
    reading = registry.vendor("polycom").reading(
        {
            "001565aabbcc-extra.cfg": b'<a one="left" two="left"/>',
            "001565aabbcc-settings.cfg": b'<a one="right" two="right" three="right"/>',
            "001565aabbcc-phone.cfg": b'<a two="phone"/>',
        }
    )
    assert reading.parameters == {"one": "left", "two": "phone", "three": "right"}


def test_an_account_is_read_whole(registry: Registry) -> None:
    content = b"""account.1.enable = 1
account.1.user_name = 100
account.1.auth_name = auth
account.1.password = p4ss
account.1.display_name = Ann
account.1.sip_server.1.address = sip.example.com
account.1.sip_server.1.port = 5061
account.1.sip_server.1.transport_type = 2
account.2.enable = 0
account.2.user_name = 101
account.2.sip_server.1.address = sip.example.com
account.3.enable = 1
account.3.user_name = 102
"""
    reading = registry.vendor("yealink").reading({"001565aabbcc.cfg": content})
    assert reading.accounts == (
        ReadAccount(1, "100", "auth", Secret("p4ss"), "sip.example.com", 5061, "tls", "Ann"),
    )
    assert "p4ss" not in repr(reading.accounts)


@pytest.mark.parametrize(
    ("text", "port", "wanted"),
    [
        ("sbc.example.com", "5070", ("sbc.example.com", 5070)),
        ("sbc.example.com:5071", "", ("sbc.example.com", 5071)),
        ("sip:[2001:db8::1]:5071;transport=tls,other.example.com", "", ("2001:db8::1", 5071)),
        ("sbc.example.com", "", ("sbc.example.com", 0)),
        ("", "5060", ("", 0)),
        ("0.0.0.0", "0", ("", 0)),  # noqa: S104  # what some phones are told for none
        ("%NULL%", "5060", ("", 0)),
    ],
)
def test_an_outbound_proxy_is_read_in_its_forms(
    registry: Registry, text: str, port: str, wanted: tuple[str, int]
) -> None:
    content = f"""account.1.user_name = 100
account.1.sip_server.1.address = sip.example.com
account.1.outbound_proxy.1.address = {text}
account.1.outbound_proxy.1.port = {port}
"""
    (account,) = registry.vendor("yealink").reading({"001565aabbcc.cfg": content.encode()}).accounts
    assert (account.proxy, account.proxy_port) == wanted


def test_an_old_phone_s_account_is_read_by_its_old_names(registry: Registry) -> None:
    content = b"account.1.user_name = 100\naccount.1.sip_server_host = old.example.com\n"
    (account,) = registry.vendor("yealink").reading({"001565aabbcc.cfg": content}).accounts
    assert account.registrar == "old.example.com"
    assert account.auth_user == "100"


def test_a_registrar_with_its_port_is_taken_apart(registry: Registry) -> None:
    def registrar(text: str) -> tuple[str, int]:
        content = f"<gs><config><P35>1</P35><P47>{text}</P47></config></gs>".encode()
        (account,) = (
            registry.vendor("grandstream").reading({"cfg001565aabbcc.xml": content}).accounts
        )
        return account.registrar, account.port

    assert registrar("sip.example.com:5070") == ("sip.example.com", 5070)
    assert registrar("sip.example.com") == ("sip.example.com", 0)
    assert registrar("[2001:db8::5]:5061") == ("2001:db8::5", 5061)
    assert registrar("[2001:db8::5]") == ("2001:db8::5", 0)
    assert registrar("&lt;sip:sip.example.com:5061;transport=tls&gt;") == ("sip.example.com", 5061)
    assert registrar("sip:100@sip.example.com;lr") == ("sip.example.com", 0)


def test_what_is_no_configuration_is_not_read(registry: Registry) -> None:
    reading = registry.vendor("polycom").reading(
        {"sip.ld": b"\x00\x01", "unheard-of.bin": b"\xff", "001565aabbcc-directory.xml": b"<"}
    )
    assert reading.parameters == {}


SNOM_LIKE = b"""<settings><phone-settings>
<user_host idx="1">sip.example.com</user_host><user_host idx="2">sip2.example.com:5070</user_host>
<user_active idx="1">on</user_active><user_active idx="2">on</user_active>
<user_active idx="3">off</user_active>
<user_name idx="1">100</user_name><user_name idx="2">101</user_name>
<user_name idx="3">102</user_name>
<server idx="1">2</server><server idx="2">1</server><server idx="3">1</server>
<route idx="1">proxy.example.com:5061;transport=tls,proxy2.example.com;transport=tls</route>
</phone-settings></settings>"""


def test_an_account_s_registrar_may_have_a_number_and_its_transport_be_in_a_route(
    acme: Path,
) -> None:
    path = acme / "plugin.yaml"
    rows = """accounts:
  all:
    - user: "phone-settings/user_name[{n}]"
      enabled: "phone-settings/user_active[{n}]"
      password: "phone-settings/user_pass[{n}]"
      server: "phone-settings/server[{n}]"
      registrar: "phone-settings/user_host[{s}]"
      transport: "phone-settings/route[{n}]"
"""
    text = path.read_text("utf-8").replace("format: key_value", "format: xml")
    text = text.replace("tls: TLS", "tls: tls")
    path.write_text(text.partition("accounts:")[0] + rows, "utf-8")
    vendor = Registry.load(acme.parent, entry_points=False).vendor("acme")
    found = vendor.reading({"acme-02aced123456.conf": SNOM_LIKE}).accounts
    assert [(one.number, one.registrar, one.port, one.transport) for one in found] == [
        (1, "sip2.example.com", 5070, "tls"),
        (2, "sip.example.com", 0, ""),
    ]


def test_each_table_of_accounts_has_its_words_for_transports(registry: Registry) -> None:
    item = '<item name="account.1.sip.%s">%s</item>'
    fields = [("userid", "100"), ("server.1.address", "sip.example.com"), ("transport", "TlsOrTcp")]
    content = f"<gs_provision>{''.join(item % field for field in fields)}</gs_provision>".encode()
    (account,) = registry.vendor("grandstream").reading({"cfg001565aabbcc.xml": content}).accounts
    assert account.transport == "tls"


def test_a_user_that_is_written_with_its_domain_is_read_without(registry: Registry) -> None:
    begin = "net.java.sip.communicator.impl.protocol.sip.acc1"
    file = (
        f"{begin}.USER_ID=100@sip.example.com\n{begin}.SERVER_ADDRESS=sip.example.com\n"
        f"{begin}.PASSWORD=p4ss\\:word\n"
    )
    reading = registry.vendor("jitsi").reading({"jitsi-02aced123456.properties": file.encode()})
    (account,) = reading.accounts
    assert (account.user, account.registrar) == ("100", "sip.example.com")
    assert account.password.reveal() == "p4ss:word"


def test_a_word_may_stand_for_the_registrar_of_all_lines(registry: Registry) -> None:
    content = b"""<device><devicePool><callManagerGroup><members><member priority="0"><callManager>
      <processNodeName>sip.example.com</processNodeName></callManager></member>
      <member priority="1"><callManager><processNodeName>backup.example.com</processNodeName>
      </callManager></member></members></callManagerGroup></devicePool><sipProfile><sipLines>
      <line button="1"><proxy>USECALLMANAGER</proxy><port>5060</port><name>100</name></line>
      <line button="2"><proxy>sip2.example.com</proxy><port>5070</port><name>101</name></line>
      </sipLines></sipProfile></device>"""
    found = registry.vendor("cisco_sip").reading({"SEP001565AABBCC.cnf.xml": content}).accounts
    assert [(one.number, one.registrar, one.port) for one in found] == [
        (1, "sip.example.com", 5060),
        (2, "sip2.example.com", 5070),
    ]
