"""Producers that lie, readers that spoil what they may write to: the others notice nothing, or get a clean error."""

import concurrent.futures
import shutil
import time

import pytest

from support import hostile
from support.broker import COMMAND, Broker
from support.process import Process
from support.users import OTHER, OWN, STRANGER, SharedFolder, as_user, connected_as, only_root
from support.waiting import wait_for

import framebroker as fb

pytestmark = only_root

GRAY = {"pixel_format": "gray", "width": 64, "height": 48}
LIES = {"descriptions": ["describe"], "numbers": ["lie_in_numbers"], "jumps": ["jump", "describe"],
        "pixels": ["change", "describe"], "holes": ["punch", "change"], "all": ["describe", "lie_in_numbers", "jump",
                                                                             "change", "punch", "end"]}


@pytest.fixture
def running(request, start):
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    return start(Broker(folder.path, {
        "broker": {"socket_mode": "0666", "access": [{"user": str(uid)} for uid in (OWN, 0, OTHER, STRANGER)]},
        "streams": {"marked": {**GRAY, "lossless_timeout": "500ms"}, "good": GRAY}}, uid=OWN))


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        yield executor


def read_to_the_honest_end(socket, mode):
    """Reads whatever comes, uses all of it, until an honest writer says that this is the end; how many of its frames."""
    honest = []
    with fb.connect(socket) as client:
        reader = client.reader("marked", mode, timeout=0.5)
        while True:
            try:
                frame = reader.read()
            except TimeoutError:
                continue
            except fb.Error as error:
                assert str(error)
                continue
            metadata = bytes(frame.metadata)
            assert frame.array.shape == (48, 64) and len(metadata) <= 4096
            frame.array.sum()
            repr((frame.pts_ns, frame.duration_ns, frame.seq, frame.missed, frame.discontinuity))
            try:
                reader.at(frame.pts_ns)
            except (fb.Error, TimeoutError):
                pass
            if metadata.startswith(b"honest"):
                number = int(metadata.split()[1])
                assert (frame.array == number).all()
                honest.append(number)
                if number == 50:
                    return honest




def wait_until_gone(client, uid):
    wait_for(lambda: all(one["uid"] != uid for one in client.status()["clients"]), client.status)


@pytest.mark.parametrize("lies", LIES)
def test_readers_of_a_producer_that_lies(running, pool, lies):
    with running.connect() as client:
        readers = {mode: pool.submit(as_user, STRANGER, read_to_the_honest_end, running.socket, mode)
                   for mode in ("latest", "ordered", "lossless")}
        wait_for(lambda: len(client.status()["streams"][0]["readers"]) == 3, client.status)
        shown = Process([COMMAND, "cat", "marked", "--raw", "--socket", running.socket, "--timeout", "20",
                         "--frames", "20"], running.config.parent, name="cat")
        for seed in range(2):
            assert as_user(OTHER, hostile.produce, running.socket, "marked", LIES[lies], seed, 0.3)
            wait_until_gone(client, OTHER)
        with client.writer("marked", timeout=30) as writer:
            number = 0
            while not all(reader.done() for reader in readers.values()):
                number += 1
                with writer.slot() as slot:
                    slot.array[:] = min(number, 50)
                    slot.metadata = b"honest %d" % min(number, 50)
                time.sleep(0.005)
                assert number < 10000, "readers do not come to the end"
        for mode, reader in readers.items():
            assert reader.result()[-1] == 50
        assert readers["ordered"].result() == sorted(readers["ordered"].result())
        assert shown.wait(30) in (0, 1, 4)  # read all, or said what was wrong
        assert client.status()["version"]


def test_readers_that_spoil_their_pages(running, pool):
    """A lossless reader gets every frame, at once, whatever a room, a page or a group's page says."""
    with running.connect() as client:
        writer = client.writer("good", timeout=30)
        with writer.slot() as slot:
            slot.array[:] = 0
        reader = client.reader("good", "lossless", timeout=30)
        spoilers = [pool.submit(as_user, OTHER, hostile.spoil_pages, running.socket, "good", *arguments) for arguments in
                    (("latest", 2), ("ordered", 2.1), ("latest", 2.2, "members"))]
        wait_for(lambda: len(client.status()["streams"][1]["readers"]) == 4, client.status)

        def write():
            for number in range(1, 301):
                with writer.slot() as slot:
                    slot.array[:] = number % 251
                    slot.metadata = b"%d" % number
            writer.end()
        writing = pool.submit(write)
        got = []
        for frame in reader:
            if frame.metadata:
                number = int(frame.metadata)
                assert (frame.array == number % 251).all()
                got.append(number)
        writing.result()
        assert got == list(range(1, 301)) and reader.missed == 0
        assert [spoiler.result() for spoiler in spoilers] == [2, 2, 3]


def test_a_reader_of_spoilt_memory_gets_the_next(running):
    with running.connect() as client, connected_as(OTHER, running.socket) as producing:
        reader = client.reader("marked", timeout=20)
        producer = hostile.Producer(producing, "marked")
        producer.put(0, 0)  # the words that say what it is
        with pytest.raises(fb.Error, match="control is not one"):
            reader.read()
        producing.close()
        wait_until_gone(client, OTHER)
        with client.writer("marked", timeout=20) as writer, writer.slot() as slot:
            slot.array[:] = 7
        assert (reader.read().array == 7).all()


def test_a_reader_that_keeps_packets(request, pool, start, clips):
    """Packets are freed in their order, and yet none that is held keeps the others from their readers."""
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    film = shutil.copy(clips("h264.mp4"), folder.path)
    running = start(Broker(folder.path, {
        "broker": {"socket_mode": "0666", "access": [{"user": str(uid)} for uid in (0, OTHER)]},
        "sources": {"film": {"url": str(film), "stream_loop": -1, "readrate": 0, "on_demand": False,
                             "outputs": {"packets": {"media": "packet", "depth": 16}}}}}, uid=OWN))
    with running.connect() as client:
        reader = client.reader("packets", "ordered", timeout=20)
        first = reader.read().seq
        holding = pool.submit(as_user, OTHER, hostile.hold_slots, running.socket, "packets", 2)
        wait_for(lambda: len(client.status()["streams"][0]["readers"]) == 2, client.status)
        while not holding.done():
            last = reader.read().seq
        holding.result()
        assert last - first > 3 * reader.info.depth  # the ring went round and round
