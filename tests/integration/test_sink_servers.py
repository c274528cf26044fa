"""Sinks that push to real servers, and what other programs than ours read back from there."""

import json
import socket
import subprocess
import threading
import time

import framebroker as fb
import pytest

from support import recording
from support.ports import free_port
from support.receivers import Listener, decode, play_with_ffmpeg, play_with_gstreamer
from support.rtsp import RtspServer
from support.waiting import wait_for

CAMERA = {"format": "lavfi", "url": "testsrc2=size=160x120:rate=25[out0];sine=sample_rate=48000[out1]",
          "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}
VIDEO = {"stream": "gate", "gop_size": 25, "bit_rate": "400k", "codec_options": {"preset": "ultrafast"}}
AUDIO = {"stream": "gate/audio"}
FAST = {"reconnect_delay": "100ms", "reconnect_delay_max": "500ms", "open_timeout": "5s", "write_timeout": "2s"}


@pytest.fixture
def push(start):
    """push(url, **keys): a private broker with a test picture and a tone, and a sink `out` that sends them there."""
    def begin(url, **keys):
        sink = {"url": str(url), "video": VIDEO, **FAST, **keys}
        return start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))
    return begin


def sink_of(client, name="out"):
    return next(one for one in client.status()["sinks"] if one["name"] == name)


def wait_state(client, *states, name="out"):
    wait_for(lambda: sink_of(client, name)["state"] in states, lambda: sink_of(client, name), 20)


def wait_frames(client, count, name="out"):
    """Waits until so many more have been sent."""
    def sent():
        return (sink_of(client, name)["statistics"] or {"frames": 0})["frames"]
    wanted = sent() + count
    wait_for(lambda: sent() >= wanted, lambda: sink_of(client, name), 30)


def wait_error(client, name="out"):
    return wait_for(lambda: sink_of(client, name)["error"], lambda: sink_of(client, name), 20)


def check_picture(path, within=0.02):
    """Codec, size and rate; a key frame a second. within: servers that stamp what they pass on are less exact."""
    track = recording.tracks(path)["video"]
    assert (track["codec_name"], track["width"], track["height"]) == ("h264", 160, 120)
    times = recording.times(path)
    assert len(times) > 25
    assert (times[-1] - times[0]) / (len(times) - 1) == pytest.approx(0.04, rel=within)
    keys = [number for number, (_, key) in enumerate(recording.packets(path, "video")) if key]
    assert [after - before for before, after in zip(keys, keys[1:])] == [25] * (len(keys) - 1)


def check_sound(path, sample_rate):
    track = recording.tracks(path)["audio"]
    assert (track["codec_name"], track["sample_rate"]) == ("aac", str(sample_rate))


@pytest.mark.parametrize("transport, password, digest", [
    ("tcp", None, False), ("udp", "p@ss/w:o#rd", False), ("tcp", "p@ss/w:o#rd", True),
])
def test_rtsp(tmp_path, start, push, transport, password, digest):
    login = {"user": "cam", "password": password} if password else {}
    server = start(RtspServer(tmp_path, free_port(), pass_on=free_port(), digest=digest, **login))
    client = push(f"rtsp://127.0.0.1:{server.port}/in", format_options={"rtsp_transport": transport}, **login)
    wait_state(client, "live")
    play_with_gstreamer(server.url("/out"), protocols=transport)
    played = play_with_ffmpeg(server.url("/out"), tmp_path / "played.mkv", "-rtsp_transport", transport)
    check_picture(played, within=0.1)
    decode(played)
    status = sink_of(client)
    assert status["state"] == "live" and not status["error"]
    assert password is None or password not in json.dumps(status)


@pytest.mark.parametrize("path, login, code, mend", [
    ("/in", {"user": "cam", "password": "wrong-one"}, "401", "password"),
    ("/in", {}, "401", "set user and password"),
    ("/nothing", {"user": "cam", "password": "right"}, "404", "path"),
])
def test_rtsp_refused(tmp_path, start, push, path, login, code, mend):
    server = start(RtspServer(tmp_path, free_port(), user="cam", password="right", pass_on=free_port()))
    client = push(f"rtsp://127.0.0.1:{server.port}{path}", **login)
    error = wait_error(client)
    assert code in error["text"] and mend in error["mend"]
    assert "wrong-one" not in json.dumps(client.status())


