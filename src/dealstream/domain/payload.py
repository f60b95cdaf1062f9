"""Frames as the payloads of tuples: compressed, and made of ASCII, for Storm's multilang protocol is JSON."""

import base64

import zstandard

# higher ones take longer, and save little
LEVEL = 1


def pack(frame: bytes) -> str:
    """Return the payload that holds a frame."""
    return base64.b64encode(zstandard.compress(frame, LEVEL)).decode("ascii")


def unpack(payload: str) -> bytes:
    """Return the frame in a payload: the inverse of `pack`."""
    return zstandard.decompress(base64.b64decode(payload))
