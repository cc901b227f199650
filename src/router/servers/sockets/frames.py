"""The few WebSocket frames that are read and written without the library: small, whole ones (RFC 6455, section 5.2)."""

TEXT = 0x81
"""First byte of a text frame that is a whole message."""
PONG = 0x8A
MASKED = 0x80
"""Bit of the second byte: set in every frame of a client, clear in those of a server."""
MASKED_16_BIT = MASKED | 126
"""Second byte of a client's frame whose length follows in two bytes."""
LONGEST_SHORT = 125
"""Longest payload whose length fits into the second byte, in bytes."""
SHORTEST_FRAME = 6
"""Bytes of an empty frame from a client: two of header, four of masking key."""

PING_FRAME = b"\x89\x00"

_SHORT_HEADERS = tuple(bytes((TEXT, size)) for size in range(LONGEST_SHORT + 1))


def text_header(size: int) -> bytes:
    """The header of an unmasked text frame of `size` bytes that is a whole message."""
    if size <= LONGEST_SHORT:
        return _SHORT_HEADERS[size]
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2)
    return b"\x81\x7f" + size.to_bytes(8)


def is_utf8(payload: bytes) -> bool:
    """Tell whether the bytes are valid UTF-8. (What is ASCII is, and can be asked faster.)"""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
