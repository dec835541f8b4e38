"""The neutral vocabulary: every setting that provd knows, one row each, for all vendors.

A new setting is one row here, a line in profiles/default.yaml, and a line in the templates of the
vendors that can do it.
"""

from __future__ import annotations

from collections.abc import Iterator

from provd.devices.kinds import (
    boolean,
    choice,
    host,
    integer,
    many,
    secret,
    text,
    time_zone,
    url,
)
from provd.devices.pem import certificate
from provd.devices.reaching import ROWS as _REACHING
from provd.devices.setting import Setting
from provd.devices.standing import TrustWay

DIALLED = r"[0-9*#+]*"
"""What a phone can dial, as a pattern; empty is allowed."""

MOST_LINES = 250
"""As many as the largest DECT system of the vendors' sheets has."""

ACTIONS = {
    "boot": "the phone has started",
    "registered": "a line has registered",
    "unregistered": "a line is no longer registered",
    "register_failed": "a line could not register",
    "incoming": "a call comes in",
    "outgoing": "a call goes out",
    "connected": "a call is answered",
    "disconnected": "a call has ended",
    "missed": "nobody took a call",
    "off_hook": "the handset is lifted",
    "on_hook": "the handset is put down",
    "dnd_on": "do-not-disturb is switched on",
    "dnd_off": "do-not-disturb is switched off",
    "forward_on": "forwarding is switched on",
    "forward_off": "forwarding is switched off",
}
"""What a phone can report to a URL: the end of the setting's name -> when it does."""

_PORT = integer(1, 65535)
_DSCP = integer(0, 63)
_NUMBER = text(32, pattern=DIALLED, wanted="Give what the phone dials: digits, * # and +")
_LINE_NUMBERS = many(integer(1, MOST_LINES), MOST_LINES)

_SIP = (
    Setting("sip.registrar", host(), "Where lines register, unless a line names its own"),
    Setting("sip.port", _PORT, "The registrar's port; unset: 5060, or 5061 over TLS"),
    Setting("sip.backup_registrar", host(), "Used when the registrar does not answer"),
    Setting("sip.backup_port", _PORT, "The backup registrar's port; unset: the registrar's"),
    Setting("sip.outbound_proxy", host(), "Where SIP is sent instead of to the registrar"),
    Setting("sip.outbound_proxy_port", _PORT, "The outbound proxy's port"),
    Setting("sip.backup_outbound_proxy", host(), "Used when the outbound proxy does not answer"),
    Setting("sip.backup_outbound_proxy_port", _PORT, "The backup outbound proxy's port"),
    Setting(
        "sip.transport",
        choice("udp", "tcp", "tls", "dns-srv"),
        "How SIP is carried; dns-srv leaves it to the DNS (RFC 3263)",
    ),
    Setting("sip.local_port", _PORT, "The phone's own SIP port"),
    Setting("sip.expires", integer(60, 86400), "Seconds for which a registration is asked"),
    Setting(
        "sip.keepalive",
        integer(0, 3600),
        "Seconds between packets that keep a router's way open; 0: none are sent",
    ),
    Setting(
        "sip.caller_id",
        many(choice("pai", "rpid", "from"), 3),
        "Whence the caller's name is taken, the first that is there: P-Asserted-Identity "
        "(RFC 3325), Remote-Party-ID, From",
    ),
    Setting("lines.shared", _LINE_NUMBERS, "Numbers of lines that other phones have as well"),
    Setting("lines.auto_answer", _LINE_NUMBERS, "Numbers of lines that answer by themselves"),
    Setting("srtp.mode", choice("off", "optional", "required"), "Encryption of the voice"),
    Setting(
        "dtmf.mode",
        choice("rfc2833", "info", "inband", "rfc2833-and-info"),
        "How keys pressed in a call are sent (RFC 2833, now RFC 4733)",
    ),
    Setting(
        "dtmf.payload_type", integer(96, 127), "RTP payload type of RFC 2833; unset: the phone's"
    ),
    Setting(
        "codecs",
        many(choice("opus", "g722", "pcma", "pcmu", "g729", "ilbc", "g726-32"), 7),
        "Offered in this order; those that a model lacks are left out",
    ),
)

