"""The peers themselves: each server starts and is read by FFmpeg, each clip is what it says it is."""

import ftplib
import io
import os
import select
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from support import process
from support.clips import Clips
from support.framemd5 import framemd5
from support.http_status import HttpStatusServer
from support.nginx import Nginx
from support.ports import free_port, is_listening, refusing_port
from support.process import Process, run
from support.rtsp import RtspServer
from support.senders import FFMPEG, RtmpPusher, TcpSender, UdpSender
from support.silent import SilentServer


def frames_of(url, *options, count=5):
    """Reads a few video frames with ffmpeg; an error carries what ffmpeg said."""
    frames = framemd5(url, "-frames:v", str(count), input_options=["-analyzeduration", "1000000", *options])
    assert len(frames) == count
    return frames


def why_not(url, *options):
    """What ffprobe says about a URL that must not open."""
    result = subprocess.run(["ffprobe", "-v", "error", *map(str, options), str(url)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=20)
    assert result.returncode != 0
    return result.stderr


# processes and ports

def test_process_ends_with_its_context(tmp_path):
    with Process(["sleep", "100"], tmp_path) as child:
        assert not child.has_ended()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_process_that_ignores_term_is_killed_with_its_children(tmp_path):
    child = Process(["bash", "-c", "trap '' TERM; sleep 100 & echo child $!; while :; do wait; done"], tmp_path)
    grandchild = os.pidfd_open(int(child.wait_line("child").split()[1]))
    child.stop(timeout=0.1)
    assert child.wait() == -signal.SIGKILL
    assert select.select([grandchild], [], [], 5)[0]
    os.close(grandchild)


def test_process_exit_status(tmp_path):
    assert Process(["sh", "-c", "exit 3"], tmp_path).wait() == 3
    child = Process(["sleep", "100"], tmp_path)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_wait_line_shows_the_log_of_a_process_that_died(tmp_path):
    with Process(["sh", "-c", "echo no such camera; exit 1"], tmp_path) as child:
        with pytest.raises(RuntimeError, match="(?s)it has ended.*no such camera"):
            child.wait_line("listening")


def test_wait_line_stops_a_process_that_does_not_get_ready(tmp_path):
    child = Process(["sleep", "100"], tmp_path)
    with pytest.raises(RuntimeError, match="after 0.1 s"):
        child.wait_line("listening", timeout=0.1)
    assert child.has_ended()


def test_process_names_a_missing_program(tmp_path):
    with pytest.raises(FileNotFoundError, match="install-packages"):
        Process(["no-such-program"], tmp_path)


def test_stop_all_stops_what_a_test_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "started", [])
    child = Process(["sleep", "100"], tmp_path)
    process.stop_all()
    assert child.has_ended()
    process.forget_stopped()
    assert process.started == []


def test_free_port_and_is_listening():
    port = free_port()
    assert not is_listening(port)
    with socket.create_server(("127.0.0.1", port)):
        assert is_listening(port)
        assert not is_listening(port, "udp")


def test_refusing_port():
    with refusing_port() as port:
        assert "Connection refused" in why_not(f"tcp://127.0.0.1:{port}")


def test_silent_server():
    with SilentServer(b"hello") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
            assert client.recv(100) == b"hello"
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(100)
        assert server.accepted.is_set()


@pytest.mark.parametrize("status, words", [(401, "401 Unauthorized"), (404, "404 Not Found"), (503, "5XX Server Error")])
def test_http_status(status, words):
    with HttpStatusServer() as server:
        assert words in why_not(server.url(status, "clip.mp4"))
        assert server.requests[0] == f"/{status}/clip.mp4"


# RTSP

@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("path", ["/test", "/h265", "/mjpeg", "/file"])
def test_rtsp(rtsp_server, path, transport):
    frames_of(rtsp_server.url(path), "-rtsp_transport", transport)


def test_rtsp_has_sound(rtsp_server):
    shown = run(["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_name",
                 "-of", "csv=p=0", rtsp_server.url()])
    assert shown.split() == ["h264", "aac"]


