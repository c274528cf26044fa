"""Frames as numpy arrays: no copy, never writable, never dangling."""

import subprocess
import sys

import framebroker as fb
import numpy as np
import pytest

GRAPH = "testsrc2=size=96x64:rate=10:duration=2"
TONE = "sine=frequency=440:sample_rate=8000:duration=1"


@pytest.fixture
def film(start):
    """film(**output keys): a private broker whose source `film` has 20 frames, read losslessly."""
    def serve(url=GRAPH, **output):
        return start(fb.serve({"sources": {"film": {
            "url": url, "format": "lavfi", "readrate": 0, "on_demand": True, "outputs": {"film": output}}}}))
    return serve


def first_frame(pixel_format):
    """What FFmpeg makes of the same picture."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", GRAPH, "-frames:v", "1", "-pix_fmt", pixel_format,
               "-f", "rawvideo", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("pixel_format, shape, dtype", [
    ("rgb24", (64, 96, 3), np.uint8), ("bgr24", (64, 96, 3), np.uint8), ("rgba", (64, 96, 4), np.uint8),
    ("bgra", (64, 96, 4), np.uint8), ("gray", (64, 96), np.uint8), ("gray16le", (64, 96), np.uint16)])
def test_packed_formats_are_one_array(film, pixel_format, shape, dtype):
    frame = film(pixel_format=pixel_format).reader("film", "lossless", timeout=20).read()
    array = frame.array
    assert (array.shape, array.dtype) == (shape, dtype)
    assert not array.flags.owndata and not array.flags.writeable
    assert len(frame.planes) == 1
    assert np.shares_memory(array, np.asarray(frame))
    assert np.shares_memory(array, memoryview(frame))
    copy = frame.copy()
    assert copy.flags.writeable and copy.flags.c_contiguous and (copy == array).all()


@pytest.mark.parametrize("pixel_format, shapes", [
    ("yuv420p", [(64, 96), (32, 48), (32, 48)]), ("nv12", [(64, 96), (32, 48, 2)])])
def test_planar_formats_are_planes(film, pixel_format, shapes):
    frame = film(url=f"{GRAPH},format={pixel_format}").reader("film", "lossless", timeout=20).read()
    assert [plane.shape for plane in frame.planes] == shapes
    with pytest.raises(TypeError, match="planes"):
        frame.array
    with pytest.raises(TypeError, match="planes"):
        np.asarray(frame)
    with pytest.raises(BufferError, match="planes"):
        memoryview(frame)
    assert frame.copy().shape == (96, 96)
    assert frame.copy().tobytes() == b"".join(plane.tobytes() for plane in frame.planes)


def test_a_native_picture_has_the_bytes_of_ffmpeg(film):
    frame = film(url=f"{GRAPH},format=yuv420p").reader("film", "lossless", timeout=20).read()
    assert frame.info.pixel_format == "yuv420p"
    assert frame.copy().tobytes() == first_frame("yuv420p")


@pytest.mark.parametrize("sample_format, dtype", [("s16", np.int16), ("s32", np.int32), ("flt", np.float32)])
def test_sound_is_samples_by_channels(film, sample_format, dtype):
    broker = film(TONE, media="audio", sample_format=sample_format, channels=2, frame_size=1000)
    frames = [frame.copy() for frame in broker.reader("film", "lossless", timeout=20)]
    assert all(frame.dtype == dtype and frame.shape[1] == 2 for frame in frames)
    assert frames[0].shape == (1000, 2)
    assert sum(len(frame) for frame in frames) == 8000
    sound = np.concatenate(frames)[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(sound))
    assert spectrum.argmax() == 440


def test_info_tells_the_layout(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20)
    frame = reader.read()
    info = frame.info
    assert (info.name, info.media, info.width, info.height, info.pixel_format) == ("film", "video", 96, 64, "rgb24")
    assert (info.frame_rate, info.sample_aspect_ratio, info.sample_rate) == (10, 1, 0)
    assert reader.info.generation == info.generation > 0
    assert (frame.seq, frame.pts_ns, frame.missed, frame.metadata) == (1, 0, 0, b"")
    assert frame.key_frame is True and frame.corrupt is False


def test_release_waits_for_arrays(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, max_held=1)
    frame = reader.read()
    rows = frame.array[10:20]
    with pytest.raises(BufferError):
        frame.release()
    del rows
    frame.release()
    frame.release()
    with pytest.raises(ValueError, match="released"):
        frame.array
    assert frame.pts_ns == 0 and frame.info.width == 96
    assert reader.read().seq == 2


def test_an_array_alone_holds_its_slot(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, max_held=1)
    row = reader.read().array[5]
    with pytest.raises(fb.TooManyHeld, match="copy"):
        reader.read()
    del row
    assert reader.read().seq == 2


def test_arrays_outlive_reader_and_broker(film):
    broker = film(pixel_format="rgb24")
    reader = broker.reader("film", "lossless", timeout=20)
    array = reader.read().array
    before = array.copy()
    reader.close()
    broker.close()
    assert (array == before).all()
    with pytest.raises(fb.Error, match="closed"):
        reader.read()


def test_private_copies_are_writable_and_hold_nothing(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, max_held=1, copy=True)
    frames = list(reader)
    assert [frame.seq for frame in frames] == list(range(1, 21))
    before = frames[1].copy()
    frames[0].array[:] = 7
    assert (frames[0].array == 7).all() and (frames[1].array == before).all()


def test_arrays_for_other_libraries(film):
    frame = film(pixel_format="rgb24").reader("film", "lossless", timeout=20).read()
    assert np.array(frame, dtype=np.float32).dtype == np.float32
    assert np.asarray(frame).base is not None
    assert frame.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError):
        frame.__dlpack__()  # a consumer of that old version does not know about read-only memory
    private = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, copy=True).read()
    assert (np.from_dlpack(private) == private.array).all()


def test_batches(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, max_held=8)
    seen = []
    for size in 8, 8, 8:
        batch = reader.read_batch(size)
        assert batch.array.shape == (len(batch), 64, 96, 3)
        assert all((frame.array == picture).all() for frame, picture in zip(batch, batch.array))
        assert batch.copied == (not np.shares_memory(batch.array, batch[0].array))
        seen += [frame.seq for frame in batch]
        del batch
    assert seen == list(range(1, 21))  # the last one is short
    with pytest.raises(EOFError):
        reader.read_batch(8)


def test_a_batch_does_not_show_what_was_released(film):
    reader = film(pixel_format="rgb24").reader("film", "lossless", timeout=20, max_held=8)
    batch = reader.read_batch(2)
    batch[0].release()
    with pytest.raises((BufferError, ValueError), match="released"):
        batch.array


def test_a_batch_into_an_array_holds_nothing(film):
    broker = film(pixel_format="rgb24")
    reader = broker.reader("film", "lossless", timeout=20)
    out = np.zeros((16, 64, 96, 3), np.uint8)
    batch = reader.read_batch(16, out=out)
    assert batch.array is out and batch.copied
    assert repr(batch) == "<framebroker.Batch of 16, seq 1 to 16>"
    assert [frame.seq for frame in batch] == list(range(1, 17))
    assert len(reader.read_batch(16, out=out)) == 4
    again = broker.reader("film", "ordered", max_held=1, timeout=20)
    with pytest.raises(fb.TooManyHeld, match="max_held"):
        again.read_batch(2)


def test_the_newest_batch(film):
    broker = film(f"{GRAPH.replace('duration=2', 'duration=60')}", pixel_format="rgb24", depth=8)
    reader = broker.reader("film", timeout=20, max_held=4)
    batch = reader.read_batch(4)
    seqs = [frame.seq for frame in batch]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    out = np.zeros((4, 64, 96, 3), np.uint8)
    del batch
    newest = reader.read_batch(4, out=out)
    assert (newest.array is out) == (len(newest) == 4)
    assert np.shares_memory(newest.array, out) and len(newest.array) == len(newest)


DRAW = """
import ctypes, framebroker as fb
reader = fb.serve({"sources": {"film": {"url": "testsrc2=size=96x64", "format": "lavfi", "outputs": {
    "film": {"pixel_format": "rgb24"}}}}}).reader("film", timeout=20)
frame = reader.read()
ctypes.memset(frame.array.ctypes.data + 100, 1, 50)
"""


@pytest.mark.parametrize("options", [[], ["-X", "faulthandler"]])
def test_drawing_on_a_shared_frame_dies_with_a_sentence(options):
    result = subprocess.run([sys.executable, *options, "-c", DRAW], capture_output=True, text=True, timeout=40)
    assert result.returncode == -11
    assert "read-only frame" in result.stderr and "frame.copy()" in result.stderr
    assert ("Fatal Python error" in result.stderr) == bool(options)


def test_other_faults_die_without_it():
    crash = DRAW.rsplit("\n", 2)[0] + "\nctypes.memset(8, 1, 1)"
    result = subprocess.run([sys.executable, "-c", crash], capture_output=True, text=True, timeout=40)
    assert result.returncode == -11
    assert "framebroker" not in result.stderr
