"""Copying: a film through an RTSP server, the broker, two RTMP servers and files, and not one bit is changed."""

import os
import time

import framebroker as fb
import pytest

from support import recording
from support.ports import free_port
from support.process import run
from support.rtsp import RtspServer
from support.waiting import wait_for

COPY = {"video": {"stream": "gate", "codec": "copy"}, "audio": {"stream": "gate/audio", "codec": "copy"}}
OUTPUTS = {"gate": {}, "gate/audio": {"media": "audio"}}
# parameter sets, which each container keeps in its own way, are left out
PICTURES = ["-map", "0:v", "-bsf:v", "h264_mp4toannexb,filter_units=remove_types=7-9"]
SOUND = ["-map", "0:a"]


def make_film(path, size, seconds):
    run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}",
         "-f", "lavfi", "-i", f"sine=sample_rate=44100:duration={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
         "-pix_fmt", "yuv420p", "-g", "25", "-b:v", "4M", "-c:a", "aac", path], timeout=300)
    return path


def checksums(path, what):
    """Of each packet, in order."""
    text = run(["ffmpeg", "-v", "error", "-i", path, *what, "-c", "copy", "-f", "framemd5", "-"], timeout=60)
    return [line.split(",")[5].strip() for line in text.splitlines() if not line.startswith("#")]


def check_identical(film, files, least):
    """What is in the files, one after the other, is one piece of the film."""
    for what in PICTURES, SOUND:
        whole = checksums(film, what)
        copied = [each for file in files for each in checksums(file, what)]
        first = whole.index(copied[0])
        assert copied == whole[first:first + len(copied)]
        assert len(copied) >= least


def processor_time(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("size, seconds, strict", [
    ("320x240", 8, False),
    pytest.param("1920x1080", 60, True, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
def test_not_one_bit_is_changed(tmp_path, start, nginx, size, seconds, strict):
    film = make_film(tmp_path / "film.mp4", size, seconds + 12)
    server = start(RtspServer(tmp_path, free_port(), film, sound=True))
    urls = {"left": nginx.rtmp_url("left", "recorded"), "right": nginx.rtmp_url("right", "recorded"),
            "files": str(tmp_path / "rec.mkv")}
    sinks = {name: {"url": url, **COPY} for name, url in urls.items()}
    sinks["files"]["segment_time"] = f"{seconds // 4}s"
    client = start(fb.serve({"sources": {"gate": {"url": server.url("/file"), "outputs": OUTPUTS}}, "sinks": sinks}))

    def live():
        return all(one["state"] == "live" and one["statistics"]["frames"] > 0 for one in client.status()["sinks"])
    wait_for(live, client.status, 30)
    status = client.status()
    source = status["sources"][0]
    workers = {one["name"]: one["pid"] for one in (source, *status["sinks"])}
    before = {name: processor_time(pid) for name, pid in workers.items()}
    begun = time.monotonic()
    wait_for(lambda: min(one["statistics"]["frames"] for one in client.status()["sinks"]) > seconds * 25, client.status,
             seconds + 30)
    passed = time.monotonic() - begun
    shares = {name: (processor_time(pid) - before[name]) / passed for name, pid in workers.items()}
    together, one_way = sum(shares.values()), shares["gate"] + max(shares[name] for name in sinks)
    print("share of a processor:", {name: f"{share:.2%}" for name, share in shares.items()},
          f"together: {together:.2%}, one way: {one_way:.2%}")
    assert client.status()["sources"][0]["statistics"]["frames"] == 0, "it decodes"
    for name in sinks:
        client.remove("sink", name)
    wait_for(lambda: not any(os.path.exists(f"/proc/{workers[name]}") for name in sinks), client.status)

    segments = sorted(tmp_path.glob("rec*.mkv"), key=lambda file: file.stat().st_mtime)
    assert len(segments) >= 4 and all(recording.packets(file, "video")[0][1] for file in segments)
    for files in [nginx.recorded / "left.flv"], [nginx.recorded / "right.flv"], segments:
        check_identical(film, files, seconds * 25)
    assert not strict or (together < 0.04 and one_way < 0.03)  # 3.0 % and 1.6 % where little else runs
