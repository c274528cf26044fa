"""Frames as the bytes and checksums that `ffmpeg -f framemd5` means."""

import hashlib


def packed(frame):
    """The frame's planes one after the other, without padding."""
    return b"".join(plane.tobytes() for plane in frame.planes)


def md5(frame):
    return hashlib.md5(packed(frame)).hexdigest()


def count_until(reader, number, seconds=20):
    """Reads `number` frames, or fails by the reader's time-out."""
    reader.timeout = seconds
    return [reader.read().seq for _ in range(number)]
