"""Every frame that another process reads has the same bytes and time stamps as FFmpeg's own decoding of the clip."""

import hashlib

import framebroker as fb
import pytest

from support.framemd5 import framemd5
from support.frames import md5

CLIPS = ["h264.mp4", "h264_no_b.mp4", "h264.ts", "mpeg2.mpg", "mpeg2.ts", "mjpeg.avi", "hevc.mp4", "vp9.webm", "qtrle.mov",
         "cinepak.avi", "vtest.avi", "cityCC0.mpg"]
ACCURATE = "scale=flags=bicubic,format=rgb24"  # docs/sources.md: what `scale: accurate` is in FFmpeg's words


def source(clip, output):
    return {"sources": {"clip": {"url": str(clip), "on_demand": True, "readrate": 0, "outputs": {"clip": output}}}}


def read_all(clip, output, frame_sum=md5):
    with fb.serve(source(clip, output)) as broker, broker.reader("clip", mode="lossless", timeout=20) as reader:
        frames = [(frame.seq, frame.pts_ns, frame_sum(frame)) for frame in reader]
        assert reader.missed == 0
    return frames


def assert_same(frames, expected):
    assert [one[0] for one in frames] == list(range(1, len(expected) + 1))
    assert [one[2] for one in frames] == [one.md5 for one in expected]


@pytest.mark.parametrize("name", CLIPS)
def test_native_frames(clips, name):
    expected = framemd5(clips(name))
    frames = read_all(clips(name), {})
    assert_same(frames, expected)
    # FFmpeg counts from the first packet of the tracks that it was asked for, the broker from that of all tracks.
    tick_ns = expected.time_base * 1_000_000_000
    begin = frames[0][1] - expected.pts_ns(0)
    for index, (_, pts_ns, _) in enumerate(frames):
        assert abs(pts_ns - begin - expected.pts_ns(index)) <= tick_ns, f"frame {index}"


def test_all_outputs_of_a_source_have_one_time_base(clips):
    """0 is the container's start: in this clip the sound begins 21.3 ms before the picture."""
    config = source(clips("h264.ts"), {})
    config["sources"]["clip"]["outputs"]["clip/sound"] = {"media": "audio"}
    with fb.serve(config) as broker:
        sound = broker.reader("clip/sound", mode="lossless", timeout=20)
        picture = broker.reader("clip", mode="lossless", timeout=20)
        assert abs(sound.read().pts_ns) <= 1_000_000
        assert abs(picture.read().pts_ns - 21_333_333) <= 1_000_000


@pytest.mark.parametrize("name", ["h264.mp4", "mpeg2.mpg", "mjpeg.avi", "hevc.mp4", "vp9.webm"])
def test_rgb24_frames(clips, name):
    expected = framemd5(clips(name), "-vf", ACCURATE)
    assert_same(read_all(clips(name), {"pixel_format": "rgb24"}), expected)


@pytest.mark.parametrize("name", ["h264.mp4", "mpeg2.mpg", "tone.wav", "tone.mp3"])
@pytest.mark.parametrize("sample_format, codec", [("s16", "pcm_s16le"), ("flt", "pcm_f32le")])
def test_sound(clips, name, sample_format, codec):
    """Blocks are cut elsewhere than FFmpeg's packets, so the samples are compared as one piece."""
    from support.process import run
    out = clips(name).with_suffix(f".{sample_format}.raw")
    run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", clips(name), "-map", "0:a:0", "-c:a", codec,
         "-f", codec.removeprefix("pcm_"), out])
    whole = hashlib.sha256()
    size = 0
    with fb.serve(source(clips(name), {"media": "audio", "sample_format": sample_format})) as broker:
        for frame in broker.reader("clip", mode="lossless", timeout=20):
            block = frame.array.tobytes()
            whole.update(block)
            size += len(block)
    assert size == out.stat().st_size
    assert whole.hexdigest() == hashlib.sha256(out.read_bytes()).hexdigest()
    out.unlink()


def test_from_the_first_key_frame_on(clips):
    """A stream joined in the middle of a GOP shows nothing before its first key frame."""
    with fb.serve(source(clips("mid_gop.ts"), {})) as broker:
        frames = list(broker.reader("clip", mode="lossless", timeout=20, copy=True))
    assert frames and frames[0].key_frame
    assert not any(frame.corrupt for frame in frames)


def test_resolution_change_begins_a_generation_and_scaled_outputs_do_not_notice(clips):
    config = source(clips("resolution_change.ts"), {})
    config["sources"]["clip"]["outputs"]["clip/small"] = {"width": 160, "height": 120, "pixel_format": "rgb24"}
    with fb.serve(config) as broker, broker.reader("clip", mode="lossless", timeout=20) as native, \
            broker.reader("clip/small", mode="lossless", timeout=20) as small:
        shapes, seqs, generations, scaled = [], [], [], []
        ended = set()
        while len(ended) < 2:
            for reader, take in ((native, native), (small, small)):
                if reader in ended:
                    continue
                try:
                    frame = take.read()
                except EOFError:
                    ended.add(reader)
                    continue
                if reader is native:
                    shapes.append((frame.info.width, frame.info.height))
                    generations.append(frame.info.generation)
                    seqs.append(frame.seq)
                else:
                    scaled.append((frame.array.shape, frame.info.generation))
    assert shapes == [(320, 240)] * 50 + [(640, 360)] * 50
    assert seqs == list(range(1, 101))
    assert generations == [1] * 50 + [2] * 50
    assert scaled == [((120, 160, 3), 1)] * 100