def test_rtmp(tmp_path, nginx, push):
    client = push(nginx.rtmp_url("live"), audio=AUDIO)
    wait_state(client, "live")
    played = play_with_ffmpeg(nginx.rtmp_url("live"), tmp_path / "played.mkv", seconds=3)
    check_picture(played)
    check_sound(played, 44100)
    decode(played)


@pytest.mark.parametrize("scheme, ending", [("rtsp", "mkv"), ("srt", "ts"), ("tcp", "ts"), ("udp", "ts")])
def test_picture_and_sound_to_ffmpeg(tmp_path, start, push, scheme, ending):
    listener = start(Listener(tmp_path, scheme, tmp_path / f"received.{ending}"))
    client = push(listener.url, audio=AUDIO)
    wait_frames(client, 50)
    client.remove("sink", "out")
    listener.wait(timeout=20)
    check_picture(listener.path)
    check_sound(listener.path, 48000)
    decode(listener.path)


def test_http_put(tmp_path, nginx, push):
    client = push(nginx.http_url("/upload/film.mp4"), audio=AUDIO)
    wait_frames(client, 50)
    client.remove("sink", "out")
    uploaded = nginx.upload / "film.mp4"
    nginx.wait_until(uploaded.exists, "nothing was uploaded")
    check_picture(uploaded)
    check_sound(uploaded, 48000)
    decode(uploaded)


@pytest.mark.parametrize("path, words", [
    ("/media/film.ts", "4xx"), ("/media/live.m3u8", "4xx"), ("/private/live.m3u8", "401"),
    ("/unavailable/live.m3u8", "5xx"),
])
def test_http_refused(nginx, push, path, words):
    client = push(nginx.http_url(path), format_options={"hls_time": 1} if path.endswith("m3u8") else {})
    assert words in wait_error(client)["text"]


def test_hls_by_http(tmp_path, nginx, push):
    """Pieces and list are uploaded one by one. (nginx takes no DELETE of FFmpeg's: the old pieces stay there.)"""
    client = push(nginx.http_url("/upload/live.m3u8"), audio=AUDIO, format_options={"hls_time": 1, "hls_list_size": 3})
    wait_frames(client, 75)
    check_picture(play_with_ffmpeg(nginx.http_url("/upload/live.m3u8"), tmp_path / "played.mkv"))
    assert "ENDLIST" not in (nginx.upload / "live.m3u8").read_text()


def test_hls_as_files_is_played_live(tmp_path, nginx, push):
    """A web server gives out the folder; a player finds neither a gap nor a break."""
    client = push(nginx.media / "live.m3u8", audio=AUDIO, format_options={"hls_time": 1})
    wait_frames(client, 75)
    played = play_with_ffmpeg(nginx.http_url("/media/live.m3u8"), tmp_path / "played.mkv", seconds=4)
    check_picture(played)
    for kind, step in (("video", 0.04), ("audio", 1024 / 48000)):
        times = recording.times(played, kind)
        assert times[-1] - times[0] > 3
        assert max(abs(after - before - step) for before, after in zip(times, times[1:])) < 0.005
    assert "DISCONTINUITY" not in (nginx.media / "live.m3u8").read_text()
    assert len(list(nginx.media.glob("*.ts"))) < 10


def test_hls_of_a_film_has_an_end(tmp_path, start, clips):
    playlist = tmp_path / "film" / "film.m3u8"
    film = {"url": str(clips("h264.mp4")), "outputs": {"film": {}, "film/audio": {"media": "audio"}}}
    sink = {"url": str(playlist), "video": {**VIDEO, "stream": "film"}, "audio": {"stream": "film/audio"},
            "format_options": {"hls_time": 1, "hls_list_size": 0}}
    client = start(fb.serve({"sources": {"film": film}, "sinks": {"out": sink}}))
    wait_state(client, "ended")
    text = playlist.read_text()
    assert text.count("#EXT-X-ENDLIST") == 1 and "DISCONTINUITY" not in text
    assert text.count("#EXTINF") == 3
    decode(playlist)
    assert len(recording.times(playlist)) == 75


def test_a_server_that_accepts_and_never_reads(push):
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = push(f"rtsp://127.0.0.1:{server.getsockname()[1]}/in", open_timeout="500ms")
        error = wait_error(client)
        assert "timed out" in error["text"] and "open_timeout" in error["mend"]
        reader = client.reader("gate", timeout=10)
        assert reader.read().seq < reader.read().seq


