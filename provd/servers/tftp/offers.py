"""From what a phone asked for, and the file it gets, to the session that sends it.

This module knows no socket and no address but the one whose route bounds a packet.
"""

from __future__ import annotations

from collections.abc import Callable

from provd.exchange import IPAddress
from provd.servers.tftp.framing import LARGE_OCTETS, FrameCache, netascii
from provd.servers.tftp.limits import TftpLimits
from provd.servers.tftp.negotiation import PLAIN, Terms, negotiate
from provd.servers.tftp.packets import FileRequest
from provd.servers.tftp.session import Pace, Session


def sendable(asked: FileRequest, content: bytes) -> bool:
    """Firmware is no text: making it one would hold up the reactor, for whoever asks."""
    return not asked.netascii or len(content) < LARGE_OCTETS


class Offers:
    """Makes sessions; files that many phones ask for are framed once.

    `largest_block` tells what one packet to an address carries, in octets of the file.
    """

    def __init__(self, settings: TftpLimits, largest_block: Callable[[IPAddress], int]) -> None:
        self._settings = settings
        self._largest_block = largest_block
        self._frames = FrameCache(settings.framed_cache_octets)
        self._pace = Pace(
            settings.retransmit_seconds,
            settings.maximum_silence_seconds,
            settings.maximum_transfer_seconds,
            settings.unvalidated_seconds,
        )

    def session(
        self, asked: FileRequest, content: bytes, address: IPAddress, now: float
    ) -> Session:
        sent = netascii(content) if asked.netascii else content
        terms = self._terms(asked, len(sent), address)
        return Session(self._frames.framed(sent, terms.block_octets), terms, self._pace, now)

    def _terms(self, asked: FileRequest, size: int, address: IPAddress) -> Terms:
        if not asked.options:
            return PLAIN
        largest = self._settings.maximum_block_octets
        if largest is None:
            largest = self._largest_block(address) if b"blksize" in asked.options else 512
        return negotiate(
            asked.options,
            size=size,
            maximum_block=largest,
            maximum_window=self._settings.maximum_window_blocks,
        )
