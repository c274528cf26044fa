"""Sinks that record: what ffprobe says of the file is what the keys say, and sound and picture stay together."""

import re
import time

import framebroker as fb
import numpy as np
import pytest

from support import flash_beep, recording
from support.waiting import wait_for

CAMERA = {"format": "lavfi", "url": flash_beep.SOURCE, "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}

STILL = {"sc_threshold": 0}  # no key frames where the picture flashes


@pytest.fixture
def serve(start):
    """serve(sinks, **sections): a private broker with the flashing camera `gate`."""
    def begin(sinks, **sections):
        return start(fb.serve({"sources": {"gate": CAMERA}, "sinks": sinks, **sections}))
    return begin


def sink(client, name):
    return next(one for one in client.status()["sinks"] if one["name"] == name)


def wait_frames(client, name, count, seconds=40):
    wait_for(lambda: (sink(client, name)["statistics"] or {"frames": 0})["frames"] >= count, lambda: sink(client, name), seconds)


def record(client, name, frames):
    """Waits for that many frames and ends the sink in order."""
    wait_frames(client, name, frames)
    statistics = sink(client, name)["statistics"]
    client.remove("sink", name)
    wait_for(lambda: all(one["name"] != name for one in client.status()["sinks"]), client.status)
    return statistics


def test_picture_and_sound(serve, tmp_path):
    client = serve({
        "plain": {"url": str(tmp_path / "plain.mp4"), "video": {"stream": "gate", "codec_options": STILL},
                  "audio": {"stream": "gate/audio"}},
        "set": {"url": str(tmp_path / "set.mkv"),
                "video": {"stream": "gate", "width": 80, "gop_size": 10, "max_b_frames": 2, "frame_rate": 10,
                          "profile": "main", "codec_options": {**STILL, "preset": "veryfast"}, "filter": "hflip"},
                "audio": {"stream": "gate/audio", "codec": "libopus", "channels": 2, "bit_rate": "64k"}},
        "sound": {"url": str(tmp_path / "sound.flv"), "audio": {"stream": "gate/audio", "codec": "libmp3lame"}},
        "picture": {"url": str(tmp_path / "picture.ts"), "video": {"stream": "gate", "codec": "mpeg4"}},
    })
    record(client, "plain", 110)
    record(client, "set", 45)
    record(client, "sound", 60)
    record(client, "picture", 80)

    tracks = recording.tracks(tmp_path / "plain.mp4")
    assert tracks["video"]["codec_name"] == "h264" and tracks["video"]["pix_fmt"] == "yuv420p"
    assert (tracks["video"]["width"], tracks["video"]["height"]) == (160, 120)
    assert tracks["video"]["has_b_frames"] == 0 and tracks["video"]["avg_frame_rate"] == "25/1"
    assert tracks["audio"]["codec_name"] == "aac" and tracks["audio"]["sample_rate"] == "48000"
    keys = [time for time, key in recording.packets(tmp_path / "plain.mp4", "video") if key]
    assert keys[:3] == pytest.approx([0, 2, 4], abs=0.001)

    tracks = recording.tracks(tmp_path / "set.mkv")
    assert (tracks["video"]["width"], tracks["video"]["height"]) == (80, 60)
    assert tracks["video"]["has_b_frames"] > 0 and tracks["video"]["profile"] == "Main"
    assert tracks["video"]["avg_frame_rate"] == "10/1"
    assert tracks["audio"]["codec_name"] == "opus" and tracks["audio"]["channels"] == 2
    keys = [time for time, key in recording.packets(tmp_path / "set.mkv", "video") if key]
    assert keys[1] - keys[0] == pytest.approx(1, abs=0.002)

    tracks = recording.tracks(tmp_path / "sound.flv")
    assert list(tracks) == ["audio"] and tracks["audio"]["codec_name"] == "mp3"
    assert tracks["audio"]["sample_rate"] == "44100"  # what players of FLV expect
    tracks = recording.tracks(tmp_path / "picture.ts")
    assert list(tracks) == ["video"] and tracks["video"]["codec_name"] == "mpeg4"
    assert tracks["video"]["avg_frame_rate"] == "25/1"

    for name in ("plain.mp4", "set.mkv"):
        offsets = flash_beep.offsets(tmp_path / name)
        assert len(offsets) >= 3 and max(map(abs, offsets)) < (0.02 if name == "plain.mp4" else 0.12), offsets


def test_a_fallback_is_shown_while_there_is_nothing_else(start, tmp_path):
    colors = {name: {"format": "lavfi", "url": f"color={name}:size=64x48:rate=25"} for name in ("black", "white")}
    stream = {"pixel_format": "gray", "width": 64, "height": 48, "frame_rate": 25}
    path = tmp_path / "fallback.mkv"
    client = start(fb.serve({"sources": colors, "streams": {"marked": stream}, "sinks": {
        "one": {"url": str(path), "video": {"stream": "marked", "fallback": "white", "late": "skip"}}}}))
    wait_frames(client, "one", 25)
    with client.writer("marked", timeout=20) as writer:
        for number in range(50):
            time.sleep(0.04)
            writer.write(np.zeros((48, 64), np.uint8))
    before = sink(client, "one")["statistics"]["frames"]
    record(client, "one", before + 50)

    text = flash_beep.ffmpeg(path, "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-")
    bright = "".join("w" if float(level) > 120 else "b" for level in re.findall(r"YAVG=(\S+)", text.decode()))
    assert re.fullmatch("w{20,}b{30,}w{20,}", bright), bright
    assert max(np.diff(recording.times(path))) < 2.5


def test_sound_that_comes_later_begins_a_new_file(serve, tmp_path):
    client = serve({"one": {"url": str(tmp_path / "one.mkv"), "max_delay": "500ms", "video": {"stream": "gate"},
                            "audio": {"stream": "later"}}},
                   streams={"later": {"media": "audio", "sample_rate": 44100, "channels": 1}})
    wait_frames(client, "one", 10)
    assert "later" in sink(client, "one")["error"]["text"]
    with client.writer("later", timeout=20) as writer:
        for _ in range(40):
            time.sleep(1024 / 44100)
            writer.write(np.zeros((1024, 1), np.int16))
    wait_for(lambda: "one-001" in sink(client, "one")["statistics"]["file"], client.status, 30)
    record(client, "one", sink(client, "one")["statistics"]["frames"] + 25)
    assert list(recording.tracks(tmp_path / "one.mkv")) == ["video"]
    assert sorted(recording.tracks(tmp_path / "one-001.mkv")) == ["audio", "video"]
