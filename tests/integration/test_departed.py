"""What a client keeps when it hangs up, or is kicked: its old mappings lead to nothing new, and nobody looks at them."""

import mmap
import os
import struct

import pytest

from support import wire
from support.broker import Broker
from support.hostile import HEAD, Producer
from support.users import OTHER, OWN, STRANGER, SharedFolder, connected_as, only_root
from support.waiting import wait_for

pytestmark = only_root

KEYS = {"pixel_format": "gray", "width": 64, "height": 48, "depth": 4, "spare": 4, "max_held": 8}


@pytest.fixture
def running(request, start):
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    return start(Broker(folder.path, {
        "broker": {"socket_mode": "0666", "access": [{"user": str(uid)} for uid in (OWN, 0, OTHER, STRANGER)]},
        "streams": {"marked": KEYS}}, uid=OWN))


def clients_of(client, uid):
    return [one["id"] for one in client.status()["clients"] if one["uid"] == uid]


def leave(how, running, client, departing):
    """The broker has noticed it when this returns."""
    if how == "hangs up":
        departing.close()
    else:
        with wire.Wire(running.socket) as admin:
            admin.call("kick", count=clients_of(client, OTHER)[0])
    wait_for(lambda: not clients_of(client, OTHER), client.status)


def write(writer, numbers):
    for number in numbers:
        with writer.slot() as slot:
            slot.array[:] = number
            slot.metadata = b"%d" % number


def inodes(fds):
    return {os.fstat(fd).st_ino for fd in fds}


HOW = pytest.mark.parametrize("how", ["hangs up", "is kicked"])


@HOW
def test_a_writer_leaves(running, how):
    """It goes on publishing where it did; readers see only what the next one writes, each frame once."""
    with running.connect() as client, connected_as(OTHER, running.socket) as departing:
        old = Producer(departing, "marked")
        reader = client.reader("marked", "ordered", timeout=20)
        old.publish()
        last = reader.read().seq
        leave(how, running, client, departing)
        with client.writer("marked", timeout=20) as writer:
            for number in range(1, 31):
                write(writer, [number])
                for _ in range(20):
                    old.publish()
                    old.change()
                frame = reader.read()
                assert frame.metadata == b"%d" % number and (frame.array == number).all()
                assert frame.seq > last and frame.missed == (frame.seq - last - 1)
                last = frame.seq
            with connected_as(STRANGER, running.socket) as other:
                assert not inodes(old.fds) & inodes(other.read("marked")[1])


@HOW
def test_a_reader_leaves(running, how):
    """What it still writes into its page holds nothing, and nobody else gets that page; the next generation is another."""
    with running.connect() as client, connected_as(OTHER, running.socket) as departing:
        writer = client.writer("marked", timeout=20)
        write(writer, [0])
        reader = client.reader("marked", "lossless", timeout=20)
        assert (reader.read().array == 0).all()
        values, fds = departing.read("marked", max_held=8)
        page = mmap.mmap(fds[wire.PAGES], 4096)
        control = mmap.mmap(fds[wire.CONTROL], 0, prot=mmap.PROT_READ)
        leave(how, running, client, departing)
        line = 64 * (values["count"] % 64)
        for number in range(1, 41):
            struct.pack_into("<Q28H", page, line, 1, *(number % 9 + i for i in range(28)))
            write(writer, [number])
            assert (reader.read().array == number).all()
        assert reader.missed == 0
        stream = client.status()["streams"][0]
        assert stream["dropped"] == 0 and stream["held_slots"] <= 1
        with connected_as(STRANGER, running.socket) as other:
            assert not inodes(fds[wire.PAGES:]) & inodes(other.read("marked")[1][wire.PAGES:])
        writer.close()
        seen = struct.unpack_from("<Q", control, HEAD)
        with client.writer("marked", timeout=20) as writer:
            write(writer, [1, 2, 3])
            assert reader.read().seq > seen[0]
            assert struct.unpack_from("<Q", control, HEAD) == seen
            with connected_as(OTHER, running.socket) as other:
                assert not inodes(fds) & inodes(other.read("marked")[1])
