"""Sinks that record: files one after the other, old ones deleted, and what is left of one that is killed."""

import os
import signal

import framebroker as fb

from support import recording
from support.receivers import decode
from support.waiting import wait_for

CAMERA = {"format": "lavfi", "url": "testsrc2=size=160x120:rate=25[out0];sine=sample_rate=48000[out1]",
          "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}
VIDEO = {"stream": "gate", "gop_size": 25, "codec_options": {"preset": "ultrafast"}}


def sink_of(client):
    return client.status()["sinks"][0]


def record(start, url, **keys):
    sink = {"url": str(url), "video": VIDEO, "audio": {"stream": "gate/audio"}, "reconnect_delay": "100ms", **keys}
    return start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))


def test_files_one_after_the_other(tmp_path, start):
    folder = tmp_path / "recordings"
    client = record(start, folder / "%Y-%m" / "gate.mkv", segment_time="1s", keep="1d")
    wait_for(lambda: len(list(folder.glob("*/*"))) == 4, lambda: sink_of(client), 30)
    newest = sink_of(client)["statistics"]["file"]
    client.remove("sink", "out")
    wait_for(lambda: not client.status()["sinks"], client.status)
    files = sorted(folder.glob("*/*"), key=lambda file: file.stat().st_mtime)
    assert [file.name for file in files] == ["gate.mkv", "gate-001.mkv", "gate-002.mkv", "gate-003.mkv"]
    assert newest in map(str, files)
    for file in files[:-1]:
        packets = recording.packets(file, "video")
        assert len(packets) == 25 and packets[0][1]
        assert 0 <= packets[0][0] < 0.2 and recording.times(file, "audio")[0] < 0.2
        decode(file)


def test_the_oldest_files_are_deleted(tmp_path, start):
    stranger = tmp_path / "gate-old.ts"
    stranger.write_bytes(bytes(100_000))
    client = record(start, tmp_path / "gate.ts", segment_time="1s", keep_size="1KiB")
    wait_for((tmp_path / "gate-002.ts").exists, lambda: sink_of(client), 30)
    assert not (tmp_path / "gate.ts").exists() and stranger.exists()


def test_a_killed_recording_can_be_played(tmp_path, start):
    client = record(start, tmp_path / "gate.mp4")
    wait_for(lambda: (sink_of(client)["statistics"] or {"frames": 0})["frames"] > 75, lambda: sink_of(client), 30)
    os.kill(sink_of(client)["pid"], signal.SIGKILL)
    wait_for((tmp_path / "gate-001.mp4").exists, lambda: sink_of(client), 30)
    times = recording.times(tmp_path / "gate.mp4")
    assert len(times) >= 25 and len(recording.times(tmp_path / "gate.mp4", "audio")) > 40
    decode(tmp_path / "gate.mp4")


def test_options_of_the_users_own_win(tmp_path, start):
    client = record(start, tmp_path / "gate.mp4", format_options={"movflags": "+faststart"})
    wait_for(lambda: (sink_of(client)["statistics"] or {"frames": 0})["frames"] > 20, lambda: sink_of(client), 30)
    client.remove("sink", "out")
    film = tmp_path / "gate.mp4"
    wait_for(lambda: 0 < film.read_bytes().find(b"moov") < film.read_bytes().find(b"mdat"), client.status)
    assert b"moof" not in film.read_bytes()
    decode(tmp_path / "gate.mp4")


def test_a_film_is_encoded_as_told(tmp_path, start):
    """As fast as it goes: 10 s of it, each picture once."""
    film = {"format": "lavfi", "url": "testsrc2=size=320x240:rate=25:duration=10,noise=alls=20:allf=t", "on_demand": True,
            "readrate": 0}
    video = {"stream": "film", "bit_rate": "600k", "gop_size": 50, "max_b_frames": 2, "frame_ahead": 10000,
             "codec_options": {"preset": "veryfast", "sc_threshold": 0, "b_strategy": 0}}
    sink = {"url": str(tmp_path / "film.mp4"), "video": video}
    client = start(fb.serve({"sources": {"film": film}, "sinks": {"out": sink}}))
    wait_for(lambda: sink_of(client)["state"] == "ended", lambda: sink_of(client), 50)
    packets = recording.packets(tmp_path / "film.mp4", "video")
    assert [number for number, (_, key) in enumerate(packets) if key] == list(range(0, 250, 50))
    assert len(packets) == 250
    track = recording.tracks(tmp_path / "film.mp4")["video"]
    assert (track["codec_name"], track["width"], track["height"], track["avg_frame_rate"]) == ("h264", 320, 240, "25/1")
    assert track["has_b_frames"] == 2
    assert abs((tmp_path / "film.mp4").stat().st_size * 8 / 10 - 600_000) < 90_000
