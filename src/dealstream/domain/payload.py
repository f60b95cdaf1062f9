"""Frames as the payloads of tuples: compressed."""

import zstandard

# higher ones take longer, and save little
LEVEL = 1


def pack(frame: bytes) -> bytes:
    """Return the payload that holds a frame."""
    return zstandard.compress(frame, LEVEL)


def unpack(payload: bytes) -> bytes:
    """Return the frame in a payload: the inverse of `pack`."""
    return zstandard.decompress(payload)