def test_rtsp_serves_gstreamer(rtsp_server):
    run(["gst-launch-1.0", "-q", "rtspsrc", f"location={rtsp_server.url()}", "protocols=tcp", "!", "rtph264depay", "!",
         "fakesink", "num-buffers=5"])


def test_rtsp_refuses_an_unknown_path(rtsp_server):
    assert "404" in why_not(rtsp_server.url("/nobody"), "-rtsp_transport", "tcp")


@pytest.mark.parametrize("digest", [False, True])
def test_rtsp_password(tmp_path, start, digest):
    server = start(RtspServer(tmp_path, free_port(), user="c@m", password="s@cr#t", digest=digest))
    assert "@" not in server.url().removesuffix(f"@127.0.0.1:{server.port}/test")
    frames_of(server.url(), "-rtsp_transport", "tcp")
    assert "401" in why_not(server.url(password="wrong"), "-rtsp_transport", "tcp")


def test_rtsp_restarts_on_its_port(tmp_path, start):
    port = free_port()
    for _ in range(2):
        with RtspServer(tmp_path, port) as server:
            frames_of(server.url(), "-rtsp_transport", "tcp", count=2)


# nginx: RTMP, HLS, HTTP

def test_rtmp_and_hls(tmp_path, start, nginx):
    start(RtmpPusher(tmp_path, nginx.rtmp_url("camera")))
    frames_of(nginx.rtmp_url("camera"))
    nginx.wait_until(lambda: (nginx.hls / "camera.m3u8").exists(), "no HLS playlist")
    frames_of(nginx.http_url("/hls/camera.m3u8"))


def test_http_file(nginx, clips):
    shutil.copy(clips("h264.mp4"), nginx.media)
    whole = framemd5(clips("h264.mp4"))
    assert framemd5(nginx.http_url("/media/h264.mp4")) == whole
    assert framemd5(nginx.http_url("/redirect/h264.mp4")) == whole
    assert framemd5(nginx.http_url("/private/h264.mp4", login=True)) == whole
    assert "401" in why_not(nginx.http_url("/private/h264.mp4"))
    assert "404" in why_not(nginx.http_url("/media/other.mp4"))
    assert "5XX" in why_not(nginx.http_url("/unavailable/"))


def test_http_ranges(nginx):
    (nginx.media / "digits").write_text("0123456789")
    request = urllib.request.Request(nginx.http_url("/media/digits"), headers={"Range": "bytes=3-5"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert (answer.status, answer.read()) == (206, b"345")


def test_http_put_and_delete(nginx, clips):
    url = nginx.http_url("/upload/new/clip.ts")
    run([*FFMPEG, "-i", clips("h264.ts"), "-c", "copy", "-f", "mpegts", "-method", "PUT", url])
    assert framemd5(nginx.upload / "new/clip.ts")
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=5) as answer:
        assert answer.status == 204
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(url, timeout=5)


def test_nginx_leaves_no_worker(tmp_path):
    with Nginx(tmp_path, free_port(), free_port()) as server:
        pass
    assert not is_listening(server.http_port)
    assert not is_listening(server.rtmp_port)


# FTP, SFTP, SRT, MPEG-TS

def test_ftp(tmp_path, ftp_server, clips):
    shutil.copy(clips("h264.mp4"), tmp_path)
    assert framemd5(ftp_server.url("h264.mp4")) == framemd5(clips("h264.mp4"))
    with ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp_server.port, timeout=5)
        client.login(ftp_server.user, ftp_server.password)
        client.storbinary("STOR written", io.BytesIO(b"frames"))
    assert (tmp_path / "written").read_bytes() == b"frames"
    assert why_not(ftp_server.url("h264.mp4", password="wrong"))
    ftp_server.wait_line("failed login")


def test_sftp(sftp_server, clips):
    clip = clips("h264.mp4")
    url = sftp_server.url(clip)
    assert framemd5(url, input_options=["-private_key", sftp_server.private_key]) == framemd5(clip)
    assert why_not(url, "-private_key", sftp_server.foreign_key)
    assert why_not(url)


