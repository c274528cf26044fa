"""Producers wait, are paced, die, fork, and survive the broker; a producer in C."""

import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time

import framebroker as fb
import numpy as np
import pytest

from support import sanitized
from support.broker import BUILD
from support.process import Process, run
from support.producer import SMALL, picture
from support.waiting import wait_for

ROOT = pathlib.Path(__file__).parents[2]


def test_a_lossless_reader_makes_it_wait(private):
    reader = private.reader("marked", "lossless", timeout=20, max_held=1)
    writer = private.writer("marked", timeout=0.1)
    array = picture(writer.info)
    assert writer.wait_hint == 0.0
    while (slot := writer.try_slot()) is not None:
        seq = slot.publish()
    assert seq == 9  # depth, spare, and one
    assert writer.wait_hint == pytest.approx(0.04)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="lossless"):
        writer.write(array)
    assert time.monotonic() - began >= 0.1
    threading.Timer(0.2, reader.read).start()
    writer.timeout = 20
    assert writer.write(array) == 10


def test_a_sink_paces_its_producer(private, tmp_path):
    """25 a second, by the frames' own times, however fast they are made; wait_hint tells those who do not wait."""
    private.add("sink", "out", url=str(tmp_path / "out.mkv"), video={"stream": "marked", "frame_ahead": 2})
    reader = private.reader("marked", timeout=20)
    writer = private.writer("marked", timeout=20)
    array = picture(writer.info)
    wait_for(lambda: any(one["mode"] == "lossless" for one in private.status()["streams"][0]["readers"]),
             lambda: private.status()["sinks"])
    for number in range(40):  # what the ring and the sink take at once, and a second more
        if number == 20:
            began = time.monotonic()
        writer.write(array, pts_ns=number * 40_000_000)
    assert time.monotonic() - began > 0.5
    looks = 0
    for number in range(40, 60):
        while (slot := writer.try_slot(pts_ns=number * 40_000_000)) is None:
            assert 0 <= writer.wait_hint <= 0.04
            time.sleep(writer.wait_hint)
            looks += 1
        slot.fill(array)
        slot.publish()
    assert 5 < looks < 200
    assert reader.read().pts_ns == 59 * 40_000_000


class Interrupted(Exception):
    pass


def test_a_signal_ends_the_wait(private):
    def interrupt(*_):
        raise Interrupted
    before = signal.signal(signal.SIGALRM, interrupt)
    reader = private.reader("marked", "lossless", timeout=20)
    writer = private.writer("marked")
    shapeless = private.writer("copy", like="unwritten")
    while slot := writer.try_slot():
        slot.publish()
    try:
        for wait in (writer.slot, lambda: writer.write(picture(writer.info)), shapeless.slot):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            began = time.monotonic()
            with pytest.raises(Interrupted):
                wait()
            assert time.monotonic() - began < 2  # promised: 0.1 s later; a busy machine is no failure
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert reader.read().seq == 1


def test_threads_run_while_it_waits(private):
    reader = private.reader("marked", "lossless", timeout=20)
    writer = private.writer("marked", timeout=0.5)
    while slot := writer.try_slot():
        slot.publish()
    thread = threading.Thread(target=pytest.raises, args=(TimeoutError, writer.slot))
    thread.start()
    count = 0
    while thread.is_alive():
        count += 1
    assert count > 1000
    assert reader.read().seq == 1


# ---- deaths


PRODUCER = """
import framebroker as fb, sys, time
writer = fb.connect(sys.argv[1]).writer("marked", timeout=20)
for number in range(5):
    with writer.slot(pts_ns=number * 40_000_000) as slot:
        slot.array[:] = number
slot = writer.slot()
slot.array[:10] = 99
print("half way", flush=True)
time.sleep(100)
"""


def test_a_producer_is_killed_while_it_writes(private):
    """What it had published is read, what it was writing is not, and the next one begins a generation."""
    reader = private.reader("marked", "lossless", timeout=20)
    producer = subprocess.Popen([sys.executable, "-c", PRODUCER, private.address], stdout=subprocess.PIPE)
    try:
        assert producer.stdout.readline() == b"half way\n"
    finally:
        producer.kill()
        producer.wait()
    for number in range(5):
        last = reader.read()
        assert last.seq == number + 1 and (last.array == number).all()
    until = time.monotonic() + 20
    while True:
        try:
            writer = private.writer("marked", timeout=20)
            break
        except BlockingIOError:
            assert time.monotonic() < until
    writer.write(np.full((48, 64, 3), 77, np.uint8), pts_ns=200_000_000)
    frame = reader.read()
    assert (frame.array == 77).all()
    assert frame.info.generation > last.info.generation and frame.missed == 0 and frame.seq > 5
    assert frame.discontinuity


