"""Producers: slots written in place, arrays checked, times that break, and what happens when a producer dies."""

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

from support.broker import BUILD
from support.frames import packed
from support.process import Process, run
from support.waiting import wait_for

ROOT = pathlib.Path(__file__).parents[2]
SMALL = {"pixel_format": "bgr24", "width": 64, "height": 48}
DAY_NS = 24 * 3600 * 10**9


@pytest.fixture
def private(start):
    """A private broker with the declared stream `marked`."""
    return start(fb.serve({"streams": {"marked": {**SMALL, "frame_rate": 25, "depth": 4, "spare": 4},
                                       "unwritten": SMALL}}))


def picture(info, seed=0):
    shape = (info.height, info.width, 3) if info.pixel_format == "bgr24" else (info.height, info.width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def test_a_slot_is_written_in_place_and_read(private):
    with private.reader("marked", "lossless", timeout=20) as reader, private.writer("marked", timeout=20) as writer:
        for number in range(20):
            with writer.slot(pts_ns=number * 40_000_000) as slot:
                assert slot.array.shape == (48, 64, 3) and slot.array.flags.writeable
                slot.array[:] = number
                slot.array[10:20, 5:8] = (1, 2, 3)
                slot.metadata = b"number %d" % number
            frame = reader.read()
            assert (frame.seq, frame.pts_ns, frame.duration_ns) == (number + 1, number * 40_000_000, 40_000_000)
            assert frame.array[0, 0].tolist() == [number] * 3 and frame.array[15, 6].tolist() == [1, 2, 3]
            assert frame.metadata == b"number %d" % number
            assert not frame.discontinuity and slot.pts_ns == frame.pts_ns
        assert writer.info.width == 64 and writer.info.frame_rate == 25


def test_times_come_from_the_origin(film):
    broker = film("testsrc2=size=96x64:rate=10:duration=2", {"pixel_format": "rgb24"}, format="lavfi")
    with broker.writer("marked", timeout=20, like="film") as writer:
        result = broker.reader("marked", "lossless", timeout=20)
        for frame in broker.reader("film", "lossless", timeout=20):
            with writer.slot(frame) as slot:
                assert slot.info.pixel_format == "rgb24"
                slot.array[:] = 255 - frame.array
            made = result.read()
            assert (made.pts_ns, made.duration_ns, made.capture_ns, made.utc_ns) == (
                frame.pts_ns, frame.duration_ns, frame.capture_ns, frame.utc_ns)
            assert (made.array == 255 - frame.array).all()
        assert made.pts_ns == 1_900_000_000


def test_the_writers_own_clock(private):
    reader = private.reader("marked", "lossless", timeout=20)
    writer = private.writer("marked", timeout=20)
    before = time.monotonic_ns()
    with writer.slot() as slot:
        assert slot.pts_ns is None
        slot.pts_ns = 5
        slot.pts_ns = None
    frame = reader.read()
    assert 0 <= frame.pts_ns == slot.pts_ns < 20 * 10**9
    assert before <= frame.capture_ns <= time.monotonic_ns()
    assert abs(frame.utc_ns - time.time_ns()) < 20 * 10**9
    writer.slot().publish()
    assert reader.read().pts_ns > frame.pts_ns


def test_an_exception_gives_the_slot_up(private):
    reader = private.reader("marked", "lossless", timeout=20)
    with private.writer("marked", timeout=20) as writer:
        for _ in range(20):
            with pytest.raises(ZeroDivisionError), writer.slot() as slot:
                array = slot.array
                1 // 0
            assert not array.flags.writeable
            del array
        cancelled = writer.slot()
        cancelled.cancel()
        cancelled.cancel()
        for use in (cancelled.publish, lambda: cancelled.array, lambda: cancelled.planes, lambda: memoryview(cancelled)):
            with pytest.raises(fb.Error, match="another"):
                use()
        assert reader.try_read() is None
        assert writer.write(picture(writer.info)) == 1


def test_what_was_published_stays_as_it_is(private):
    """Its slot is not used again while an array of it is alive, whoever closes what."""
    writer = private.writer("marked", timeout=20)
    kept = []
    for number in range(3):
        with writer.slot() as slot:
            kept.append(slot.array)
            kept[-1][:] = 100 + number
    with pytest.raises(ValueError, match="read-only"):
        kept[0][:] = 1
    given_up = writer.slot()
    kept.append(given_up.array)
    kept[3][:] = 103
    given_up.cancel()
    for _ in range(50):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    assert [array[5, 5, 0] for array in kept] == [100, 101, 102, 103]
    del slot, given_up
    writer.close()
    private.close()
    assert all((array == 100 + number).all() for number, array in enumerate(kept))


def test_an_open_slot_outlives_its_writer(private):
    writer = private.writer("marked", timeout=20)
    slot = writer.slot()
    slot.array[:] = 7
    writer.close()
    with pytest.raises(ConnectionError, match="closed"):
        slot.publish()
    assert (slot.array == 7).all()
    slot.cancel()
    with pytest.raises(fb.Error, match="closed"):
        writer.slot()
    lone = private.writer("marked", timeout=20).slot()  # nobody else refers to the writer
    lone.array[:] = 8
    assert lone.publish() > 0


def test_slots_speak_the_protocols_of_arrays(private):
    writer = private.writer("marked", timeout=20)
    slot = writer.slot()
    assert np.shares_memory(np.asarray(slot), slot.array)
    np.from_dlpack(slot)[:] = 3
    memoryview(slot)[0, 0, 0] = 9
    assert slot.array[0, 0].tolist() == [9, 3, 3]
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(slot)
    assert "marked" in repr(slot) and "marked" in repr(writer)
    slot.publish()


# ---- arrays


@pytest.mark.parametrize("wrong, words", [
    (np.zeros((48, 64), np.uint8), ["uint8 of (48, 64, 3)", "uint8 of (48, 64)"]),
    (np.zeros((64, 48, 3), np.uint8), ["(48, 64, 3)", "(64, 48, 3)"]),
    (np.zeros((48, 64, 3)), ["uint8 of", "float64 of"]),
    (np.zeros((48, 64, 3), np.int8), ["uint8 of", "int8 of"]),
    ([1, 2, 3], ["int64 of (3,)"]),
    (None, ["object of ()"]),
])
def test_a_wrong_array_is_told_what_was_expected(private, wrong, words):
    with private.writer("marked", timeout=20) as writer:
        with pytest.raises(ValueError) as error:
            writer.write(wrong)
        for word in ["marked takes", "bgr24", *words]:
            assert word in str(error.value)
        assert writer.write(picture(writer.info)) == 1


def test_any_strides_will_do(private):
    reader = private.reader("marked", "lossless", timeout=20)
    with private.writer("marked", timeout=20) as writer:
        whole = picture(writer.info)
        for array in (whole[::-1], whole[:, ::-1], whole[..., ::-1], np.asfortranarray(whole),
                      np.repeat(np.repeat(whole, 2, 0), 2, 1)[::2, ::2], np.broadcast_to(np.uint8(5), whole.shape)):
            writer.write(array)
            assert (reader.read().array == array).all()


@pytest.mark.parametrize("pixel_format, shapes, whole", [
    ("yuv420p", [(48, 64), (24, 32), (24, 32)], (72, 64)), ("nv12", [(48, 64), (24, 32, 2)], (72, 64)),
    ("yuv422p", [(48, 64), (48, 32), (48, 32)], (96, 64)), ("yuv444p", [(48, 64)] * 3, (144, 64))])
def test_planar_formats(private, pixel_format, shapes, whole):
    with private.writer("planar", timeout=20, **SMALL | {"pixel_format": pixel_format}) as writer:
        reader = private.reader("planar", "lossless", timeout=20, max_held=4)
        one = np.random.default_rng(1).integers(0, 256, whole, np.uint8)
        writer.write(one)
        frame = reader.read()
        assert [plane.shape for plane in frame.planes] == shapes
        assert (frame.copy() == one).all() and packed(frame) == one.tobytes()
        writer.write(frame.planes)
        writer.write(frame, frame)
        with writer.slot() as slot:
            with pytest.raises(TypeError, match="planes"):
                slot.array
            for plane, given in zip(slot.planes, frame.planes):
                plane[...] = given
        assert all((reader.read().copy() == one).all() for _ in range(3))
        for wrong in one[:-1], frame.planes[:1], (*frame.planes[1:], frame.planes[0], frame.planes[0]):
            with pytest.raises(ValueError) as error:
                writer.write(wrong)
            assert all(str(text) in str(error.value) for text in (*shapes, whole, pixel_format))


def test_odd_sizes_of_planar_formats(private):
    """Chroma is rounded up, as FFmpeg does; there is no one array of whole rows, and the error says so."""
    with private.writer("odd", timeout=20, pixel_format="yuv420p", width=65, height=49) as writer:
        reader = private.reader("odd", "lossless", timeout=20)
        planes = [np.full(shape, value, np.uint8) for value, shape in enumerate([(49, 65), (25, 33), (25, 33)])]
        writer.write(planes)
        frame = reader.read()
        assert all((plane == given).all() for plane, given in zip(frame.planes, planes, strict=True))
        with pytest.raises(ValueError, match=r"yuv420p, 65x49\) as planes of \(49, 65\), \(25, 33\), \(25, 33\), not"):
            writer.write(np.zeros((73, 65), np.uint8))
        with pytest.raises(TypeError, match="whole rows"):
            frame.copy()


@pytest.mark.parametrize("pixel_format, shape, dtype", [("gray", (48, 64), np.uint8), ("gray16le", (48, 64), np.uint16),
                                                        ("rgba", (48, 64, 4), np.uint8)])
def test_packed_formats(private, pixel_format, shape, dtype):
    with private.writer("packed", timeout=20, **SMALL | {"pixel_format": pixel_format}) as writer:
        reader = private.reader("packed", "lossless", timeout=20)
        array = np.random.default_rng(2).integers(0, 256, shape).astype(dtype)
        writer.write(array)
        assert (reader.read().array == array).all()


def test_sound_of_fewer_samples(private):
    keys = {"media": "audio", "sample_rate": 8000, "channels": 2, "frame_size": 800}
    with private.writer("voice", timeout=20, **keys) as writer:
        reader = private.reader("voice", "lossless", timeout=20)
        sound = np.arange(1600, dtype=np.int16).reshape(800, 2)
        for count in 800, 1, 200:
            writer.write(sound[:count])
            frame = reader.read()
            assert (frame.array == sound[:count]).all()
            assert frame.duration_ns == count * 125_000
        with writer.slot() as slot:
            assert slot.samples == 800 and slot.array.shape == (800, 2)
            slot.samples = 3
            assert slot.array.shape == (3, 2)
            slot.array[:] = 1
            for wrong in 0, 801, -1:
                with pytest.raises(ValueError, match="from 1 to 800"):
                    slot.samples = wrong
        assert reader.read().array.tolist() == [[1, 1]] * 3
        for wrong in np.zeros((801, 2), np.int16), np.zeros((0, 2), np.int16), sound[:, :1], sound.astype(np.float32):
            with pytest.raises(ValueError, match=r"takes int16 of \(samples, 2\), at most 800 samples"):
                writer.write(wrong)


def test_metadata_has_a_limit(private):
    reader = private.reader("marked", "lossless", timeout=20)
    with private.writer("marked", timeout=20) as writer:
        array = picture(writer.info)
        writer.write(array, metadata=bytes(4096))
        assert reader.read().metadata == bytes(4096)
        with pytest.raises(ValueError, match="4097 bytes of metadata: the stream has room for 4096"):
            writer.write(array, metadata=bytes(4097))
        with pytest.raises(TypeError):
            writer.write(array, metadata="text")
        assert writer.write(array) == 2
        assert reader.read().metadata == b""


# ---- times


def test_times_that_break_are_flagged(private):
    reader = private.reader("marked", "lossless", timeout=20)
    with private.writer("marked", timeout=20) as writer:
        array = picture(writer.info)
        steps = [(0, False), (40, False), (40, False), (39, True), (79, False), (DAY_NS, True), (DAY_NS + 40, False),
                 (-1, True), (5 * 10**9, False), (2**63 - 1, True)]
        for pts_ns, breaks in steps:
            writer.write(array, pts_ns=pts_ns)
            frame = reader.read()
            assert (frame.pts_ns, frame.discontinuity) == (pts_ns, breaks)
        with pytest.raises(OverflowError):
            writer.write(array, pts_ns=2**63)
        with pytest.raises(TypeError):
            writer.write(array, pts_ns=1.5)
    assert reader.missed == 0


# ---- who writes, and until when


def test_a_second_writer_is_told_who_has_it(private):
    with private.writer("marked", timeout=20):
        with pytest.raises(BlockingIOError, match=f"marked has a writer already \\(pid {os.getpid()}"):
            private.writer("marked")
    private.writer("marked").close()


def test_streams_that_are_not_to_be_written(start):
    broker = start(fb.serve({"sources": {"cam": {"url": "testsrc2=size=96x64:rate=25", "format": "lavfi"}},
                             "streams": {"marked": SMALL}}))
    with pytest.raises(fb.NotFound, match="nothing"):
        broker.writer("nothing")
    with pytest.raises(PermissionError, match="source cam"):
        broker.writer("cam")
    for keys, words in (({"pixel_format": "gray"}, "width"), ({"like": "nobody"}, "nobody"), ({"widht": 3}, "widht"),
                        ({**SMALL, "pixel_format": "pal8"}, "pal8"), ({"media": "packet"}, "packet"),
                        ({**SMALL, "width": 100_000}, "width")):
        with pytest.raises(fb.Error, match=words):
            broker.writer("mine", **keys)
    with pytest.raises(fb.Error, match="declared already"):
        broker.writer("marked", **SMALL)


def test_ends(private):
    declared, created = private.reader("marked", timeout=20), None
    writer = private.writer("marked", timeout=20)
    writer.write(picture(writer.info))
    assert declared.read().seq == 1
    writer.end()
    with pytest.raises(EOFError):
        declared.read()
    with pytest.raises(ConnectionError, match="ended"):
        writer.slot()
    with private.writer("mine", timeout=20, **SMALL) as writer:
        created = private.reader("mine", "lossless", timeout=20)
        writer.write(picture(writer.info))
        assert private.wait("mine", timeout=20).width == 64
    assert created.read().seq == 1
    with pytest.raises(EOFError):
        created.read()
    with pytest.raises(fb.NotFound):
        private.reader("mine")


def test_like_follows_the_layout(private):
    """The copy changes with the first frame of the new layout; what is still under way keeps the old one."""
    original = private.writer("original", timeout=20, **SMALL)
    source = private.reader("original", "ordered", timeout=20, max_held=4)
    with private.writer("copy", timeout=20, like="original") as copy:
        result = private.reader("copy", "lossless", timeout=20)
        original.write(np.zeros((48, 64, 3), np.uint8))
        small = source.read()
        copy.write(small.array, small)
        assert result.read().array.shape == (48, 64, 3)
        original.close()
        original = private.writer("original", timeout=20, **SMALL | {"width": 96, "pixel_format": "rgb24"})
        source = private.reader("original", "ordered", timeout=20, max_held=4)
        original.write(np.zeros((48, 96, 3), np.uint8))
        large = source.read()
        with copy.slot(small) as slot:
            assert slot.info.width == 64
        late = copy.slot(small)
        late.array[:] = 6
        with copy.slot(large) as slot:
            assert (slot.info.width, slot.info.pixel_format, slot.array.shape) == (96, "rgb24", (48, 96, 3))
        assert copy.info.width == 96
        kept = late.array
        assert late.publish() is None  # its generation is over
        assert (kept == 6).all() and not kept.flags.writeable
        with pytest.raises(fb.Error, match="another"):
            late.publish()
        assert [result.read().info.width for _ in range(2)] == [64, 96]
        assert result.missed == 0


def test_a_writer_like_a_stream_that_is_still_to_come(broker, start):
    config = {"streams": {"late": {"pixel_format": "gray", "width": 32, "height": 16}, "copy": {"like": "late"}}}
    client = start(broker(config).connect())
    writer = client.writer("copy", timeout=0.2)
    assert writer.info.width == 0
    with pytest.raises(TimeoutError, match="stream late, which copy is like, has no layout so far"):
        writer.slot()
    assert writer.try_slot() is None
    with pytest.raises(BlockingIOError):
        client.writer("copy")
    original = client.writer("late", timeout=20)
    writer.timeout = 20
    with writer.slot() as slot:
        assert slot.array.shape == (16, 32)
    original.close()


# ---- waiting


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
    run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", ROOT / "examples/producer.c", "-I", tmp_path,
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
