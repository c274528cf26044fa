"""What `framebroker status`, `ls`, `show` and `doctor` make of a status, told by a stand-in for the broker: lost cameras,
dead workers and hostile names, as they rarely come by themselves."""

import json
import os
import pty
import socket
import struct
import subprocess
import threading
import time

import pytest

from support.broker import COMMAND

MAGIC = 0x6B726266
ERROR, HELLO, STATUS, RESTART, WELCOME, TEXT = 1, 3, 12, 16, 21, 26

NOW = time.time_ns()
STATUS_OF_A_BAD_DAY = {
    "version": "0.0.9", "protocol": 1, "pid": 4711, "socket": "/run/x.sock", "started_utc_ns": NOW - 7_500_000_000_000,
    "memory": {"mode": "posix", "used_bytes": 95 << 20, "limit_bytes": 100 << 20},
    "sources": [{
        "name": "gate", "url": "rtsp://***@10.0.0.5/stream1", "state": "lost", "pid": None, "restarts": 3, "on_demand": True,
        "outputs": ["gate", "gate/small"], "runtime": False,
        "error": {"text": "401 Unauthorized", "mend": "set user and password", "utc_ns": NOW - 11_000_000_000_000},
        "log": ["first words", "last words"], "statistics": {"fps": 0.0, "packets": 77}}],
    "sinks": [{
        "name": "live", "url": "rtmp://***@10.0.0.9/live", "state": "lost", "since_utc_ns": NOW - 11_000_000_000_000, "pid": 4713,
        "restarts": 1, "runtime": True, "video": "gate", "audio": None, "log": [],
        "error": {"text": "Connection refused", "mend": "is the server up?", "utc_ns": NOW - 11_000_000_000_000},
        "statistics": {"fps": 24.97, "bit_rate": 1_940_000, "frames_ahead": 3, "repeated": 7, "dropped": 2, "reconnects": 1,
                       "encoder_delay_ns": 41_500_000, "sound_offset_ns": None, "frames": 750, "bytes": 7_340_032}}],
    "streams": [
        {"name": "gate", "media": "video", "state": "lost", "generation": 2, "source": "gate", "width": 1920, "height": 1080,
         "pixel_format": "yuv420p", "frame_rate": [30000, 1001], "sample_aspect_ratio": [1, 1], "rotation": 90,
         "color_space": "bt709", "color_range": "tv", "depth": 8, "slots": 23, "held_slots": 2, "head": 1234, "fps": 0.0,
         "dropped": 12, "given_up": 3, "memory_bytes": 72_000_000, "writer": None,
         "pool": {"max_writers": 4, "late": 5, "writers": [{"client": 9, "pid": 4901, "command": "python3 mix.py"}]},
         "readers": [{"client": 3, "pid": 4800, "command": "python3 \x1b[31mdetect.py\u009b", "since_utc_ns": NOW,
                      "mode": "ordered", "group": "detectors", "max_held": 2, "held": [1230, 1231], "cursor": 1232},
                     {"client": 18, "pid": 4818, "command": "python3 slow.py", "since_utc_ns": NOW, "mode": "lossless",
                      "passed_over": True, "group": None, "max_held": 2, "held": [], "cursor": 1000},
                     {"client": 19, "pid": 4819, "command": "python3 late.py", "since_utc_ns": NOW, "mode": "lossless",
                      "passed_over": False, "group": None, "max_held": 2, "held": [], "cursor": 1221}]},
        {"name": "gate/audio", "media": "audio", "state": "idle", "generation": 0, "source": "gate", "sample_format": "s16",
         "sample_rate": 48000, "channels": 2, "frame_size": 1024, "frame_rate": [0, 1], "depth": 256, "slots": 272,
         "held_slots": 0, "head": 0, "fps": None, "dropped": 0, "memory_bytes": 1024, "writer": None, "pool": None, "readers": []}],
    "clients": [{"id": 3, "pid": 4800, "uid": 1000, "command": "python3 detect.py", "since_utc_ns": NOW, "readers": 1,
                 "writers": 0}],
}