def test_srt_serves_one_client_after_another(srt_server):
    frames_of(srt_server.url)
    frames_of(srt_server.url)


def test_tcp_sender(tmp_path, start, clips):
    frames_of(start(TcpSender(tmp_path, free_port(), clips("h264.ts"))).url)


def test_udp_sender(tmp_path, start, clips):
    frames_of(start(UdpSender(tmp_path, free_port(), clips("h264.ts"))).url)


def test_display(display):
    frames_of(display.display, "-f", "x11grab", "-framerate", "10")


# clips

REAL = {"vtest.avi": (795, 768, 576), "cityCC0.mpg": (190, 720, 405)}
FRAMES = {
    "h264.mp4": 75, "h264_no_b.mp4": 75, "h264.ts": 75, "h264_640x360.mp4": 120, "mpeg2.mpg": 75, "mpeg2.ts": 75,
    "mjpeg.avi": 75, "hevc.mp4": 75, "vp9.webm": 75, "qtrle.mov": 75, "cinepak.avi": 10, "rotated.mp4": 75,
    "anamorphic.mp4": 75, "still.png": 1, "still.jpg": 1,
}


@pytest.mark.parametrize("name", FRAMES)
def test_clip_decodes(clips, name):
    assert len(framemd5(clips(name))) == FRAMES[name]


@pytest.mark.parametrize("name", ["h264.mp4", "h264.ts", "mpeg2.mpg", "tone.wav", "tone.mp3", "audio_only.m4a",
                                  "Front_Center.wav"])
def test_clip_has_sound(clips, name):
    frames = framemd5(clips(name), "-c:a", "pcm_s16le", track="a:0")
    assert 1.3 < sum(frame.duration for frame in frames) * frames.time_base < 3.2


def video_packets(clip):
    shown = run(["ffprobe", "-v", "quiet", "-select_streams", "v", "-show_packets", "-of", "compact", clip])
    return ["flags=K" in line for line in shown.splitlines() if line.startswith("packet|")]


def test_clips_without_key_frames(clips):
    assert [i for i, key in enumerate(video_packets(clips("intra_refresh.ts"))) if key] == [0, 25, 50]
    assert [i for i, key in enumerate(video_packets(clips("no_recovery_point.ts"))) if key] == [0]
    assert video_packets(clips("mid_gop.ts")).index(True) > 0
    without = video_packets(clips("no_key_frame.ts"))
    assert len(without) > 50 and not any(without)


def test_clip_changes_its_resolution(clips):
    frames = framemd5(clips("resolution_change.ts"), "-autoscale", "0")
    assert [frame.size for frame in frames] == [320 * 240 * 3 // 2] * 50 + [640 * 360 * 3 // 2] * 50
    assert all(after.pts > before.pts for before, after in zip(frames, frames[1:]))


def test_clips_that_do_not_open(clips):
    assert "moov atom not found" in why_not(clips("truncated.mp4"))
    assert clips("empty.mp4").stat().st_size == 0


def test_clips_with_an_unusual_geometry(clips):
    shown = run(["ffprobe", "-v", "error", "-show_streams", clips("rotated.mp4")])
    assert "rotation=90" in shown
    shown = run(["ffprobe", "-v", "error", "-show_streams", clips("anamorphic.mp4")])
    assert "sample_aspect_ratio=4:3" in shown


def test_clips_b_frames(clips):
    def kinds(name):
        return set(run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pict_type",
                        "-of", "csv=p=0", clips(name)]).replace(",", " ").split())
    assert kinds("h264.mp4") == {"I", "P", "B"}
    assert kinds("h264_no_b.mp4") == {"I", "P"}


@pytest.mark.parametrize("name", REAL)
def test_real_clip(clips, name):
    count, width, height = REAL[name]
    frames = framemd5(clips(name))
    assert len(frames) == count
    assert frames[0].size == width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)


def test_unknown_clip(tmp_path):
    with pytest.raises(KeyError, match="h264.mp4"):
        Clips(tmp_path).path("other.mp4")