class Producer(threading.Thread):
    """Writes 25 frames a second until it is stopped; knows how long it had to wait at most."""

    def __init__(self, client, stream):
        super().__init__()
        self.longest_wait = 0
        self.writer = client.writer(stream, timeout=10)
        self.ending = threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.ending.is_set():
            begun = time.monotonic()
            with self.writer.slot() as slot:
                self.longest_wait = max(self.longest_wait, time.monotonic() - begun)
                slot.array[:] = int(begun * 100) % 256
            due = max(due + 0.04, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.ending.set()
        self.join()
        self.writer.close()


@pytest.mark.parametrize("rounds", [3, pytest.param(10, marks=[pytest.mark.soak, pytest.mark.timeout(300)])])
def test_a_server_killed_and_started_again(tmp_path, start, rounds):
    port = free_port()
    stream = {"pixel_format": "bgr24", "width": 160, "height": 120, "frame_rate": 25}
    sink = {"url": f"rtsp://127.0.0.1:{port}/live", "video": {**VIDEO, "stream": "marked"}, **FAST}
    client = start(fb.serve({"streams": {"marked": stream}, "sinks": {"out": sink}}))
    server = start(Listener(tmp_path, "rtsp", tmp_path / "0.ts", port))
    pauses = []
    with Producer(client, "marked") as producer:
        wait_frames(client, 30)
        for number in range(1, rounds + 1):
            server.kill()
            wait_state(client, "lost", "connecting")
            server = start(Listener(tmp_path, "rtsp", tmp_path / f"{number}.ts", port))
            back = time.monotonic()
            wait_state(client, "live")
            pauses.append(time.monotonic() - back)
            wait_frames(client, 30)
    server.kill()
    print(f"resumed after {[round(pause, 2) for pause in pauses]} s; "
          f"the producer waited {producer.longest_wait:.3f} s at most")
    assert sink_of(client)["statistics"]["reconnects"] == rounds
    assert producer.longest_wait < 1
    assert rounds < 10 or max(pauses) < 2
    for number in range(rounds + 1):
        packets = recording.packets(tmp_path / f"{number}.ts", "video")
        assert len(packets) > 10 and packets[0][1], "it does not begin with a key frame"
        decode(tmp_path / f"{number}.ts", "-t", "0.3")


@pytest.mark.parametrize("limit", [4.5, pytest.param(2, marks=pytest.mark.soak)])
def test_a_server_that_was_away_for_long(tmp_path, start, limit):
    """With the default delays, which have grown to 8 s by then: where nothing listens, it is asked each second."""
    port = free_port()
    sink = {"url": f"rtsp://127.0.0.1:{port}/live", "video": VIDEO}
    client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))
    server = start(Listener(tmp_path, "rtsp", tmp_path / "0.ts", port))
    wait_frames(client, 30)
    server.kill()
    killed = time.monotonic()
    wait_state(client, "lost")
    wait_for(lambda: time.monotonic() > killed + 9, client.status)
    assert "connection refused" in wait_error(client)["text"] and sink_of(client)["state"] == "lost"
    server = start(Listener(tmp_path, "rtsp", tmp_path / "1.ts", port))
    back = time.monotonic()
    wait_state(client, "live")
    pause = time.monotonic() - back
    print(f"resumed after {pause:.2f} s")
    assert pause < limit
    wait_frames(client, 30)
    server.kill()
    assert recording.packets(tmp_path / "1.ts", "video")[0][1], "it does not begin with a key frame"


@pytest.fixture
def small_disk(tmp_path):
    """A folder with room for 150 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150k", "small", folder], check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_a_full_disk(tmp_path, start, small_disk, name):
    """It is said, other sinks go on, and so does this one when there is room again."""
    other = tmp_path / "other.mkv"
    client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {
        "out": {"url": str(small_disk / name), "video": VIDEO, **FAST},
        "other": {"url": str(other), "video": VIDEO}}}))
    error = wait_error(client)
    assert "the disk is full" in error["text"] and "free space" in error["mend"]
    wait_frames(client, 50, "other")
    assert not sink_of(client, "other")["error"]
    film = small_disk / name
    wait_for(lambda: list(small_disk.iterdir()) == [film], lambda: list(small_disk.iterdir()))  # and none of each try
    assert len(recording.times(film)) > 10
    film.unlink()
    wait_state(client, "live")
    client.remove("sink", "other")
    wait_for(lambda: len(client.status()["sinks"]) == 1, client.status)
    check_picture(other)
