"""Real servers of each protocol; stopped and started again, the same reader object goes on."""

import json

import pytest

from support.frames import count_until
from support.ports import free_port
from support.rtsp import RtspServer
from support.senders import RtmpPusher, TcpSender, UdpSender


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("path", ["/test", "/h265", "/mjpeg"])
def test_rtsp(rtsp_server, source, transport, path):
    _, reader = source(rtsp_server.url(path), format_options={"rtsp_transport": transport})
    assert len(count_until(reader, 15)) == 15
    assert reader.state == "live"


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("password", ["secret", "p@ss#w:o/rd?"])
def test_rtsp_with_a_password(tmp_path, start, source, digest, password):
    server = start(RtspServer(tmp_path, free_port(), user="cam", password=password, digest=digest))
    client, reader = source(f"rtsp://127.0.0.1:{server.port}/test", user="cam", password=password)
    assert len(count_until(reader, 5)) == 5
    assert password not in json.dumps(client.status())


def test_a_wrong_password_is_said_with_its_mend(tmp_path, start, source, wait_error):
    server = start(RtspServer(tmp_path, free_port(), user="cam", password="right"))
    client, _ = source(f"rtsp://127.0.0.1:{server.port}/test", user="cam", password="wrong-one")
    error = wait_error(client)
    assert "401" in error["text"]
    assert "password" in error["mend"]
    assert "wrong-one" not in json.dumps(client.status())


def test_an_unknown_path_is_said(rtsp_server, source, wait_error):
    client, _ = source(rtsp_server.url("/nothing"))
    assert "404" in wait_error(client)["text"]


def test_rtsp_server_stopped_and_started(tmp_path, start, source, wait_state):
    port = free_port()
    server = start(RtspServer(tmp_path, port))
    _, reader = source(server.url())
    last = count_until(reader, 10)[-1]
    pts = reader.read().pts_ns
    server.stop()
    wait_state(reader, "lost", "connecting")
    start(RtspServer(tmp_path, port))
    frame = reader.read()
    assert frame.seq > last
    while not frame.discontinuity:
        frame = reader.read()
    assert frame.pts_ns > pts
    assert count_until(reader, 10)[0] > last
    assert reader.state == "live"


def test_rtmp_stopped_and_started(tmp_path, start, nginx, source, wait_state):
    pusher = start(RtmpPusher(tmp_path, nginx.rtmp_url("cam")))
    _, reader = source(nginx.rtmp_url("cam"))
    last = count_until(reader, 10)[-1]
    pusher.stop()
    wait_state(reader, "lost", "connecting", "stalled")
    start(RtmpPusher(tmp_path, nginx.rtmp_url("cam")))
    assert count_until(reader, 10)[0] > last


def test_hls(tmp_path, start, nginx, source):
    start(RtmpPusher(tmp_path, nginx.rtmp_url("cam")))
    playlist = nginx.hls / "cam.m3u8"
    nginx.wait_until(lambda: playlist.exists() and playlist.read_text().count(".ts") > 1, "no playlist")
    _, reader = source(nginx.http_url("/hls/cam.m3u8"))
    assert len(count_until(reader, 30)) == 30


@pytest.mark.parametrize("path, login", [("/media/", False), ("/private/", True), ("/redirect/", False)])
def test_http_file(nginx, source, clips, path, login):
    (nginx.media / "clip.mp4").write_bytes(clips("h264.mp4").read_bytes())
    _, reader = source(nginx.http_url(f"{path}clip.mp4", login), mode="lossless", on_demand=True, readrate=0)
    assert [frame.seq for frame in reader] == list(range(1, 76))


def test_http_unavailable_is_said(nginx, source, wait_error):
    client, _ = source(nginx.http_url("/unavailable/"))
    assert "5xx" in wait_error(client)["text"]  # more FFmpeg does not tell


def test_ftp(ftp_server, tmp_path, source, clips):
    (tmp_path / "clip.mp4").write_bytes(clips("h264.mp4").read_bytes())
    _, reader = source(ftp_server.url("clip.mp4"), mode="lossless", on_demand=True, readrate=0)
    assert [frame.seq for frame in reader] == list(range(1, 76))


def test_sftp(sftp_server, source, clips):
    _, reader = source(sftp_server.url(clips("h264.mp4")), mode="lossless", on_demand=True, readrate=0,
                       format_options={"private_key": str(sftp_server.private_key)})
    assert [frame.seq for frame in reader] == list(range(1, 76))


def test_srt(srt_server, source):
    _, reader = source(srt_server.url)
    assert len(count_until(reader, 20)) == 20


def test_tcp_mpegts(tmp_path, start, clips, source):
    sender = start(TcpSender(tmp_path, free_port(), clips("h264.ts")))
    _, reader = source(sender.url)
    assert len(count_until(reader, 20)) == 20


def test_udp_mpegts(tmp_path, start, clips, source):
    sender = start(UdpSender(tmp_path, free_port(), clips("h264.ts")))
    _, reader = source(sender.url)
    assert len(count_until(reader, 20)) == 20


def test_desktop(display, source):
    _, reader = source(display.display, format="x11grab", format_options={"framerate": "10", "video_size": "160x120"})
    assert len(count_until(reader, 5)) == 5
