"""`sandbox: strict`: every protocol of its list works in it, and a worker in it reaches nothing else."""

import contextlib
import os
import pathlib
import subprocess

import framebroker as fb
import pytest

from support import recording
from support.broker import DAEMON
from support.content import HttpContent
from support.frames import count_until
from support.opened import Opened
from support.ports import free_port
from support.receivers import Listener, decode
from support.rtsp import RtspServer
from support.senders import RtmpPusher, TcpSender, UdpSender
from support.tls import TlsFront
from support.waiting import wait_for

FAST = {"reconnect_delay": "100ms", "reconnect_delay_max": "500ms", "open_timeout": "5s"}
CAMERA = {"format": "lavfi", "url": "testsrc2=size=160x120:rate=25[out0];sine=sample_rate=48000[out1]", "sandbox": "strict",
          "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}
VIDEO = {"stream": "gate", "gop_size": 25, "codec_options": {"preset": "ultrafast"}}


def row(client, kind, name):
    return next(one for one in client.status()[kind + "s"] if one["name"] == name)


def process(pid):
    """What the kernel says of a process: {"Seccomp": "2", …}."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def check_confined(pid):
    status = process(pid)
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0


@pytest.fixture
def confined(source):
    """confined(url, **keys): a client and a reader of a source in the sandbox."""
    def opener(url, mode="latest", **keys):
        return source(url, mode, sandbox="strict", **keys)
    return opener


def check_source(opened, frames=15):
    client, reader = opened
    count_until(reader, frames, 30)
    check_confined(row(client, "source", "in")["pid"])


# ---- sources ----

@pytest.mark.parametrize("name, keys", [
    ("h264.mp4", {}), ("hevc.mp4", {"codec_options": {"threads": "4"}}), ("vp9.webm", {}), ("mpeg2.ts", {}),
    ("h264.mp4", {"outputs": {"in": {"pixel_format": "bgr24", "width": 160, "filter": "hflip"}, "in/fast": {
        "width": 640, "scale": "fast", "pixel_format": "rgb24"}, "in/sound": {"media": "audio"}, "in/p": {"media": "packet"}}}),
])
def test_files(confined, clips, name, keys):
    opened = confined(clips(name), stream_loop=-1, **keys)
    check_source(opened)
    for output in keys.get("outputs", {}):
        opened[0].reader(output, timeout=20).read()


def test_a_link_to_a_file(confined, clips, tmp_path):
    (tmp_path / "link.mp4").symlink_to(clips("h264.mp4"))
    check_source(confined(tmp_path / "link.mp4"))


def test_a_file_that_comes_later_and_is_replaced(confined, clips, tmp_path, wait_error):
    film = tmp_path / "films/film.mp4"
    client, reader = confined(film, stream_loop=-1)
    assert "films" in wait_error(client)["text"]
    film.parent.mkdir()
    film.write_bytes(clips("h264.mp4").read_bytes())
    assert reader.read().info.width == 320
    new = tmp_path / "films/new.mp4"
    new.write_bytes(clips("h264_640x360.mp4").read_bytes())
    new.rename(film)
    wait_for(lambda: reader.read().info.width == 640, lambda: reader.info)


def test_a_local_playlist(confined, clips, tmp_path):
    (tmp_path / "part.ts").write_bytes(clips("h264.ts").read_bytes())
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\npart.ts\n#EXT-X-ENDLIST\n")
    check_source(confined(tmp_path / "list.m3u8"))


def test_lavfi(confined):
    check_source(confined("testsrc2=size=160x120:rate=25", format="lavfi"))


@pytest.mark.parametrize("tls", [False, True])
def test_http(start, confined, clips, tmp_path, tls):
    server = start(HttpContent({"/clip.ts": clips("h264.ts").read_bytes()}))
    url = server.url("/clip.ts")
    if tls:
        url = f"https://localhost:{start(TlsFront(tmp_path, server.port)).port}/clip.ts"
    check_source(confined(url))


def test_hls(start, nginx, tmp_path, confined):
    start(RtmpPusher(tmp_path, nginx.rtmp_url("cam")))
    playlist = nginx.hls / "cam.m3u8"
    nginx.wait_until(lambda: playlist.exists() and playlist.read_text().count(".ts") > 1, "no playlist")
    check_source(confined(nginx.http_url("/hls/cam.m3u8")))


@pytest.mark.parametrize("transport", ["tcp", "udp", "tls"])
def test_rtsp(start, rtsp_server, confined, tmp_path, transport):
    if transport == "tls":
        check_source(confined(f"rtsps://127.0.0.1:{start(TlsFront(tmp_path, rtsp_server.port)).port}/test"))
    else:
        check_source(confined(rtsp_server.url(), format_options={"rtsp_transport": transport}))


@pytest.mark.parametrize("tls", [False, True])
def test_rtmp(start, nginx, tmp_path, confined, tls):
    start(RtmpPusher(tmp_path, nginx.rtmp_url("cam")))
    port = start(TlsFront(tmp_path, nginx.rtmp_port)).port if tls else None
    check_source(confined(f"rtmps://127.0.0.1:{port}/live/cam" if tls else nginx.rtmp_url("cam")))


def test_srt(srt_server, confined):
    check_source(confined(srt_server.url))


@pytest.mark.parametrize("sender", [TcpSender, UdpSender])
def test_mpegts(tmp_path, start, clips, confined, sender):
    check_source(confined(start(sender(tmp_path, free_port(), clips("h264.ts"))).url))


# ---- sinks ----

@pytest.fixture
def push(start):
    """push(url, **keys): a private broker with a camera and a sink `out`, all in the sandbox, once 40 frames were sent."""
    def begin(url, **keys):
        sink = {"url": str(url), "sandbox": "strict", "video": VIDEO, "audio": {"stream": "gate/audio"}, **FAST, **keys}
        client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))
        wait_for(lambda: (row(client, "sink", "out")["statistics"] or {"frames": 0})["frames"] > 40,
                 lambda: row(client, "sink", "out"), 30)
        check_confined(row(client, "sink", "out")["pid"])
        check_confined(row(client, "source", "gate")["pid"])
        client.remove("sink", "out")
        wait_for(lambda: not client.status()["sinks"], client.status)
    return begin


@pytest.mark.parametrize("video", [VIDEO, {**VIDEO, "codec": "libx265"}, {"stream": "gate", "codec": "mpeg4", "width": 80}])
def test_sink_to_a_file(push, tmp_path, video):
    push(tmp_path / "new/folder/%Y/film.mp4", video=video)
    path = next((tmp_path / "new/folder").rglob("film.mp4"))
    assert len(recording.times(path)) > 30
    decode(path)


def test_sink_to_files_that_are_kept_for_a_while(push, tmp_path):
    push(tmp_path / "kept/%H%M%S.mkv", segment_time="500ms", keep_size="40KiB")
    oldest = tmp_path / "oldest.mkv"
    while not oldest.exists():
        files = sorted((tmp_path / "kept").iterdir())
        with contextlib.suppress(FileNotFoundError):  # its time came just then
            assert sum(file.stat().st_size for file in files) < 400_000
            os.link(files[0], oldest)
    decode(oldest)


def test_sink_to_hls(push, tmp_path):
    push(tmp_path / "hls/list.m3u8", format_options={"hls_time": "1"})
    decode(next((tmp_path / "hls").glob("*.ts")))


@pytest.mark.parametrize("scheme", ["rtsp", "srt", "tcp", "udp"])
def test_sink_to_ffmpeg(start, push, tmp_path, scheme):
    listener = start(Listener(tmp_path, scheme, tmp_path / "received.mkv"))
    push(listener.url)
    listener.wait(timeout=20)
    assert len(recording.times(listener.path)) > 20


@pytest.mark.parametrize("tls", [False, True])
def test_sink_to_nginx(start, push, tmp_path, nginx, tls):
    port = start(TlsFront(tmp_path, nginx.rtmp_port)).port if tls else None
    push(f"rtmps://127.0.0.1:{port}/recorded/x" if tls else nginx.rtmp_url("x", "recorded"))
    assert len(recording.times(nginx.recorded / "x.flv")) > 20


def test_sink_to_http(push, nginx):
    push(nginx.http_url("/upload/film.ts"))
    assert len(recording.times(nginx.upload / "film.ts")) > 20


# ---- what is not reached, and what is refused ----

def test_a_film_from_elsewhere_is_not_opened(confined, clips, tmp_path, wait_error, source):
    """A playlist of this machine may name any film of it; in the sandbox only those beside it."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "film.ts").write_bytes(clips("h264.ts").read_bytes())
    playlist = tmp_path / "lists/list.m3u8"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n../film.ts\n#EXT-X-ENDLIST\n")
    with Opened(tmp_path / "film.ts") as opened:
        client, reader = confined(playlist, readrate=0)
        wait_error(client)
        assert not opened.has_been() and reader.try_read() is None
        client.remove("source", "in")
        client.add("source", "out", url=str(playlist), readrate=0, on_demand=True)
        assert client.reader("out", "lossless", timeout=20).read() and opened.has_been()


def test_a_filter_reads_no_file(confined, clips, wait_error):
    client, reader = confined(f"movie={clips('h264.ts')}", format="lavfi")
    assert wait_error(client)["text"]
    assert reader.try_read() is None


@pytest.mark.parametrize("keys, words", [
    ({"url": "sftp://h/x"}, "is not for sftp"),
    ({"url": "concat:a.ts|b.ts"}, "is not for"),
    ({"url": "/dev/video0", "format": "v4l2"}, "is not for v4l2"),
    ({"url": "/film.mp4"}, "would be /"),
])
def test_what_strict_does_not_know_is_refused(start, broker, tmp_path, keys, words):
    config = {"sources": {"in": {**keys, **FAST, "sandbox": "strict"}}}
    running = broker(config)
    client = start(running.connect())
    error = wait_for(lambda: client.status()["sources"][0]["error"], client.status)
    assert words in error["text"] and error["mend"]
    check = subprocess.run([DAEMON, "--check", "--config", running.config], capture_output=True, text=True, timeout=20)
    assert check.returncode == 1 and words in check.stderr + check.stdout


def test_hardware_is_not_for_strict():
    with pytest.raises(fb.ConfigError, match="sandbox"):
        fb.serve({"sources": {"in": {"url": "x.mp4", "hwaccel": "cuda", "sandbox": "strict"}}})


def test_every_worker_is_contained(start, broker, clips, tmp_path):
    """Also without the sandbox: no new privileges, no capabilities, not dumpable."""
    client = start(broker({"sources": {"in": {"url": str(clips("h264.mp4")), "stream_loop": -1}}, "sinks": {
        "out": {"url": str(tmp_path / "x.mp4"), "video": {"stream": "in"}}}}).connect())
    client.wait("in", timeout=20)
    for kind, name in (("source", "in"), ("sink", "out")):
        pid = wait_for(lambda kind=kind, name=name: row(client, kind, name)["pid"], client.status)
        wait_for(lambda pid=pid: process(pid)["NoNewPrivs"] == "1" and process(pid)["CapEff"] == "0" * 16,
                 lambda pid=pid: process(pid))
        status = process(pid)
        assert all(int(status[key], 16) == 0 for key in ("CapInh", "CapPrm", "CapBnd", "CapAmb")), status
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert any(line.split()[4:6] == ["0", "0"] for line in limits.splitlines() if line.startswith("Max core file"))
        assert pathlib.Path(f"/proc/{pid}/mem").stat().st_uid == 0  # as of all that are not dumpable
