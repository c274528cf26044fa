"""Clips from a source's packets: the command, and Broker.clip()."""

import json
import os
import subprocess
import threading
import time

import framebroker as fb
import pytest

from support.framemd5 import packets
from support.process import run
from support.waiting import wait_for

COMMAND = f"{os.environ['FRAMEBROKER_BUILD']}/bin/framebroker"


@pytest.fixture
def camera(broker, start):
    """camera(url, preroll): a client of a broker with a source `in` that plays a clip for ever, for `lead` seconds."""
    def opener(url, preroll="10s", lead=1.6, **keys):
        client = start(broker({"sources": {"in": {"url": str(url), "stream_loop": -1, "preroll": preroll, **keys}}}).connect())
        reader = client.reader("in/packets", mode="ordered", timeout=20)
        first = reader.read().pts_ns
        while reader.read().pts_ns < first + lead * 1e9:
            pass
        reader.close()
        return client
    return opener


def clip_command(client, *args):
    return subprocess.run([COMMAND, "--socket", client.address, "clip", *map(str, args)], capture_output=True, text=True,
                          timeout=60)


def probe(path):
    """Checks that FFmpeg decodes it without a word, and returns its streams."""
    assert run(["ffmpeg", "-v", "warning", "-nostdin", "-xerror", "-i", path, "-f", "null", "-"], timeout=60) == ""
    return json.loads(run(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-count_packets", "-of", "json", path]))


def seconds(path):
    return float(probe(path)["format"]["duration"])


@pytest.mark.parametrize("name, ending", [("h264.ts", "mp4"), ("h264.mp4", "mkv"), ("hevc.mp4", "mp4"), ("mpeg2.ts", "ts"),
                                          ("h264.mp4", "ts"), ("vp9.webm", "mkv")])
def test_clip_is_playable_and_bit_identical(clips, camera, tmp_path, name, ending):
    client = camera(clips(name))
    path = tmp_path / f"clip.{ending}"
    clip = client.clip("in", path, before=0.5, after=0.3)
    assert clip.path == str(path) and clip.complete
    found = probe(path)
    kinds = [stream["codec_type"] for stream in found["streams"]]
    assert kinds.count("video") == 1
    assert ("audio" in kinds) == (name in ("h264.ts", "h264.mp4", "mpeg2.ts"))
    assert 0.7 < float(found["format"]["duration"]) < 2.6  # from a key frame: one each second, or each half
    assert abs((clip.end_utc_ns - clip.begin_utc_ns) / 1e9 - float(found["format"]["duration"])) < 0.5
    if not (ending == "mp4" and name.endswith(".ts")):  # these packets are put into another form
        video = next(stream["index"] for stream in found["streams"] if stream["codec_type"] == "video")
        known = {packet.md5 for packet in packets(clips(name))[0]}
        if name.endswith(ending):
            assert {packet.md5 for packet in packets(path)[video]} <= known


def test_the_command(clips, camera, tmp_path):
    client = camera(clips("h264.mp4"))
    path = tmp_path / "a.mp4"
    done = clip_command(client, "in", path, "--before", "500ms", "--after", "300ms")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(path) in done.stdout
    assert 0.7 < seconds(path) < 2.6
    told = json.loads(clip_command(client, "in", path, "--before", "0.5", "--after", "0", "--json").stdout)
    assert told["complete"] and told["path"] == str(path)
    assert told["end_utc_ns"] - told["begin_utc_ns"] >= 400_000_000
    assert os.listdir(tmp_path).count("a.mp4.part") == 0


def test_a_clip_of_what_a_sink_has_encoded(broker, start, tmp_path):
    """Also while its server is away: what is encoded is kept all the same."""
    tone = {"url": "sine=sample_rate=48000", "format": "lavfi", "outputs": {"tone": {"media": "audio"}}}
    client = start(broker({
        "sources": {"cam": {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi"}, "tone": tone},
        "sinks": {"live": {"url": "rtmp://127.0.0.1:1/nobody", "preroll": "10s", "audio": {"stream": "tone"},
                           "video": {"stream": "cam", "gop_size": 25, "codec_options": {"preset": "ultrafast"}}}}}).connect())
    reader = client.reader("live/packets", mode="ordered", timeout=20)
    first = reader.read().pts_ns
    while reader.read().pts_ns < first + 2.5e9:
        pass
    assert (reader.info.media, reader.info.width) == ("packet", 160)
    reader.close()
    path = tmp_path / "clip.mp4"
    clip = client.clip("live", path, before=1.0, after=0.5)
    assert clip.complete
    found = probe(path)
    assert sorted(stream["codec_name"] for stream in found["streams"]) == ["aac", "h264"]
    assert 1.4 < float(found["format"]["duration"]) < 3.2
    assert client.status()["sinks"][0]["state"] != "live"
    client.remove("sink", "live")
    with pytest.raises(fb.NotFound):
        client.reader("live/packets")


def test_a_clip_longer_than_the_preroll_says_what_it_has(clips, camera, tmp_path):
    client = camera(clips("h264.mp4"))
    done = clip_command(client, "in", tmp_path / "a.mp4", "--before", "1h", "--after", "0")
    assert done.returncode == 0
    assert "later than asked" in done.stderr and "preroll" in done.stderr
    assert 1 < seconds(tmp_path / "a.mp4")
    assert not client.clip("in", tmp_path / "b.mp4", before=3600.0, after=0.0).complete


def test_overlapping_clips(clips, camera, tmp_path):
    client = camera(clips("h264.mp4"))
    results = {}

    def take(number):
        asked_ns = time.time_ns()
        clip = client.clip("in", tmp_path / f"{number}.mp4", before=0.5, after=0.3 * number)
        results[number] = asked_ns, clip, time.time_ns()
    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2, 3]
    for number, (asked_ns, clip, answered_ns) in results.items():
        assert clip.complete and seconds(tmp_path / f"{number}.mp4") > 0.5 + 0.3 * number - 0.1
        assert clip.begin_utc_ns <= answered_ns - 500_000_000 - number * 300_000_000
        assert clip.end_utc_ns >= asked_ns + number * 300_000_000 - 100_000_000


def test_sound_alone(clips, camera, tmp_path):
    client = camera(clips("audio_only.m4a"), outputs={"in": {"media": "audio"}})
    clip = client.clip("in", tmp_path / "a.m4a", before=0.5, after=0.2)
    assert clip.complete
    assert [stream["codec_type"] for stream in probe(tmp_path / "a.m4a")["streams"]] == ["audio"]
    assert 0.6 < seconds(tmp_path / "a.m4a") < 1.5


def test_a_track_that_the_container_cannot_have(clips, camera, tmp_path):
    made = tmp_path / "alaw.mkv"
    run(["ffmpeg", "-v", "error", "-i", clips("h264.mp4"), "-c:v", "copy", "-c:a", "pcm_alaw", made], timeout=60)
    client = camera(made)
    done = clip_command(client, "in", tmp_path / "a.mp4", "--before", "0.5", "--after", "0")
    assert done.returncode == 0 and "pcm_alaw" in done.stderr and ".mkv" in done.stderr
    assert [stream["codec_type"] for stream in probe(tmp_path / "a.mp4")["streams"]] == ["video"]
    client.clip("in", tmp_path / "a.mkv", before=0.5, after=0.0)
    assert len(probe(tmp_path / "a.mkv")["streams"]) == 2


def test_what_cannot_be_done(clips, camera, broker, start, tmp_path):
    client = camera(clips("h264.mp4"), lead=0.1)
    for args, status, words in [(("nobody", tmp_path / "a.mp4"), 3, "no source or sink nobody"),
                                (("in", tmp_path / "a.xyz"), 1, ".mp4"),
                                (("in", tmp_path / "nowhere" / "a.mp4"), 1, "No such file"),
                                (("in",), 2, "usage"),
                                (("in", tmp_path / "a.mp4", "--before", "soon"), 2, "--before soon")]:
        done = clip_command(client, *args)
        assert done.returncode == status and words in done.stderr, done.stderr
    with pytest.raises(fb.NotFound, match="nobody"):
        client.clip("nobody", tmp_path / "a.mp4")
    with pytest.raises(fb.Error, match="No such file"):
        client.clip("in", tmp_path / "nowhere" / "a.mp4")
    client.add("source", "plain", url=str(clips("h264.mp4")), stream_loop=-1)
    with pytest.raises(fb.Error, match="preroll"):
        client.clip("plain", tmp_path / "a.mp4")
    assert os.listdir(tmp_path).count("a.mp4") == 0


@pytest.mark.parametrize("ending, keys", [("mp4", {}), ("mkv", {"max_b_frames": 2})])
def test_a_clip_of_what_was_encoded_for_mpeg_ts(broker, start, tmp_path, ending, keys):
    """Its decoders find what they need in the packets; in MP4 and Matroska it must stand apart."""
    client = start(broker({
        "sources": {"cam": {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi"}},
        "sinks": {"out": {"url": str(tmp_path / "out.ts"), "preroll": "10s",
                          "video": {"stream": "cam", "gop_size": 25, "codec_options": {"preset": "veryfast"}, **keys}}}}).connect())
    with client.reader("out/packets", mode="ordered", timeout=20) as reader:
        first = reader.read().pts_ns
        while reader.read().pts_ns < first + 1_700_000_000:
            pass
    assert client.clip("out", tmp_path / f"clip.{ending}", before=0.5, after=0.3).complete
    video, = probe(tmp_path / f"clip.{ending}")["streams"]
    assert video["codec_name"] == "h264" and video["extradata_size"] > 20
    assert 0.7 < seconds(tmp_path / f"clip.{ending}") < 2.6


def test_interrupted_leaves_no_file(clips, camera, tmp_path):
    client = camera(clips("h264.mp4"))
    path = tmp_path / "a.mp4"
    process = subprocess.Popen([COMMAND, "--socket", client.address, "clip", "in", str(path), "--after", "1h"])
    wait_for(lambda: os.path.exists(f"{path}.part"), lambda: "it does not begin")
    process.terminate()
    assert process.wait(10) == 1
    assert not os.path.exists(f"{path}.part") and not path.exists()
