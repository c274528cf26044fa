"""Sinks that come, go and start again while the broker runs, as seen from outside their worker."""

import errno
import os
import signal
import subprocess
import time

import framebroker as fb
import numpy as np
import pytest

from support.broker import COMMAND, DAEMON
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi"}
FAST = {"codec_options": {"preset": "ultrafast"}, "gop_size": 25}


def to_file(tmp_path, name="rec", **keys):
    return {"url": str(tmp_path / f"{name}.mkv"), "video": {"stream": "cam", **FAST}, "reconnect_delay": "100ms", **keys}


def row(client, name):
    return next(one for one in client.status()["sinks"] if one["name"] == name)


def wait_row(client, name, condition, seconds=20):
    def fulfilled():
        found = row(client, name)
        return found if condition(found) else None
    return wait_for(fulfilled, lambda: row(client, name), seconds)


def is_live(sink):
    return sink["state"] == "live" and sink["statistics"] and sink["statistics"]["frames"] > 0


def packets_in(path):
    probed = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets",
                             "-of", "csv=p=0", path], capture_output=True, text=True, check=True)
    codec, packets = probed.stdout.split(",")
    assert codec == "h264" and not probed.stderr
    return int(packets)


@pytest.fixture
def client(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    client.wait("cam", timeout=10)
    return client


def test_add_and_remove(client, tmp_path):
    events = client.events()
    client.add("sink", "rec", **to_file(tmp_path))
    sink = wait_row(client, "rec", is_live)
    assert sink["runtime"] and sink["error"] is None and (sink["video"], sink["audio"]) == ("cam", None)
    assert sink["url"].endswith("rec.mkv") and sink["since_utc_ns"] > 0
    client.remove("sink", "rec")
    assert client.status()["sinks"] == []
    wait_for(lambda: not os.path.exists(f"/proc/{sink['pid']}"), lambda: "its worker still runs")
    assert packets_in(tmp_path / "rec.mkv") > 0
    seen = []
    while ("removed", "rec") not in seen:
        event = next(events)
        if event.kind == "sink":
            seen.append((event.event, event.name))
    assert seen[0] == ("added", "rec") and ("live", "rec") in seen


def test_what_is_there_already_and_what_is_not(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path))
    with pytest.raises(fb.Error) as caught:
        client.add("sink", "rec", **to_file(tmp_path))
    assert caught.value.errno == errno.EEXIST
    client.add("sink", "rec", exist_ok=True, **to_file(tmp_path))
    for call in (client.remove, client.restart):
        with pytest.raises(fb.NotFound, match="nothing"):
            call("sink", "nothing")
    client.remove("sink", "nothing", missing_ok=True)


@pytest.mark.parametrize("keys, word", [
    ({"url": "x.mkv"}, "neither video nor audio"),
    ({"video": {"stream": "cam"}}, "url: is missing"),
    ({"url": "x.mkv", "video": {"stream": "cam", "bitrate": "2M"}}, "did you mean bit_rate"),
    ({"url": "x.mkv", "video": {"stream": "cam", "codec": "copy", "width": 64}}, "codec: copy sends the packets"),
    ({"url": "hls:cam", "video": {"stream": "cam"}}, "not in this version"),
    ({"url": "x.mkv", "audio": {"stream": "a b"}}, "not a stream's name")])
def test_wrong_keys_are_said(client, keys, word):
    with pytest.raises(fb.Error, match=word):
        client.add("sink", "rec", **keys)
    assert client.status()["sinks"] == []


def test_an_encoder_that_is_not_there_is_said(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path, video={"stream": "cam", "codec": "libx246"}))
    sink = wait_row(client, "rec", lambda one: one["error"])
    assert "libx246" in sink["error"]["text"] and "libx264" in sink["error"]["text"] + sink["error"]["mend"]
    assert sink["state"] != "live"