def message(kind, serial, *fields):
    body = b"".join(struct.pack("<HH", tag, len(data)) + data for tag, data in fields)
    return struct.pack("<IIII", MAGIC, kind, serial, 16 + len(body)) + body


class StandIn:
    """Answers HELLO and STATUS; every RESTART is of a name that is not there."""

    def __init__(self, path, status):
        self._status = status if isinstance(status, bytes) else json.dumps(status).encode()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                while packet := client.recv(16384):
                    _, kind, serial, _ = struct.unpack_from("<IIII", packet)
                    client.send(self._answer(kind, serial))

    def _answer(self, kind, serial):
        if kind == HELLO:
            return message(WELCOME, serial, (2, struct.pack("<I", 1)), (9, struct.pack("<I", 7)), (12, b"0.0.9"))
        if kind == STATUS:
            return message(TEXT, serial, (14, self._status))
        assert kind == RESTART
        return message(ERROR, serial, (1, struct.pack("<I", 2)), (14, b"no such source"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def bad_day(tmp_path, start):
    start(StandIn(tmp_path / "s", STATUS_OF_A_BAD_DAY))

    def call(*args):
        return subprocess.run([COMMAND, "--socket", tmp_path / "s", *args], capture_output=True, text=True, timeout=20)
    return call


def test_status_shows_everything_and_its_errors(bad_day):
    result = bad_day("status")
    assert result.returncode == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "framebroker 0.0.9, pid 4711, up 2 h, /run/x.sock"
    assert lines[1] == "memory: 95.0 MiB of 100.0 MiB (posix)"
    assert any(line.split() == ["gate", "lost", "-", "3", "0.0", "rtsp://***@10.0.0.5/stream1"] for line in lines)
    assert any(line.startswith("source gate: 401 Unauthorized; set user and password (3 h ago)") for line in lines)
    assert any(line.split() == ["gate", "lost", "1920x1080", "yuv420p", "0.0", "3", "2/23", "12", "68.7", "MiB"]
               for line in lines)
    assert any(line.split() == ["live", "lost", "25.0", "1.9", "Mbit/s", "7", "2", "rtmp://***@10.0.0.9/live"] for line in lines)
    assert any(line.startswith("sink live: Connection refused; is the server up? (3 h ago)") for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_columns_are_aligned(bad_day):
    streams, sinks = bad_day("ls").stdout.split("\n\n")
    for table, titles in ((streams, ("STATE", "LAYOUT")), (sinks, ("STATE", "URL"))):
        header, *rows = table.splitlines()
        for title in titles:
            at = header.index(title)
            assert rows and all(row[at - 1] == " " and row[at] != " " for row in rows)


def test_show_tells_who_holds_what_and_why_it_is_lost(bad_day):
    text = bad_day("show", "gate").stdout
    assert "error         401 Unauthorized; set user and password (3 h ago)" in text
    assert "    first words\n    last words\n" in text
    assert "1920x1080 yuv420p, 30000/1001 fps, 1:1 pixels, rotated 90, bt709 tv" in text
    holder = next(line for line in text.splitlines() if "detect.py" in line)
    assert "4800" in holder and "ordered" in holder and "1230 1231" in holder
    assert holder.split()[5] == "3"  # frames behind: 1232, 1233, 1234 are still to come
    assert "lossless, passed over" in next(line for line in text.splitlines() if "slow.py" in line)
    assert "passed over" not in next(line for line in text.splitlines() if "late.py" in line)
    assert "detectors" in holder and "12 dropped, 3 given up as members of groups died" in text


def test_show_of_a_pool(bad_day):
    text = bad_day("show", "gate").stdout
    assert "writers    1 of at most 4, in order; 5 turns passed\n  writer     python3 mix.py (pid 4901, client 9)" in text


def test_show_of_a_sink(bad_day):
    lines = bad_day("show", "live").stdout.splitlines()
    assert lines[0] == "sink live"
    rows = {line[2:15].strip(): line[16:] for line in lines[1:]}
    assert rows["state"] == "lost for 3 h, pid 4713, 1 restarts, added at run time"
    assert (rows["video"], rows["audio"]) == ("gate", "none")
    assert rows["error"] == "Connection refused; is the server up? (3 h ago)"
    assert (rows["encoder_delay"], rows["sound_offset"], rows["bit_rate"]) == ("41.5 ms", "-", "1.9 Mbit/s")
    assert (rows["bytes"], rows["frames_ahead"]) == ("7.0 MiB", "3")


def test_no_escape_codes_from_elsewhere(bad_day):
    for command in (["status"], ["show", "gate"], ["doctor"]):
        text = bad_day(*command).stdout
        assert "\x1b" not in text and "\u009b" not in text
    assert "python3 ?[31mdetect.py??" in bad_day("show", "gate").stdout


def test_show_of_a_stream_without_a_source_of_its_name(bad_day):
    text = bad_day("show", "gate/audio").stdout
    assert text.startswith("stream gate/audio\n") and "48000 Hz 2 ch s16, 1024 samples a frame" in text
    assert "writer     none" in text and "readers    none" in text


def test_json_is_for_programs(bad_day):
    assert json.loads(bad_day("status", "--json").stdout) == STATUS_OF_A_BAD_DAY
    assert json.loads(bad_day("ls", "--json").stdout) == STATUS_OF_A_BAD_DAY["streams"]
    shown = json.loads(bad_day("show", "gate/audio", "--json").stdout)
    assert shown == {"source": None, "stream": STATUS_OF_A_BAD_DAY["streams"][1], "sink": None}


def test_unknown_names_are_answered_with_the_known(bad_day):
    result = bad_day("show", "gatee")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == "framebroker: gatee: no such name; there are: gate, gate/audio, live\n"
    result = bad_day("restart", "source", "gatee")
    assert result.returncode == 3
    assert result.stderr == "framebroker: source gatee: no such name; there are: gate\n"


def test_doctor_finds_what_is_wrong(bad_day):
    result = bad_day("doctor", "--json")
    assert result.returncode == 1
    found = {(finding["check"], finding["result"]): finding for finding in json.loads(result.stdout)}
    assert "401 Unauthorized" in found["source gate", "fail"]["text"]
    assert "started again" in found["source gate", "warn"]["text"]
    assert "Connection refused" in found["sink live", "fail"]["text"]
    assert "spare" in found["stream gate", "warn"]["mend"] and "(pid 4800) holds 2" in found["stream gate", "warn"]["text"]
    assert ("stream gate/audio", "ok") in found
    assert "0.0.9" in found["version", "warn"]["text"]
    assert "memory_limit" in found["stream memory", "warn"]["mend"]
    text = bad_day("doctor").stdout
    assert "client 18 (python3 slow.py, pid 4818) is lossless, but took nothing for so long" in text
    assert "waits for client 19 (python3 late.py, pid 4819), which is lossless and 14 frames behind" in text
    assert "fail  source gate: lost: 401 Unauthorized" in text and "      mend: raise spare:" in text


def test_a_status_that_is_none(tmp_path, start):
    start(StandIn(tmp_path / "s", b"[1, 2"))
    result = subprocess.run([COMMAND, "--socket", tmp_path / "s", "ls"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 1 and "is not a JSON object" in result.stderr


def test_colours_only_on_a_terminal(tmp_path, start):
    start(StandIn(tmp_path / "s", STATUS_OF_A_BAD_DAY))

    def on_terminal(**environment):
        ours, its = pty.openpty()
        subprocess.run([COMMAND, "--socket", tmp_path / "s", "ls"], stdout=its, timeout=20, check=True,
                       env={**os.environ, "TERM": "xterm", **environment})
        os.close(its)
        with os.fdopen(ours, "rb") as terminal:
            return terminal.read1()
    assert b"\x1b[31mlost\x1b[0m" in on_terminal()
    assert b"\x1b" not in on_terminal(NO_COLOR="1")
    assert b"\x1b" not in on_terminal(TERM="dumb")