_CALLS = (
    Setting("voicemail.number", _NUMBER, "What the message key dials"),
    Setting("voicemail.mwi", boolean(), "Subscribe to the message waiting lamp"),
    Setting("calls.waiting", boolean(), "Signal a second call during a call"),
    Setting("calls.dnd", boolean(), "The user may switch on do-not-disturb"),
    Setting("calls.hide_number", boolean(), "Call without showing one's number"),
    Setting("calls.reject_anonymous", boolean(), "Refuse callers who hide their number"),
    Setting("calls.forward_always", _NUMBER, "Every call is sent on to this number"),
    Setting("calls.forward_busy", _NUMBER, "Where calls go while the line is busy"),
    Setting("calls.forward_no_answer", _NUMBER, "Where calls go that nobody takes"),
    Setting("calls.forward_after", integer(1, 120), "Seconds until nobody has taken a call"),
    Setting("calls.pickup_code", _NUMBER, "Dialled before a number, to take its call"),
    Setting("calls.group_pickup_code", _NUMBER, "Dialled to take a call that rings in one's group"),
    Setting("calls.intercom", boolean(), "Answer at once where the caller asks for it"),
    Setting(
        "dial_plan.digit_map",
        text(512, pattern=r"[0-9A-DTtXx*#+.,|\[\]-]*", wanted="Use 0-9 * # x . T | [ ] and -"),
        "When a number is complete, in MGCP form (RFC 3435, 2.1.5): [2-9]xx|0x.T",
    ),
    Setting("dial_plan.timeout", integer(1, 30), "Seconds without a key after which it is dialled"),
    Setting("dial_plan.emergency", many(_NUMBER, 5), "Numbers that a locked phone may call"),
)

_NETWORK = (
    Setting("network.vlan.id", integer(1, 4094), "802.1Q VLAN of the phone"),
    Setting("network.vlan.priority", integer(0, 7), "802.1p priority of the phone"),
    Setting("network.pc_vlan.id", integer(1, 4094), "802.1Q VLAN of the phone's PC port"),
    Setting("network.pc_vlan.priority", integer(0, 7), "802.1p priority of the PC port"),
    Setting("network.lldp", boolean(), "Take the VLAN from the switch by LLDP"),
    Setting("network.cdp", boolean(), "Take the VLAN from the switch by CDP"),
    Setting("network.pc_port", boolean(), "The phone's port for a computer is on"),
    Setting(
        "network.dot1x.mode",
        choice("off", "eap-md5", "eap-tls", "peap-mschapv2"),
        "How the phone signs in to the switch (IEEE 802.1X)",
    ),
    Setting("network.dot1x.user", text(64), "The phone's name for the switch"),
    Setting("network.dot1x.password", secret(32), "Its password for the switch"),
    Setting("network.dscp.sip", _DSCP, "DSCP of SIP packets (RFC 2474): 24 is CS3, 26 AF31"),
    Setting("network.dscp.rtp", _DSCP, "DSCP of voice packets: 46 is EF"),
    Setting("network.rtp_from", integer(1024, 65534), "First port for voice"),
    Setting("network.rtp_until", integer(1025, 65535), "Last port for voice"),
)