def test_a_stream_that_comes_later(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path, video={"stream": "cam/small", **FAST}))
    sink = row(client, "rec")
    assert (sink["state"], sink["pid"]) == ("idle", None)
    assert sink["error"]["text"] == "there is no stream cam/small yet" and "it waits until" in sink["error"]["mend"]
    client.add("output", "cam/small", source="cam", width=64)
    assert wait_row(client, "rec", is_live)["error"] is None
    client.remove("output", "cam/small")  # its end is the sink's
    wait_row(client, "rec", lambda one: one["pid"] is None)
    client.add("output", "cam/small", source="cam", width=32)
    wait_row(client, "rec", is_live)


def test_a_stream_that_a_program_creates(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path, video={"stream": "made", **FAST}))
    assert row(client, "rec")["state"] == "idle"
    with client.writer("made", timeout=20, width=64, height=48, pixel_format="gray", frame_rate=25) as writer:
        pts = 0

        def written_until_live():
            nonlocal pts
            writer.write(np.zeros((48, 64), np.uint8), pts_ns=pts)
            pts += 40_000_000
            return is_live(row(client, "rec"))
        wait_for(written_until_live, lambda: row(client, "rec"), 20)
    wait_row(client, "rec", lambda one: one["state"] == "ended")


def test_restart(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path))
    pid = wait_row(client, "rec", is_live)["pid"]
    client.restart("sink", "rec")
    sink = wait_row(client, "rec", lambda one: is_live(one) and one["pid"] != pid)
    assert sink["restarts"] == 0  # nobody crashed


def test_a_killed_worker_comes_back_and_harms_nobody(client, tmp_path):
    client.add("sink", "rec", **to_file(tmp_path))
    client.add("sink", "other", **to_file(tmp_path, "other"))
    other = wait_row(client, "other", is_live)["pid"]
    source = client.status()["sources"][0]["pid"]
    reader = client.reader("cam", mode="lossless", timeout=10)
    generation = reader.read().info.generation
    pid = wait_row(client, "rec", is_live)["pid"]
    os.kill(pid, signal.SIGKILL)
    sink = wait_row(client, "rec", lambda one: is_live(one) and one["pid"] != pid)
    assert sink["restarts"] == 1
    frame = reader.read()
    assert frame.info.generation == generation and reader.missed == 0
    assert row(client, "other")["pid"] == other and client.status()["sources"][0]["pid"] == source


def test_reload_touches_only_what_has_changed(broker, start, tmp_path):
    config = {"sources": {"cam": CAMERA}, "sinks": {name: to_file(tmp_path, name) for name in ("same", "other", "gone")}}
    running = broker(config)
    client = start(running.connect())
    pids = {name: wait_row(client, name, is_live)["pid"] for name in config["sinks"]}
    config["sinks"]["other"]["video"] = {"stream": "cam", "width": 64, **FAST}
    config["sinks"]["new"] = to_file(tmp_path, "new")
    del config["sinks"]["gone"]
    running.write_config(config)
    running.send_signal(signal.SIGHUP)
    wait_for(lambda: {one["name"] for one in client.status()["sinks"]} == {"same", "other", "new"}, client.status)
    wait_row(client, "new", is_live)
    wait_row(client, "other", lambda one: is_live(one) and one["pid"] != pids["other"])
    assert row(client, "same")["pid"] == pids["same"]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_runtime_file_brings_them_back(broker, start, tmp_path, end):
    runtime = tmp_path / "runtime.json"
    config = {"broker": {"runtime_file": str(runtime)}, "sources": {"cam": CAMERA}, "sinks": {"gone": to_file(tmp_path, "gone")}}
    first = broker(config)
    with first.connect() as client:
        client.add("sink", "rec", **to_file(tmp_path))
        client.remove("sink", "gone")
    first.send_signal(end)
    first.wait(10)
    client = start(broker(config).connect())
    wait_row(client, "rec", is_live)
    assert [one["name"] for one in client.status()["sinks"]] == ["rec"]
    client.remove("sink", "rec")
    assert "rec.mkv" not in runtime.read_text()


