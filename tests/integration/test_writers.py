"""Producers: slots written in place, their times, who may write, and streams that are like another one."""

import os
import pickle
import time

import framebroker as fb
import numpy as np
import pytest

from support.producer import SMALL, picture

DAY_NS = 24 * 3600 * 10**9


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