def test_a_writer_survives_a_new_core(broker, start):
    running = broker({"streams": {"marked": SMALL}})
    client = start(running.connect())
    for keys in {}, SMALL:
        name = "mine" if keys else "marked"
        writer = client.writer(name, timeout=20, **keys)
        array = picture(writer.info)
        writer.write(array)
        slot = writer.slot()
        os.kill(client.status()["pid"], signal.SIGKILL)
        reader, until = None, time.monotonic() + 20
        while not (reader and reader.try_read()):
            writer.write(array)
            try:
                reader = reader or client.reader(name, timeout=20)
            except fb.NotFound:
                pass
            assert time.monotonic() < until
        slot.cancel()
        writer.close()


def test_a_writer_survives_a_new_broker(broker, start):
    config = {"streams": {"marked": SMALL}}
    first = broker(config)
    client = start(first.connect())
    writer = client.writer("marked", timeout=0.3)
    array = picture(writer.info)
    writer.write(array)
    first.kill()
    with pytest.raises(TimeoutError, match="no broker answers"):
        while True:
            writer.write(array)
    broker(config)
    writer.timeout = 20
    writer.write(array)
    assert (client.reader("marked", timeout=20).read().array == array).all()


def write_in_child(writer, pipe):
    pipe.send("ready")
    assert pipe.recv() == "go"
    pipe.send(writer.write(np.full((48, 64, 3), 5, np.uint8)))
    writer.close()


def test_writers_work_in_a_forked_child(private):
    context = multiprocessing.get_context("fork")
    reader = private.reader("marked", "lossless", timeout=20)
    writer = private.writer("marked", timeout=20)
    writer.write(picture(writer.info))
    ours, theirs = context.Pipe()
    child = context.Process(target=write_in_child, args=(writer, theirs))
    child.start()
    assert ours.poll(30) and ours.recv() == "ready"
    writer.write(picture(writer.info))  # the parent's goes on
    writer.close()
    ours.send("go")
    assert ours.poll(30) and ours.recv() == 3
    child.join(30)
    assert child.exitcode == 0
    reader.read(), reader.read()
    assert (reader.read().array == 5).all()


def test_writers_pickle(private):
    writer = private.writer("marked", timeout=7)
    packed_writer = pickle.dumps(writer)
    with pytest.raises(BlockingIOError):
        pickle.loads(packed_writer)
    writer.close()
    again = pickle.loads(packed_writer)
    assert again.timeout == 7 and again.write(picture(again.info)) == 1
    again.close()
    mine = pickle.dumps(private.writer("mine", **SMALL))
    assert pickle.loads(mine).info.width == 64


# ---- C


def test_a_producer_in_c(private, tmp_path, start):
    """Compiled against the one public header and the library, nothing else."""
    (tmp_path / "framebroker.h").write_bytes((ROOT / "include/framebroker.h").read_bytes())
    run(["cc", *sanitized.compiler_flags(), "-std=c17", "-Wall", "-Wextra", "-Werror", ROOT / "examples/producer.c", "-I", tmp_path,
         "-D_POSIX_C_SOURCE=200809L", "-L", BUILD / "lib", "-lframebroker", "-o", tmp_path / "producer"])
    producer = start(Process([tmp_path / "producer", "bar"], tmp_path, env={
        "FRAMEBROKER_SOCKET": private.address, "LD_LIBRARY_PATH": str(BUILD / "lib")}))
    private.wait("bar", timeout=20)
    reader = private.reader("bar", "ordered", timeout=20)
    for frame in (reader.read() for _ in range(10)):
        number = frame.seq - 1
        assert frame.array.shape == (240, 320) and frame.pts_ns == number * 40_000_000
        assert (np.flatnonzero(frame.array[100] == 255) == number * 4 % 304 + np.arange(16)).all()
    second = Process([tmp_path / "producer", "bar", "5"], tmp_path, env={
        "FRAMEBROKER_SOCKET": private.address, "LD_LIBRARY_PATH": str(BUILD / "lib")})
    assert second.wait(20) == 1 and f"writer already (pid {producer.pid}" in second.output()
