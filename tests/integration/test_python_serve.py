"""Private brokers: fb.serve() and fb.open(), and that they end with their process."""

import os
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import framebroker as fb
import pytest

from framebroker._open import is_live
from support.ports import free_port
from support.rtsp import RtspServer

FILM = {"url": "testsrc2=size=96x64:rate=25:duration=1", "format": "lavfi", "on_demand": True, "readrate": 0}


def wait_gone(pid, seconds=10):
    """Whether a process ends in time, which may be nobody's child."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


def wait_removed(folder, seconds=10):
    until = time.monotonic() + seconds
    while os.path.exists(folder) and time.monotonic() < until:
        time.sleep(0.02)
    return not os.path.exists(folder)


def test_the_first_page(clips):
    for frame in fb.open(str(clips("h264.mp4")), pixel_format="bgr24"):
        frame.array[10:20, 10:20] = 255
        assert frame.array.shape == (240, 320, 3)
    assert frame.seq == 75
    with fb.serve({"sources": {"clip": {"url": clips("h264.mp4"), "on_demand": True, "readrate": 0}}}) as broker:
        assert [one.seq for one in broker.reader("clip", mode="lossless")] == list(range(1, 76))


def test_serve_ends_at_close():
    with fb.serve({"sources": {"film": FILM}}) as broker:
        pid = broker.status()["pid"]
        assert broker.reader("film", "lossless", timeout=20).read().seq == 1
    assert wait_gone(pid)
    assert not os.path.exists(os.path.dirname(broker.address))
    with pytest.raises(fb.Error, match="closed"):
        broker.status()


def test_serve_ends_when_nobody_refers_to_it():
    reader = fb.serve({"sources": {"film": FILM}}).reader("film", "lossless", timeout=20)
    pid = reader._options[0].status()["pid"]
    assert reader.read().seq == 1
    del reader
    assert wait_gone(pid)


CHILD = f"""
import framebroker as fb, os, sys, time
broker = fb.serve({{"sources": {{"film": {FILM}}}}})
print(broker.status()["pid"], broker.address, flush=True)
ACTION
"""


@pytest.mark.parametrize("action", [
    "sys.exit(0)", "os._exit(0)", "os.kill(os.getpid(), 9)", "raise SystemError",
    "os.fork() or time.sleep(20); os.kill(os.getpid(), 9)"])  # the forked child lives on
def test_serve_ends_with_its_process(action):
    child = subprocess.Popen([sys.executable, "-c", CHILD.replace("ACTION", action)], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    pid, address = child.stdout.readline().split()
    child.wait(20)
    gone = wait_gone(int(pid))
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.stdout.close()
    assert gone
    assert wait_removed(os.path.dirname(address))


def test_ctrl_c_is_not_its_signal():
    code = CHILD.replace("ACTION", "os.killpg(0, 2)\n").replace("import framebroker", "import signal; "
        "signal.signal(2, signal.SIG_IGN); import framebroker") + "assert broker.status()\nprint('alive')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=40,
                            start_new_session=True)
    assert "alive" in result.stdout, result.stderr


def test_serve_with_a_file(tmp_path):
    config = tmp_path / "broker.yaml"
    config.write_text("sources:\n  film: {url: 'testsrc2=duration=1', format: lavfi, on_demand: true, readrate: 0}\n")
    for given in config, str(config):
        with fb.serve(given) as broker:
            assert broker.status()["sources"][0]["name"] == "film"


def test_errors_in_the_configuration(tmp_path):
    with pytest.raises(fb.ConfigError, match="colour"):
        fb.serve({"sources": {"film": {**FILM, "colour": "red"}}})
    config = tmp_path / "broker.yaml"
    config.write_text("sources:\n  film:\n    colour: red\n")
    with pytest.raises(fb.ConfigError, match=r"broker.yaml:3.*colour"):
        fb.serve(config)
    with pytest.raises(fb.Error, match="missing.yaml"):
        fb.serve(tmp_path / "missing.yaml")
    with pytest.raises(fb.ConfigError, match="colour"):
        fb.open("testsrc2", format="lavfi", colour="red")
    with fb.serve({}) as broker, pytest.raises(fb.ConfigError, match="(?s)colour.*readrate"):
        broker.add("source", "film", url="x", colour="red", readrate="fast")


def test_without_the_daemon_it_says_what_to_install(monkeypatch):
    monkeypatch.delenv("FRAMEBROKERD")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(fb.Error, match="install"):
        fb.serve({})


def test_open_takes_keys_of_source_and_output():
    with fb.open("testsrc2=size=96x64:rate=5:duration=2", format="lavfi", width=48, pixel_format="gray", copy=False,
                 stream_loop=1) as reader:
        reader.timeout = 20
        frames = [(frame.seq, frame.array.shape, frame.array.flags.writeable) for frame in reader]
    assert frames == [(seq, (32, 48), False) for seq in range(1, 21)]
    with pytest.raises(TypeError, match="serve"):
        fb.open("x", outputs={})
    with pytest.raises(ValueError, match="latest, ordered, lossless"):
        fb.open("x", mode="newest")


def test_open_of_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing.mp4"):
        fb.open(str(tmp_path / "missing.mp4"))
    with pytest.raises(fb.Error, match="invalid data"):
        (tmp_path / "bad.mp4").write_text("no film")
        fb.open(tmp_path / "bad.mp4")


@pytest.mark.parametrize("timeout", [None, 30])
def test_open_of_a_camera_that_does_not_answer_warns_once_and_waits(monkeypatch, start, tmp_path, timeout):
    monkeypatch.setattr("framebroker._open.PATIENCE_SECONDS", 2)
    port = free_port()
    with fb.open(f"rtsp://127.0.0.1:{port}/test", timeout=timeout, reconnect_delay="100ms",
                 reconnect_delay_max="100ms") as reader, ThreadPoolExecutor(1) as pool:
        with pytest.warns(RuntimeWarning, match="refused") as caught:
            frame = pool.submit(reader.read)
            until = time.monotonic() + 20
            while not caught.list:
                assert time.monotonic() < until
                time.sleep(0.02)
            start(RtspServer(tmp_path, port))
            assert frame.result(30).array.size
            assert reader.read().array.size
    assert len(caught.list) == 1


@pytest.mark.parametrize("url, format, live", [
    ("rtsp://camera/stream", "auto", True), ("RTSP://camera/stream", "auto", True), ("srt://host:9000", "auto", True),
    ("udp://@239.0.0.1:1234", "auto", True), ("/dev/video0", "auto", True), (":0", "x11grab", True),
    ("https://host/live.m3u8?token=1", "auto", True), ("https://host/film.mp4", "auto", False),
    ("film.mp4", "auto", False), ("a:b.mp4", "auto", False), ("/data/film.m3u8", "auto", False),
    ("testsrc2", "lavfi", False)])
def test_what_is_live(url, format, live):
    assert is_live(url, format) == live
