"""What producers write: arrays are checked, and say what was expected; planes, sound, metadata."""

import numpy as np
import pytest

from support.frames import packed
from support.producer import SMALL, picture


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
