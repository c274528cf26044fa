"""The three kinds of shared memory: frames are the same, the status says which it is."""

import os
import pathlib

import numpy as np
import pytest

from support.framemd5 import framemd5
from support.frames import md5

MODES = ["posix", "memfd", "sealed"]


@pytest.mark.parametrize("mode", MODES)
def test_frames_are_the_same(broker, start, clips, mode):
    source = {"url": str(clips("h264.mp4")), "on_demand": True, "readrate": 0}
    client = start(broker({"broker": {"memory": mode}, "sources": {"clip": source}}).connect())
    frames = [md5(frame) for frame in client.reader("clip", mode="lossless", timeout=20)]
    assert frames == [one.md5 for one in framemd5(clips("h264.mp4"))]
    assert client.status()["memory"]["mode"] == mode


@pytest.mark.parametrize("mode", MODES)
def test_programs_write(broker, start, mode):
    keys = {"pixel_format": "rgb24", "width": 8, "height": 4}
    client = start(broker({"broker": {"memory": mode}, "streams": {"made": keys}}).connect())
    reader = client.reader("made", mode="lossless", timeout=10)
    with client.writer("made") as writer:
        for i in range(40):  # more than there are slots
            writer.write(np.full((4, 8, 3), i, np.uint8))
            assert (reader.read().array == i).all()
    assert reader.missed == 0


def shared_maps():
    """What this process maps of shared memory: inode and name, which all have been unlinked."""
    lines = [line.split(maxsplit=5) for line in pathlib.Path("/proc/self/maps").read_text().splitlines()]
    return {(line[4], line[5]) for line in lines if line[5:] and line[5].startswith(("/memfd:", "/dev/shm/"))}


@pytest.mark.alone
@pytest.mark.parametrize("mode", MODES)
def test_where_it_lies(broker, start, mode):
    """No name stays in /dev/shm. What a reader writes to is a memfd in every mode."""
    names, maps = set(os.listdir("/dev/shm")), shared_maps()
    camera = {"url": "testsrc2=size=64x48:rate=25", "format": "lavfi"}
    client = start(broker({"broker": {"memory": mode}, "sources": {"cam": camera}}).connect())
    frame = client.reader("cam", timeout=10).read()
    assert not [name for name in set(os.listdir("/dev/shm")) - names if "framebroker" in name]
    mine = [name for _, name in shared_maps() - maps]
    assert all(name.endswith("(deleted)") for name in mine)
    assert any(name.startswith("/memfd:") for name in mine)
    assert any(name.startswith("/dev/shm/") for name in mine) == (mode == "posix")
    assert client.status()["memory"]["used_bytes"] > 0
    del frame