_PHONE = (
    Setting("time.zone", time_zone(), "IANA name; daylight saving follows from it"),
    Setting("time.format", choice("12h", "24h"), "How the clock is shown"),
    Setting(
        "time.date_format",
        choice("day-first", "month-first", "year-first"),
        "How dates are shown: 31.12., 12/31, 2026-12-31",
    ),
    Setting("ntp.servers", many(host(), 2), "Time servers, the preferred one first"),
    Setting(
        "language",
        choice("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "zh"),
        "Of the phone's display (ISO 639-1)",
    ),
    Setting(
        "tones.country",
        text(2, pattern="[A-Z]{2}", wanted="Give two capital letters (ISO 3166), in quotes"),
        "Whose dial, ring and busy tones are played",
    ),
    Setting("web.admin_password", secret(32), "For the phone's own pages, as administrator"),
    Setting("web.user_password", secret(32), "For the phone's own pages, as user"),
    Setting("web.server", choice("off", "http", "https", "both"), "The phone's own pages"),
    Setting("syslog.server", host(), "Where the phone sends its log; unset: nowhere"),
    Setting("syslog.port", _PORT, "The log server's port; unset: 514"),
    Setting("syslog.level", choice("error", "warning", "info", "debug"), "How much it logs"),
)

_DIRECTORY = (
    Setting("phonebook.url", url("http", "https", "tftp"), "A phone book in the vendor's form"),
    Setting("phonebook.name", text(32), "What the phone calls it"),
    Setting("ldap.server", host(), "A directory (RFC 4511) in which the phone looks up names"),
    Setting("ldap.port", _PORT, "Its port; unset: 389, or 636 with ldaps"),
    Setting("ldap.security", choice("off", "starttls", "ldaps"), "How the way to it is encrypted"),
    Setting("ldap.user", text(128), "The name with which the phone signs in to it (a DN)"),
    Setting("ldap.password", secret(), "That name's password"),
    Setting("ldap.base", text(128), "Where the search begins: ou=people,dc=example,dc=com"),
    Setting("ldap.name_filter", text(128), "How names are searched (RFC 4515): (cn=%)"),
    Setting("ldap.number_filter", text(128), "How numbers are searched: (telephoneNumber=%)"),
    Setting("ldap.name_attributes", many(text(32, pattern="[A-Za-z][A-Za-z0-9;-]*"), 5),
            "Attributes that hold a name"),
    Setting("ldap.number_attributes", many(text(32, pattern="[A-Za-z][A-Za-z0-9;-]*"), 5),
            "Attributes that hold a number"),
    Setting("ldap.display_name", text(64), "What is shown of an entry: %cn"),
    Setting("ldap.most_hits", integer(1, 1000), "As many entries as a search may find"),
    Setting("ldap.incoming", boolean(), "Look up who calls"),
)  # fmt: skip

_PROVISIONING = (
    Setting("provisioning.at_boot", boolean(), "Fetch the configuration at each boot"),
    Setting("provisioning.resync", boolean(), "Fetch it daily, within the hours below"),
    Setting(
        "provisioning.resync_from",
        integer(0, 23),
        "Hour at which the window opens, by the phone's clock; each picks a random time in it",
    ),
    Setting("provisioning.resync_until", integer(0, 23), "Hour at which the window closes"),
    Setting(
        "provisioning.dhcp",
        boolean(),
        "The phone may take another provisioning server from DHCP",
    ),
    Setting("provisioning.pnp", boolean(), "The phone asks for its server by SIP multicast"),
    Setting(
        "provisioning.legacy",
        boolean(),
        "The phone knows old TLS only, and is sent to listen.legacy_url",
        for_phones=False,
    ),
    Setting("provisioning.user", text(64), "With which the phone asks for its files"),
    Setting("provisioning.password", secret(), "That user's"),
    Setting(
        "provisioning.file_key",
        secret(64),
        "Encrypts the phone's files, where its vendor has a form for it. The phone must have the "
        "key already, or gets it in the first file",
    ),
    Setting(
        "provisioning.uploads",
        boolean(),
        "Take the logs and the changes that the phone sends, and give it its changes back",
        for_phones=False,
    ),
    Setting(
        "provisioning.file_form",
        choice("openssl-md5", "openssl-sha256", "openssl-base64", "aes128gcm", "aes128ecb"),
        "How the key encrypts, where phones know several ways; unset: the vendor's first",
    ),
    Setting("certificates.verify_server", boolean(), "The phone checks whose server it speaks to"),
    Setting(
        "certificates.authority_url",
        url("http", "https", "tftp"),
        "An authority's certificate (PEM) that the phone shall trust",
    ),
    Setting(
        "certificates.authority",
        certificate(),
        "The same certificate itself, for phones that take its text and fetch none",
    ),
    Setting(
        "certificates.client_url",
        url("http", "https", "tftp"),
        "The certificate that the phone shows instead of its factory's, in the vendor's own form",
    ),
    Setting(
        "certificates.client_key_url",
        url("http", "https", "tftp"),
        "That certificate's private key, for phones that fetch it by itself",
    ),
    Setting(
        "firmware.version",
        text(64),
        "The only firmware that the phone is told of; unset: the newest for its model",
        for_phones=False,
    ),
    Setting(
        "firmware.percent",
        integer(0, 100),
        "As many of the phones, always the same ones, are told of it",
        for_phones=False,
    ),
    Setting(
        "firmware.bench_only",
        boolean(),
        "Only phones on the fulfilment house's bench are told of it",
        for_phones=False,
    ),
    Setting(
        "trust.ways",
        many(choice(*TrustWay), len(TrustWay)),
        "How a phone may prove itself; unset: in every way",
        for_phones=False,
    ),
)


def _actions() -> Iterator[Setting]:
    for name, when in ACTIONS.items():
        yield Setting(f"action_url.{name}", url("http", "https"), f"Fetched when {when}")


ROWS = (*_SIP, *_CALLS, *_NETWORK, *_PHONE, *_DIRECTORY, *_actions(), *_PROVISIONING, *_REACHING)
"""In the order in which people read about them."""
