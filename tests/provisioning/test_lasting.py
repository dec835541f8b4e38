"""Who asks again from the same place is answered as a stranger to the memory would be."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from provd.devices.lifecycle import Place
from provd.exchange import Answer, Request, Transport
from provd.provisioning.lasting import Lasting
from provd.provisioning.networks import Networks
from provd.provisioning.policy import Grant, Way
from tests.servers.files import MODIFIED, NOW

BENCH, SITE = Networks([ip_network("10.0.0.0/24")]), Networks([ip_network("192.0.2.0/24")])
ADDRESSES = [ip_address(each) for each in ("10.0.0.1", "192.0.2.1", "192.0.2.2", "203.0.113.9")]
GRANTS = (
    Grant(Way.BENCH, Place.BENCH),
    Grant(Way.SITE, Place.SITE),
    Grant(Way.TOKEN, Place.SITE),
    Grant(Way.TOKEN, Place.BENCH),
)
ASKED = st.builds(
    lambda address, transport: Request("a.cfg", transport, address, 1, NOW),
    st.sampled_from(ADDRESSES),
    st.sampled_from(Transport),
)


@given(st.lists(st.one_of(st.sampled_from(GRANTS), ASKED), max_size=12))
def test_an_answer_never_depends_on_who_asked_before(steps: list[Grant | Request]) -> None:
    lasting, kept = Lasting(SITE), []
    for number, step in enumerate(steps):
        if isinstance(step, Grant):
            kept.append((step, Answer(b"", "text/plain", str(number), MODIFIED)))
            lasting.keep(*kept[-1])
        else:
            fresh = Lasting(SITE)
            for each in kept:
                fresh.keep(*each)
            assert lasting.find(step, BENCH) is fresh.find(step, BENCH)
