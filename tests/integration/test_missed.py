"""What a reader misses between two places at a broker, or at two brokers, is counted: published before, and meanwhile."""

import os
import signal

import pytest

from support.broker import COMMAND
from support.frames import count_until
from support.process import run
from support.producer import SMALL, picture
from support.waiting import wait_for

CONFIG = {"streams": {"made": {**SMALL, "depth": 40, "spare": 4}}}


def write(writer, count):
    for _ in range(count):
        with writer.slot() as slot:
            slot.array[:] = picture(writer.info)


@pytest.fixture
def write_to(start):
    """write_to(running): a writer of `made`, which knows no broker but that one."""
    return lambda running: start(start(running.connect()).writer("made", timeout=20))


@pytest.fixture
def made(broker, start, write_to):
    """made(mode): a running broker, a writer of the stream `made`, a reader that has got 3 of its 10 frames, and the
    client of that reader alone."""
    def begin(mode, memory="auto"):
        running = broker({"broker": {"memory": memory}, **CONFIG})
        writer = write_to(running)
        client = start(running.connect())
        reader = start(client.reader("made", mode=mode, timeout=20))
        write(writer, 1)
        assert reader.read().seq == 1
        write(writer, 9)
        if mode == "latest":
            assert reader.read().seq == 10
        else:
            assert count_until(reader, 2) == [2, 3]
        return running, writer, reader, client
    return begin


@pytest.mark.parametrize("memory", ["posix", "sealed"])
@pytest.mark.parametrize("mode", ["lossless", "ordered", "latest"])
def test_another_broker(broker, made, write_to, mode, memory):
    """What was left in the old ring is read first where nobody has noticed yet that the broker has gone."""
    running, _, reader, _ = made(mode, memory)
    before = reader.missed
    assert before == (8 if mode == "latest" else 0)
    running.kill()
    writer = write_to(broker({"broker": {"memory": memory}, **CONFIG}))
    write(writer, 6)
    if mode != "latest":
        assert count_until(reader, 7) == list(range(4, 11))
    assert reader.missed == before
    frame = reader.read()
    assert (frame.seq, frame.missed, frame.discontinuity) == (6, 5, True)
    write(writer, 1)
    frame = reader.read()
    assert (frame.seq, frame.missed, frame.discontinuity) == (7, 0, False)
    assert reader.missed == before + 5


def test_another_broker_that_was_noticed(broker, made, write_to):
    """Another call on the same connection finds the new broker first: the old ring is left with frames in it."""
    running, _, reader, client = made("lossless")
    running.kill()
    write(write_to(broker(CONFIG)), 6)
    assert client.status()["streams"][0]["generation"] == 1
    frame = reader.read()
    assert (frame.seq, frame.missed) == (6, 7 + 5)
    assert reader.missed == 7 + 5


def test_two_brokers_further(broker, made, write_to):
    """What one of them had, nobody tells any more."""
    running, _, reader, client = made("lossless")
    running.kill()
    second = broker(CONFIG)
    write(write_to(second), 6)
    client.status()
    second.kill()
    write(write_to(broker(CONFIG)), 2)
    client.status()
    frame = reader.read()
    assert (frame.seq, frame.missed, reader.missed) == (2, 7 + 1, 7 + 1)


@pytest.mark.parametrize("mode", ["lossless", "ordered"])
def test_the_same_broker(made, mode):
    """Its numbers go on."""
    running, writer, reader, client = made(mode)
    kicked = next(one["id"] for one in client.status()["clients"] if one["readers"])
    run([COMMAND, "--socket", running.socket, "kick", str(kicked)])
    wait_for(lambda: kicked not in [one["id"] for one in client.status()["clients"]], client.status)
    write(writer, 2)
    frame = reader.read()
    assert (frame.seq, frame.missed, frame.discontinuity) == (12, 8, True)
    assert reader.missed == 8


def test_a_core_that_takes_over_loses_nothing(made, start):
    running, writer, reader, client = made("lossless")
    pid = client.status()["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: client.status()["pid"] != pid, client.status)
    write(writer, 2)
    assert count_until(reader, 9) == list(range(4, 13)) and reader.missed == 0
