"""Streams that programs write: declared in the configuration, alone or like a source's output."""

import subprocess
import sys
import threading

import framebroker as fb
import numpy as np
import pytest

CAMERA = {"url": "testsrc2=size=64x48:rate=50", "format": "lavfi",
          "outputs": {"cam": {"pixel_format": "rgb24"}}}
GRAY = {"pixel_format": "gray", "width": 8, "height": 4}


def test_like_a_source_with_its_times(broker, start):
    client = start(broker({"sources": {"cam": CAMERA}, "streams": {"marked": {"like": "cam", "spare": 20}}}).connect())
    client.wait("cam", timeout=10)
    reader = client.reader("marked", mode="lossless", timeout=10)
    with client.writer("marked") as writer:
        camera = client.reader("cam", mode="ordered", timeout=10)
        for _ in range(10):
            frame = camera.read()
            with writer.slot(frame) as slot:
                assert slot.array.shape == (48, 64, 3)
                slot.array[:] = 255 - frame.array
            made = reader.read()
            assert (made.pts_ns, made.capture_ns) == (frame.pts_ns, frame.capture_ns)
            assert made.duration_ns == frame.duration_ns
            assert (made.array == 255 - frame.array).all()
    assert reader.missed == 0
    assert next(one for one in client.streams() if one.name == "marked").depth == 8


def test_like_sound(broker, start):
    """`depth` is that of sound there, too."""
    tone = {"url": "sine=sample_rate=8000", "format": "lavfi",
            "outputs": {"tone": {"media": "audio", "frame_size": 400}}}
    client = start(broker({"sources": {"tone": tone}, "streams": {"loud": {"like": "tone"}}}).connect())
    client.wait("tone", timeout=10)
    reader = client.reader("loud", timeout=10)
    with client.writer("loud") as writer:
        frame = client.reader("tone", timeout=10).read()
        writer.write(frame.array * 2, frame)
        made = reader.read()
        assert (made.array == frame.array * 2).all()
        assert (made.info.depth, made.info.sample_rate, made.pts_ns) == (256, 8000, frame.pts_ns)


def test_like_what_has_no_layout_yet_is_said(broker, start):
    camera = {**CAMERA, "on_demand": True}
    client = start(broker({"sources": {"cam": camera}, "streams": {"marked": {"like": "cam"}}}).connect())
    with client.writer("marked", timeout=0.1) as writer:
        with pytest.raises(TimeoutError, match="stream cam, which marked is like, has no layout so far"):
            writer.slot()
        client.wait("cam", timeout=10)
        writer.timeout = 10
        with writer.slot() as slot:
            assert (slot.info.width, slot.info.pixel_format) == (64, "rgb24")


def test_a_writer_in_python_and_a_reader_in_another_process(broker, start):
    running = broker({"streams": {"made": GRAY}})
    client = start(running.connect())
    program = "import framebroker as fb\n" \
              f"r = fb.connect({str(running.socket)!r}).reader('made', mode='lossless', timeout=20)\n" \
              "print('open', flush=True)\n" \
              "for f in r: print(f.seq, f.array.shape, int(f.array.sum()), f.metadata.decode(), flush=True)\n" \
              "print('missed', r.missed, flush=True)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as reading:
        assert reading.stdout.readline() == "open\n"
        with client.writer("made", timeout=10) as writer:
            for i in range(100):
                writer.write(np.full((4, 8), i, np.uint8), metadata=str(i).encode())
            writer.end()
        out, _ = reading.communicate(timeout=20)
    assert out.splitlines() == [*(f"{i + 1} (4, 8) {i * 32} {i}" for i in range(100)), "missed 0"]


def test_a_second_writer_goes_on_where_the_first_left(broker, start):
    client = start(broker({"streams": {"made": GRAY}}).connect())
    reader = client.reader("made", mode="ordered", timeout=10)
    assert reader.state == "idle"
    for turn in range(3):
        with client.writer("made") as writer:
            with pytest.raises(BlockingIOError):
                client.writer("made")
            for i in range(3):
                writer.write(np.full((4, 8), 10 * turn + i, np.uint8))
        for i in range(3):
            frame = reader.read()
            assert (frame.seq, int(frame.array[0, 0])) == (3 * turn + i + 1, 10 * turn + i)
        del frame
        assert reader.try_read() is None and reader.state == "idle"
    assert reader.missed == 0


def test_a_reader_waits_while_there_is_no_writer(broker, start):
    client = start(broker({"streams": {"made": GRAY}}).connect())
    reader = client.reader("made", timeout=0.1)
    with pytest.raises(TimeoutError):
        reader.read()
    reader.timeout = 20
    result = []
    waiting = threading.Thread(target=lambda: result.append(int(reader.read().array[0, 0])))
    waiting.start()
    with client.writer("made") as writer:
        writer.write(np.full((4, 8), 7, np.uint8))
        waiting.join()
    assert result == [7]


def test_a_writer_that_dies_leaves_a_stream_that_waits(broker, start):
    running = broker({"streams": {"made": GRAY}})
    client = start(running.connect())
    reader = client.reader("made", mode="ordered", timeout=10)
    program = "import framebroker as fb, numpy as np, os\n" \
              f"w = fb.connect({str(running.socket)!r}).writer('made')\n" \
              "w.write(np.full((4, 8), 1, np.uint8)); s = w.slot(); s.array[:] = 2; os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program], timeout=20)
    assert int(reader.read().array[0, 0]) == 1
    with client.writer("made") as writer:
        writer.write(np.full((4, 8), 3, np.uint8))
    frame = reader.read()
    assert (frame.seq, int(frame.array[0, 0]), frame.missed) == (2, 3, 0)  # what was not published never was


@pytest.mark.parametrize("keys, word", [
    ({"width": 8}, "pixel_format"),
    ({"pixel_format": "yuv410p", "width": 8, "height": 8}, "yuv410p"),
])
def test_what_a_program_cannot_write_is_said(broker, start, keys, word):
    client = start(broker({"sources": {"cam": CAMERA}}).connect())
    with pytest.raises(fb.Error, match=word):
        client.writer("made", **keys)


def test_a_source_s_stream_has_its_writer(broker, start):
    client = start(broker({"sources": {"cam": CAMERA}}).connect())
    with pytest.raises(PermissionError, match="source cam"):
        client.writer("cam")
