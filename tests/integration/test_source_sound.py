"""Sound: what `sample_format`, `sample_rate`, `channels` and `frame_size` make of it."""

import subprocess

import numpy as np
import pytest

DTYPE = {"s16": np.int16, "s32": np.int32, "flt": np.float32}
CODEC = {"s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le"}


def decoded(clip, sample_format, *options):
    """What FFmpeg makes of it, (samples, channels)."""
    command = ["ffmpeg", "-v", "error", "-i", clip, "-map", "0:a:0", *options, "-f", CODEC[sample_format][4:], "-"]
    raw = subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout
    channels = int(options[options.index("-ac") + 1]) if "-ac" in options else 1
    return np.frombuffer(raw, DTYPE[sample_format]).reshape(-1, channels)


@pytest.mark.parametrize("clip", ["tone.wav", "audio_only.m4a", "h264.mp4"])
@pytest.mark.parametrize("sample_format", DTYPE)
def test_sample_format(clips, read_film, clip, sample_format):
    frames = read_film(clips(clip), {"media": "audio", "sample_format": sample_format})
    info = frames[0].info
    assert (info.media, info.sample_format, info.sample_rate, info.channels) == ("audio", sample_format, 48000, 1)
    sound = np.concatenate([frame.array for frame in frames])
    assert sound.dtype == DTYPE[sample_format]
    assert np.array_equal(sound, decoded(clips(clip), sample_format))


@pytest.mark.parametrize("rate", [16000, 44100, 96000])
def test_sample_rate(clips, read_film, rate):
    frames = read_film(clips("tone.wav"), {"media": "audio", "sample_rate": rate})
    sound = np.concatenate([frame.array for frame in frames])[:, 0]
    assert frames[0].info.sample_rate == rate
    assert abs(len(sound) - 3 * rate) <= 1  # also what the resampler held back came out
    assert np.abs(np.fft.rfft(sound[:rate].astype(float))).argmax() == 440


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels(clips, read_film, channels):
    frames = read_film(clips("tone.wav"), {"media": "audio", "channels": channels})
    assert frames[0].info.channels == channels
    sound = np.concatenate([frame.array for frame in frames])
    assert sound.shape == (3 * 48000, channels)
    assert np.array_equal(sound, decoded(clips("tone.wav"), "s16", "-ac", str(channels)))


@pytest.mark.parametrize("frame_size", [160, 1000, 4096])
def test_frame_size(clips, read_film, frame_size):
    """Full blocks, each at the time of its first sample; the last holds what is left."""
    frames = read_film(clips("tone.wav"), {"media": "audio", "frame_size": frame_size, "sample_rate": 44100})
    blocks = [len(frame.array) for frame in frames]
    total = sum(blocks)
    assert frames[0].info.frame_size == frame_size
    assert blocks[:-1] == [frame_size] * (len(blocks) - 1)
    assert blocks[-1] == total - frame_size * (len(blocks) - 1) and 0 < blocks[-1] <= frame_size
    for index, frame in enumerate(frames):
        assert abs(frame.pts_ns - index * frame_size * 1_000_000_000 / 44100) <= 1
        assert abs(frame.duration_ns - blocks[index] * 1_000_000_000 / 44100) <= 1


def test_sound_of_two_formats_and_the_picture_of_one_source(clips, film):
    """The picture is not held up by blocks that nobody reads."""
    outputs = {"film": {}, "film/sound": {"media": "audio"},
               "film/phone": {"media": "audio", "sample_rate": 8000, "frame_size": 160, "sample_format": "flt"}}
    client = film(clips("h264.mp4"), outputs=outputs)
    picture, sound, phone = (client.reader(name, mode, timeout=20) for name, mode in (
        ("film", "lossless"), ("film/sound", "latest"), ("film/phone", "latest")))
    infos = [(info.media, info.sample_format, info.sample_rate, info.frame_size)
             for info in (sound.read().info, phone.read().info)]
    assert infos == [("audio", "s16", 48000, 1024), ("audio", "flt", 8000, 160)]
    assert sum(1 for _ in picture) == 75


def test_no_sound_in_the_input_is_said(clips, source, wait_error):
    client, _ = source(clips("h264_no_b.mp4"), outputs={"in": {}, "in/sound": {"media": "audio"}})
    error = wait_error(client)
    assert "in/sound" in error["text"] and "no audio" in error["text"]
    assert len([client.reader("in", timeout=20).read()]) == 1  # the picture is there all the same
