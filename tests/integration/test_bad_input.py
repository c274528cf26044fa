"""What is wrong with an input is said in a sentence with its mend, at once, and does not spread."""

import socket
import struct

import framebroker as fb
import pytest

from support.broker import COMMAND, DAEMON
from support.frames import count_until
from support.http_status import HttpStatusServer
from support.ports import refusing_port
from support.process import Process
from support.silent import SilentServer

CAMERA = {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi"}


@pytest.mark.parametrize("clip, words", [
    ("empty.mp4", "empty"),
    ("truncated.mp4", "truncated|damaged|invalid"),
    ("audio_only.m4a", "no video"),
    ("no_key_frame.ts", "key frame"),
])
def test_clips_without_a_picture(clips, source, wait_error, clip, words):
    client, _ = source(clips(clip))
    error = wait_error(client)
    assert any(word in error["text"].lower() for word in words.split("|")), error
    assert error["mend"]


def test_missing_file(source, wait_error):
    client, _ = source("/nonexistent/clip.mp4")
    assert "/nonexistent/clip.mp4" in wait_error(client)["text"]


def test_refused(source, wait_error):
    with refusing_port() as port:
        client, _ = source(f"rtsp://127.0.0.1:{port}/x")
        assert "refused" in wait_error(client)["text"]


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp", "http", "tcp"])
def test_a_server_that_accepts_and_says_nothing(start, source, wait_error, scheme):
    server = start(SilentServer())
    client, _ = source(f"{scheme}://127.0.0.1:{server.port}/x", open_timeout="1s", read_timeout="1s")
    assert server.accepted.wait(10)
    error = wait_error(client)
    assert "1 s" in error["text"] or "time" in error["text"].lower(), error


@pytest.mark.parametrize("status, words", [(401, "(401)"), (404, "(404)"), (503, "(5xx)")])
def test_http_status(start, source, wait_error, status, words):
    client, _ = source(start(HttpStatusServer()).url(status, "clip.mp4"))
    assert words in wait_error(client)["text"]


@pytest.mark.parametrize("keys, word", [
    ({"codec": "h264_of_tomorrow"}, "h264_of_tomorrow"),
    ({"codec_options": {"no_such_option": "1"}}, "no_such_option"),
    ({"format_options": {"no_such_option": "1"}}, "no_such_option"),
    ({"format": "no_such_format"}, "no_such_format"),
])
def test_what_ffmpeg_does_not_know(clips, source, wait_error, keys, word):
    client, _ = source(clips("h264.mp4"), **keys)
    assert word in wait_error(client)["text"]


def test_no_room_for_memory(broker, start, wait_error):
    client = start(broker({"broker": {"memory_limit": "1MiB"}, "sources": {"big": {
        **CAMERA, "url": "testsrc2=size=1920x1080:rate=5"}}}).connect())
    text = wait_error(client)["text"]
    assert "MiB" in text and ("memory_limit" in text or "depth" in text), text


def test_a_live_brokers_socket_is_refused_and_a_dead_ones_taken_over(tmp_path, broker):
    first = broker({"sources": {"cam": CAMERA}})
    second = Process([DAEMON, "--config", first.config, "--socket", first.socket], tmp_path, name="second")
    assert second.wait(10) != 0
    assert "running" in second.output()
    first.kill()
    assert first.socket.exists()
    with broker({"sources": {"cam": CAMERA}}).connect() as client:
        client.wait("cam", timeout=10)


@pytest.mark.parametrize("text, words", [
    ("sources:\n\tcam: {url: x}\n", ["2", "tab"]),
    ("sources:\n  cam:\n    url: x\n    readrate: fast\n", [":4:", "readrate"]),
    ("sources:\n  cam:\n    url: x\n    colour: red\n", [":4:", "colour"]),
    ("sources:\n  cam: {url: x}\n  cam: {url: y}\n", [":3:", "cam"]),
    ("processors:\n  p: {command: [x]}\n", [":2:", "not in this version"]),
    ("sinks:\n  live: {url: x}\n", [":2:", "neither video nor audio"]),
])
def test_configuration_errors_say_file_line_and_key(tmp_path, text, words):
    config = tmp_path / "bad.yaml"
    config.write_text(text)
    for options in (["--check"], ["--socket", tmp_path / "s"]):
        daemon = Process([DAEMON, "--config", config, *options], tmp_path, name="framebrokerd")
        assert daemon.wait(10) != 0
        assert str(config) in daemon.output()
        for word in words:
            assert word in daemon.output()


def check(tmp_path, config):
    path = tmp_path / "checked.yaml"
    path.write_text(config)
    daemon = Process([DAEMON, "--config", path, "--check"], tmp_path, name="check")
    return daemon.wait(20), daemon.output()


def test_check_knows_the_names_that_ffmpeg_knows(tmp_path):
    status, output = check(tmp_path, """
sources:
  a: {url: x, outputs: {a/small: {pixel_format: rbg24}, a/other: {pixel_format: rgb24}}}
  b: {url: x, codec: h265, hwaccel: vappi, password: sesame, user: u, format: v4l3}
  c: {url: x, codec: hevc, format: lavfi, hwaccel: vaapi, outputs: {c: {filter: "crop=64:48:0:0,transpose=1"}}}
  j: {url: x, outputs: {j: {filter: "yadiff,hflip"}, j/k: {filter: "crop=sides=3"}}}
  d: {url: x, enabled: false, codec: h265}
sinks:
  f: {url: x.mkw, video: {stream: a, codec: x264}, audio: {stream: b, codec: aac}}
  g: {url: x.webm, video: {stream: a, pixel_format: yuv}, format_options: {movflag: 1}}
  h: {url: "rtsp://h/x", video: {stream: a}, audio: {stream: b, codec: flac}}
  i: {url: x.mp4, video: {stream: a}, audio: {stream: b, codec: copy}}
  k: {url: x.mp4, video: {stream: a, filter: "drawboxx"}}
streams:
  e: {pixel_format: rgb42, width: 8, height: 8}
""".replace("url: x, codec: h265, hwaccel", "url: rtsp://h/, codec: h265, hwaccel"))
    assert status == 1
    lines = output.splitlines()
    assert len(lines) == 13 and "sesame" not in output
    for line, words in zip(lines, [
            "sources.a: output a/small: pixel_format rbg24", "sources.b: format: FFmpeg has no format v4l3",
            "sources.b: codec: FFmpeg has no decoder h265", "sources.b: hwaccel: FFmpeg has no acceleration vappi",
            "sources.j: filter yadiff,hflip: No such filter: 'yadiff'", "sources.j: filter crop=sides=3: ",
            "sinks.f: url: x.mkw: neither its scheme nor its ending",
            "sinks.f: video codec: FFmpeg has no video encoder x264",
            "sinks.g: format_options: neither the format webm", "sinks.g: video pixel_format: FFmpeg has no yuv",
            "sinks.h: the format rtsp cannot hold flac; choose another codec, such as aac",
            "sinks.k: filter drawboxx: No such filter: 'drawboxx'",
            "stream e: programs cannot write pixel_format rgb42"]):
        assert line.startswith(words), line


def test_check_knows_users_and_groups(tmp_path):
    status, output = check(tmp_path, "broker: {socket_group: no-such-group}")
    assert status == 1 and "broker.socket_group: there is no group no-such-group" in output and ": ok" not in output
    status, output = check(tmp_path, "broker: {access: [{user: no-such-user}, {group: no-such-group}, {user: root}]}")
    assert status == 0 and ": ok" in output
    assert "there is no user no-such-user here" in output and "there is no group no-such-group here" in output


def test_check_counts_slots_as_the_broker_does(tmp_path, broker, start):
    camera = "{url: 'testsrc2=s=64x48:r=25', format: lavfi, outputs: {a: {pixel_format: rgb24, width: 32, height: 24}}}"
    status, output = check(tmp_path, f"sources: {{a: {camera}}}\n")
    assert status == 0 and "17 slots," in output
    client = start(broker(f"sources: {{a: {camera}}}\n").connect())
    client.wait("a", timeout=20)
    assert client.status()["streams"][0]["slots"] == 17


def test_serve_raises_a_configuration_error():
    with pytest.raises(fb.ConfigError, match="colour"):
        fb.serve({"sources": {"cam": {"url": "x", "colour": "red"}}})


def raw_client(broker):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(str(broker.socket))
    client.settimeout(5)
    return client


def test_garbage_from_a_client_ends_that_client_alone(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    reader = start(running.connect()).reader("cam", timeout=10)
    count_until(reader, 3)
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, struct.pack("<4I", 0x6B726266, 3, 1, 16), b"x" * 20000):
        with raw_client(running) as client:
            client.send(garbage)
            try:
                answer = client.recv(20000)
            except ConnectionError:
                answer = b""
            assert answer == b"" or struct.unpack_from("<2I", answer)[1] == 1  # gone, or told an error
    assert len(count_until(reader, 10)) == 10


def test_a_client_of_another_protocol_version_is_told_both(broker):
    running = broker({"sources": {"cam": CAMERA}})
    hello = struct.pack("<HHI", 2, 4, 999) + struct.pack("<HHI", 3, 4, 1)
    with raw_client(running) as client:
        client.send(struct.pack("<4I", 0x6B726266, 3, 1, 16 + len(hello)) + hello)
        answer = client.recv(20000)
    assert b"999" in answer


def test_a_consumer_started_before_the_broker_waits(tmp_path, start, broker):
    socket_path = tmp_path / "framebroker.sock"
    early = start(Process([COMMAND, "--socket", socket_path, "wait", "cam", "--timeout", "30"], tmp_path, name="early"))
    assert not early.has_ended(1)
    broker({"sources": {"cam": CAMERA}})
    assert early.wait(20) == 0
