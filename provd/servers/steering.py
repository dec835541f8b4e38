"""Which of several processes on one port a phone meets: always the same one.

The kernel chooses among the sockets of a port by ports and addresses, and a phone's next request
has another port. What a process knows of its phones (a sweep's MACs, a TLS session, a nonce, the
files of one boot) would be of use only by chance. So a small program in the kernel (socket(7),
SO_ATTACH_REUSEPORT_CBPF) chooses by the neighbourhood alone, as sweeps are counted: IPv4's first 24
bits, IPv6's first 48.
"""

from __future__ import annotations

import ctypes
import socket
import struct

from provd.errors import ConfigurationError

_ATTACH = 51  # SO_ATTACH_REUSEPORT_CBPF of Linux, which Python's socket module does not name
_NETWORK = 0xFFF00000  # SKF_NET_OFF of <linux/filter.h>: from here on, the IP header
_SPREAD = 0x9E3779B1  # Fibonacci hashing: what differs in the last bits shall in the first
_BYTE, _HALF, _WORD = 0x30, 0x28, 0x20  # BPF_LD | BPF_ABS
_RIGHT, _TIMES, _MODULO, _XOR_X = 0x74, 0x24, 0x94, 0xAC
_EQUAL, _GO, _TO_X, _RETURN = 0x15, 0x05, 0x07, 0x16


def program(processes: int) -> list[tuple[int, int, int, int]]:
    """Classic BPF (code, jump if true, jump if false, constant): the number of a process."""
    return [
        (_BYTE, 0, 0, _NETWORK),
        (_RIGHT, 0, 0, 4),
        (_EQUAL, 3, 0, 6),
        (_WORD, 0, 0, _NETWORK + 12),
        (_RIGHT, 0, 0, 8),
        (_GO, 0, 0, 4),
        (_WORD, 0, 0, _NETWORK + 8),
        (_TO_X, 0, 0, 0),
        (_HALF, 0, 0, _NETWORK + 12),
        (_XOR_X, 0, 0, 0),
        (_TIMES, 0, 0, _SPREAD),
        (_RIGHT, 0, 0, 16),
        (_MODULO, 0, 0, processes),
        (_RETURN, 0, 0, 0),
    ]


def steer(opened: socket.socket, processes: int) -> None:
    """For all sockets of its port. Raises ConfigurationError where the kernel can't."""
    instructions = b"".join(struct.pack("=HBBI", *each) for each in program(processes))
    held = ctypes.create_string_buffer(instructions, len(instructions))
    described = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(held))
    try:
        opened.setsockopt(socket.SOL_SOCKET, _ATTACH, described)
    except OSError as error:
        raise ConfigurationError(
            f"this kernel can't spread phones over several processes: {error.strerror}",
            key="workers",
            remedy="Set workers to 1",
        ) from error
