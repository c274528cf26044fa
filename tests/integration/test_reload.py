"""Keys that change while the broker runs: whoever reads goes on, with the same reader."""

import signal

import pytest

from support.frames import count_until

CAMERA = {"url": "testsrc2=size=320x240:rate=25", "format": "lavfi"}


def outputs(**small):
    return {"sources": {"cam": {**CAMERA, "outputs": {"cam": {}, "cam/small": {"pixel_format": "gray", **small}}}}}


@pytest.fixture
def reload(broker, start):
    """A client of a broker with that configuration, and reload(config)."""
    def begin(config):
        running = broker(config)
        client = start(running.connect())

        def again(changed):
            running.write_config(changed)
            running.send_signal(signal.SIGHUP)
        return client, again
    return begin


def read_until(reader, condition):
    """Reads on, in order and without a gap that is not told, until a frame fulfils the condition."""
    last = None
    while True:
        frame = reader.read()
        assert last is None or frame.seq == last + 1 + frame.missed
        last = frame.seq
        if condition(frame):
            return frame


def test_an_output_changes_under_its_readers(reload):
    client, again = reload(outputs(width=64))
    full = client.reader("cam", mode="ordered", timeout=10)
    small = client.reader("cam/small", mode="ordered", timeout=10)
    lossless = client.reader("cam/small", mode="lossless", timeout=10)
    assert small.read().array.shape == (48, 64) and lossless.read().array.shape == (48, 64)
    generation, pid = full.read().info.generation, client.status()["sources"][0]["pid"]
    again(outputs(width=160, pixel_format="rgb24", depth=4))
    assert read_until(small, lambda frame: frame.info.width == 160).array.shape == (120, 160, 3)
    assert read_until(lossless, lambda frame: frame.info.width == 160).missed == 0
    assert small.info.depth == 4
    whole = full.at(small.read().pts_ns)  # one time base, still
    assert whole.info.width == 320
    assert whole.info.generation == generation and client.status()["sources"][0]["pid"] == pid


def test_the_source_changes_with_its_outputs(reload):
    client, again = reload(outputs(width=64))
    small = client.reader("cam/small", mode="ordered", timeout=10)
    small.read()
    changed = outputs(width=32)
    changed["sources"]["cam"]["readrate"] = 2
    again(changed)
    assert read_until(small, lambda frame: frame.info.width == 32).array.shape == (24, 32)


def test_a_declared_stream_changes_under_writer_and_reader(reload):
    def streams(**keys):
        return {"streams": {"made": {"pixel_format": "gray", "width": 16, "height": 8, **keys}}}
    client, again = reload(streams())
    reader = client.reader("made", mode="lossless", timeout=10)
    with client.writer("made", timeout=10) as writer:
        with writer.slot(pts_ns=0) as slot:
            assert slot.array.shape == (8, 16)
        again(streams(height=4))
        pts = 0
        while True:
            pts += 1_000_000
            with writer.slot(pts_ns=pts) as slot:
                shape = slot.array.shape
            frame = reader.read()
            if shape == (4, 16):
                break
        while frame.array.shape != (4, 16):
            frame = reader.read()
    assert reader.missed == 0


def test_what_cannot_change_ends(reload):
    """A stream of pictures does not become one of sound under its readers."""
    client, again = reload(outputs(width=64))
    small = client.reader("cam/small", mode="ordered", timeout=10)
    count_until(small, 2)
    again(outputs(width=64, max_readers=3))
    with pytest.raises(EOFError):
        while True:
            small.read()
    assert client.reader("cam/small", timeout=10).read().info.width == 64