def test_a_file_ends_and_its_next_pass_is_sent_again(broker, start, tmp_path):
    clip = {"url": "testsrc2=size=160x120:rate=25:duration=2", "format": "lavfi", "on_demand": True, "readrate": 0}
    config = {"sources": {"clip": clip},
              "sinks": {"rec": to_file(tmp_path, video={"stream": "clip", **FAST})}}
    client = start(broker(config).connect())
    ended = wait_row(client, "rec", lambda one: one["state"] == "ended" and one["pid"] is None, 40)
    assert ended["statistics"]["frames"] > 0 and ended["restarts"] == 0
    client.restart("sink", "rec")
    again = wait_row(client, "rec", lambda one: one["since_utc_ns"] > ended["since_utc_ns"] and one["state"] == "ended" and
                     one["pid"] is None, 40)
    assert again["statistics"]["frames"] > 0


def test_the_end_of_the_broker_completes_the_file(broker, start, tmp_path):
    running = broker({"sources": {"cam": CAMERA}, "sinks": {"rec": to_file(tmp_path)}})
    client = start(running.connect())
    pid = wait_row(client, "rec", is_live)["pid"]
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    assert running.wait(5) == 0
    assert time.monotonic() - began < 2.5
    assert not os.path.exists(f"/proc/{pid}")
    assert packets_in(tmp_path / "rec.mkv") > 0


def test_a_copying_sink_gives_its_source_an_output_of_packets(client, tmp_path):
    def streams():
        return {one.name for one in client.streams()}
    pid = client.status()["sources"][0]["pid"]
    reader = client.reader("cam", mode="lossless", timeout=10)
    generation = reader.read().info.generation
    client.add("sink", "copy", **to_file(tmp_path, video={"stream": "cam", "codec": "copy"}))
    assert streams() == {"cam", "cam/packets"}
    with pytest.raises(fb.Error, match="there is a stream cam/packets already"):
        client.add("stream", "cam/packets", like="cam")
    assert client.reader("cam/packets", timeout=10).read().info.media == "packet"
    client.remove("sink", "copy")
    assert streams() == {"cam"}
    assert reader.read().info.generation == generation and reader.missed == 0
    assert client.status()["sources"][0]["pid"] == pid


def test_the_command(client, tmp_path):
    def call(*args):
        return subprocess.run([COMMAND, "--socket", client.address, *args], capture_output=True, text=True, timeout=30)
    url = tmp_path / "rec.mkv"
    assert call("add", "sink", "rec", f"url={url}", "video.stream=cam", "video.codec_options.preset=ultrafast").returncode == 0
    wait_row(client, "rec", is_live)
    shown = call("show", "rec").stdout
    assert shown.startswith("sink rec\n") and str(url) in shown and "  video         cam\n" in shown
    assert any(line.split()[:2] == ["rec", "live"] for line in call("ls").stdout.splitlines())
    assert call("restart", "sink", "rec").returncode == 0
    assert call("rm", "sink", "rec").returncode == 0
    result = call("rm", "sink", "rec")
    assert result.returncode == 3 and result.stderr == "framebroker: sink rec: no such name; there is none\n"


def test_check_tells_of_streams_that_nobody_declares(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("sources: {cam: {url: x}}\nsinks: {rec: {url: 'rtsp://u:sesame@h/x', video: {stream: camm}}}\n")
    result = subprocess.run([DAEMON, "--check", path], capture_output=True, text=True)
    assert result.returncode == 0
    assert "sink rec: video.stream: no output of a source and no entry of streams: is named camm (did you mean cam?)" in result.stderr
    assert "rtsp://***@h/x" in result.stdout and "sesame" not in result.stdout + result.stderr
    path.write_text("sources: {cam: {url: x}}\nsinks: {rec: {url: x.mkv, audio: {stream: cam}}}\n")
    result = subprocess.run([DAEMON, "--check", path], capture_output=True, text=True)
    assert result.returncode == 1 and "sink rec: audio.stream: cam is of pictures, not of sound" in result.stderr
