"""Many readers of one stream: nobody delays another, and everybody is told exactly what was missed."""

import threading
import time

import framebroker as fb
import pytest

from support.frames import count_until

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi"}


@pytest.fixture
def camera(broker, start):
    """A lavfi camera with a large and a small output."""
    client = start(broker({"sources": {"cam": {**CAMERA, "outputs": {
        "cam": {"depth": 16, "spare": 40}, "cam/small": {"width": 160, "pixel_format": "rgb24", "depth": 16}}}}}).connect())
    client.wait("cam", timeout=10)
    return client


def read_for(broker, mode, seconds, result, sleep=0.0):
    reader = broker.reader("cam", mode=mode, timeout=10)
    seqs, told = [], 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        frame = reader.read()
        told += frame.missed if seqs else 0  # before the first: since the reader was opened
        seqs.append(frame.seq)
        del frame
        time.sleep(sleep)
    assert told == seqs[-1] - seqs[0] + 1 - len(seqs)
    result.append((mode, seqs))


def test_32_readers_in_all_modes_and_a_sleeper(camera):
    result = []
    sleeper = camera.reader("cam", timeout=10)
    held = sleeper.read()
    before = held.array if held.info.pixel_format == "rgb24" else held.planes[0]
    picture = before.copy()
    threads = [threading.Thread(target=read_for, args=(camera, mode, 4, result))
               for mode in ("latest", "ordered", "lossless") for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(result) == 30  # with the sleeper and its connection: 31 readers, and one more:
    late = camera.reader("cam", timeout=1)
    began = time.monotonic()
    late.read()
    assert time.monotonic() - began < 1
    for mode, seqs in result:
        assert seqs == sorted(set(seqs))
        if mode == "lossless":
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert (before == picture).all()  # held for 4 s, never overwritten
    assert sleeper.read().seq > held.seq + 100


def test_a_lapped_ordered_reader_is_told_how_many_it_missed(camera):
    reader = camera.reader("cam", mode="ordered", timeout=10)
    first = reader.read().seq
    time.sleep(1.5)
    frame = reader.read()
    assert frame.missed > 0
    assert frame.seq == first + 1 + frame.missed
    assert reader.missed == frame.missed


def test_at_gives_the_same_moment_of_the_full_picture(camera):
    full = camera.reader("cam", mode="ordered", timeout=5)
    small = camera.reader("cam/small", timeout=5)
    for _ in range(20):
        frame = small.read()
        whole = full.at(frame.pts_ns)
        assert whole.pts_ns == frame.pts_ns
        assert (whole.info.width, whole.info.height) == (320, 240)


def test_at_of_a_moment_long_gone_is_not_found(camera):
    reader = camera.reader("cam", timeout=5)
    count_until(reader, 3)
    with pytest.raises(fb.NotFound):
        reader.at(-1_000_000_000)


def test_latest_never_gives_a_frame_twice(camera):
    reader = camera.reader("cam", timeout=5)
    seqs = count_until(reader, 50)
    assert len(set(seqs)) == 50
    assert reader.read().seq > seqs[-1]


def test_a_reader_that_holds_too_much_is_refused_and_told(camera):
    reader = camera.reader("cam", timeout=5, max_held=2)
    held = [reader.read(), reader.read()]
    with pytest.raises(fb.TooManyHeld, match="copy"):
        reader.read()
    held.pop()
    assert reader.read().seq > held[0].seq


def test_unknown_stream_is_not_found_at_once(camera):
    with pytest.raises(fb.NotFound):
        camera.reader("nothing")


def test_lossless_readers_of_a_live_stream_are_refused(broker, start):
    """`lossless: auto` lets nobody make a camera wait."""
    client = start(broker({"sources": {"cam": {**CAMERA, "outputs": {"cam": {"lossless": "deny"}}}}}).connect())
    client.wait("cam", timeout=10)
    with pytest.raises(PermissionError, match="lossless"):
        client.reader("cam", mode="lossless").read()


def test_more_lossless_readers_than_slots_are_refused_with_the_mend(broker, start):
    outputs = {"cam": {"depth": 2, "spare": 2}}
    client = start(broker({"sources": {"cam": {**CAMERA, "outputs": outputs}}}).connect())
    client.wait("cam", timeout=10)
    readers = [client.reader("cam", mode="lossless") for _ in range(3)]
    with pytest.raises(fb.Error, match="spare"):
        client.reader("cam", mode="lossless")
    assert len(readers) == 3


def test_a_stuck_lossless_reader_is_passed_over_and_told(broker, start):
    outputs = {"cam": {"lossless_timeout": "500ms", "depth": 4, "spare": 4}}
    client = start(broker({"sources": {"cam": {**CAMERA, "outputs": outputs}}}).connect())
    client.wait("cam", timeout=10)
    stuck = client.reader("cam", mode="lossless", timeout=5)
    first = stuck.read().seq
    assert client.status()["streams"][0]["readers"][0]["passed_over"] is False
    count_until(client.reader("cam", timeout=5), 60)  # more than the ring has slots: it was not stopped for good
    assert client.status()["streams"][0]["readers"][0]["passed_over"] is True
    frame = stuck.read()
    while frame.missed == 0:
        frame = stuck.read()
    assert frame.seq > first + 1
