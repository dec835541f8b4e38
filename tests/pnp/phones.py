"""SUBSCRIBEs as phones of several vendors send them (facts: every form that is known)."""

from __future__ import annotations

from dataclasses import dataclass

MAC = "001565aabbcc"
GROUP = "224.0.1.75"
PHONE = ("192.0.2.7", 5059)
EVENT = 'ua-profile;profile-type="device";vendor="Acme";model="T21D";version="52.80.0.3"'


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a SUBSCRIBE."""

    name: str
    uri: str = f"sip:MAC%3a{MAC}@{GROUP}"
    sender: str = ""
    recipient: str = ""
    event: str = EVENT
    agent: str = "Acme SIP-T21P_E2 52.80.0.3"
    contact: str = "<sip:192.0.2.7:5060>"

    def data(self, call: str = "1@192.0.2.7", sequence: int = 1) -> bytes:
        lines = [
            f"SUBSCRIBE {self.uri} SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK77;rport",
            "Max-Forwards: 70",
            f"From: <{self.sender or self.uri}>;tag=9bk2",
            f"To: <{self.recipient or self.uri}>",
            f"Call-ID: {call}",
            f"CSeq: {sequence} SUBSCRIBE",
            f"Contact: {self.contact}",
            f"Event: {self.event}",
            "Expires: 0",
            "Accept: application/url",
            f"User-Agent: {self.agent}",
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


_UNSAID = f"sip:{GROUP}"
FORMS = (
    Form("small %3a"),
    Form("capital %3A and digits", f"sip:MAC%3A{MAC.upper()}@{GROUP}"),
    Form("any text as host", f"sip:MAC%3a{MAC.upper()}@phones.example"),
    Form("no colon", f"sip:MAC{MAC}@{GROUP}"),
    Form("a colon as it is", f"sip:MAC:{MAC.upper()}@phones.example"),
    Form("an equals sign, in From and To", _UNSAID, f"sip:MAC={MAC}@h", f"sip:MAC={MAC}@h"),
    Form("local", f"sip:MAC%3A{MAC.upper()}@local"),
    Form("digits alone", f"sip:{MAC.upper()}@{GROUP}"),
    Form("in To alone", _UNSAID, _UNSAID, f"sip:MAC%3a{MAC}@{GROUP}"),
    Form("in From alone", _UNSAID, f"sip:MAC%3a{MAC}@{GROUP}", _UNSAID),
    Form("a port", f"sip:MAC%3a{MAC}@{GROUP}:5060"),
    Form("an application", event=EVENT.replace("device", "application")),
    Form(
        "nothing quoted, another order",
        event="ua-profile;version=52.80.0.3;model=T21D;vendor=Acme;profile-type=device",
    ),
    Form("no user agent's MAC, a name at Contact", contact='"T21" <sip:1@192.0.2.7:5080>'),
    Form("a user agent with a MAC", agent=f"Acme X4 {MAC} 2.10.2"),
)
