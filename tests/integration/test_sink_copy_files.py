"""Sinks with `codec: copy` into files: the packets of a source, or of another sink, and nobody decodes."""

import os
import subprocess

import framebroker as fb
import pytest

from support import recording
from support.waiting import wait_for

OUTPUTS = {"film": {}, "film/audio": {"media": "audio"}}


@pytest.fixture
def copy(start, tmp_path):
    """copy(url, files, **source): a client that copies picture and sound of the url into these files, till the end."""
    def begin(url, files, **source):
        film = {"url": str(url), "on_demand": True, "outputs": OUTPUTS, **source}
        client = start(fb.serve({"sources": {"film": film}}))
        for number, file in enumerate(files):
            client.add("sink", f"sink{number}", url=str(tmp_path / file), video={"stream": "film", "codec": "copy"},
                       audio={"stream": "film/audio", "codec": "copy"})
        wait_for(lambda: all(sink["state"] == "ended" for sink in client.status()["sinks"]), client.status, 40)
        return client
    return begin


def payloads(path, kind):
    """A checksum for each packet."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:{kind}", "-c", "copy", "-f", "framemd5", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return [row[5].strip() for row in rows]


def test_packets_are_the_input_s_own(clips, copy, tmp_path):
    clip = clips("h264.mp4")
    client = copy(clip, ["one.mkv", "two.mp4"])
    for file in ("one.mkv", "two.mp4"):
        for kind in ("v", "a"):
            assert payloads(tmp_path / file, kind) == payloads(clip, kind), (file, kind)
        times, wanted = recording.times(tmp_path / file), recording.times(clip)
        assert [time - times[0] for time in times] == pytest.approx([time - wanted[0] for time in wanted], abs=0.001)
    assert all(sink["statistics"]["frames"] == 75 for sink in client.status()["sinks"])
    assert next(one for one in client.status()["streams"] if one["name"] == "film")["head"] == 0  # nothing was decoded


def test_sound_that_a_format_cannot_hold_is_encoded_anew(copy, tmp_path):
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-f", "lavfi",
               "-i", "sine=sample_rate=8000:duration=2", "-c:v", "libx264", "-c:a", "pcm_alaw", str(tmp_path / "in.mkv")]
    subprocess.run(command, check=True, timeout=60)
    copy(tmp_path / "in.mkv", ["out.mp4"])
    assert recording.tracks(tmp_path / "out.mp4")["audio"]["codec_name"] == "aac"
    assert payloads(tmp_path / "out.mp4", "v") == payloads(tmp_path / "in.mkv", "v")
    assert recording.times(tmp_path / "out.mp4", "audio")[-1] == pytest.approx(1.95, abs=0.2)


def test_one_encoder_for_several_servers(broker, start, tmp_path):
    """What one sink has encoded, another copies from `NAME/packets`."""
    config = {
        "sources": {"cam": {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi"}},
        "sinks": {"again": {"url": str(tmp_path / "again.mkv"), "video": {"stream": "live/packets", "codec": "copy"}},
                  "live": {"url": str(tmp_path / "live.mkv"), "preroll": "5s",
                           "video": {"stream": "cam", "gop_size": 10, "codec_options": {"preset": "ultrafast"}}}}}
    client = start(broker(config).connect())

    def sink(name):
        return next(one for one in client.status()["sinks"] if one["name"] == name)
    wait_for(lambda: (sink("again")["statistics"] or {}).get("frames", 0) > 30, client.status, 40)
    pids = [sink(name)["pid"] for name in ("again", "live")]
    client.remove("sink", "again")
    client.remove("sink", "live")
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), lambda: "a worker still runs")
    sent, copied = payloads(tmp_path / "live.mkv", "v"), payloads(tmp_path / "again.mkv", "v")
    first = sent.index(copied[0])
    assert len(copied) > 30 and sent[first:first + len(copied)] == copied
