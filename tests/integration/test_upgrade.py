"""`framebroker upgrade`: the installed core takes over, and nothing stops."""

import signal
import subprocess

import pytest

from support.broker import COMMAND
from support.frames import count_until

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi", "reconnect_delay": "100ms"}


def test_upgrade(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    reader = client.reader("cam", mode="lossless", timeout=20)
    first, before = reader.read().seq, client.status()
    told = subprocess.run([COMMAND, "--socket", running.socket, "upgrade"], capture_output=True, text=True, timeout=30)
    assert told.returncode == 0, told.stderr
    after = client.status()
    assert f"(pid {before['pid']}) -> " in told.stdout and f"(pid {after['pid']}) in " in told.stdout
    assert after["pid"] != before["pid"] and after["sources"][0]["pid"] == before["sources"][0]["pid"]
    assert count_until(reader, 50) == list(range(first + 1, first + 51))
    assert "died" not in running.log.read_text()


def test_upgrade_from_python(broker, start, tmp_path):
    entries = tmp_path / "entries.json"
    running = broker({"broker": {"runtime_file": str(entries)}, "sources": {"cam": CAMERA}})
    client = start(running.connect())
    reader = client.reader("cam", mode="lossless", timeout=20)
    first, before = reader.read().seq, client.status()["pid"]
    client.upgrade(timeout=20)
    assert client.status()["pid"] != before
    assert count_until(reader, 10) == list(range(first + 1, first + 11))
    entries.write_text("[")
    with pytest.raises(TimeoutError, match="no new core has taken over in time"):
        client.upgrade(timeout=0.5)


def test_upgrade_to_a_core_that_cannot_serve(broker, start, tmp_path):
    entries = tmp_path / "entries.json"
    running = broker({"broker": {"runtime_file": str(entries)}, "sources": {"cam": CAMERA}})
    client = start(running.connect())
    reader = client.reader("cam", mode="lossless", timeout=20)
    first = reader.read().seq
    entries.write_text("[")
    told = subprocess.run([COMMAND, "--socket", running.socket, "--timeout", "1s", "upgrade"], capture_output=True,
                          text=True, timeout=30)
    assert told.returncode == 4 and "no new core has taken over in time" in told.stderr, told.stderr
    entries.unlink()
    running.send_signal(signal.SIGHUP)
    assert client.status()["sources"][0]["restarts"] == 0
    assert count_until(reader, 50) == list(range(first + 1, first + 51))


def test_upgrade_with_a_broken_file(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    assert client.wait("cam", timeout=20)
    running.write_config("sources: [")
    told = subprocess.run([COMMAND, "--socket", running.socket, "upgrade"], capture_output=True, text=True, timeout=30)
    assert told.returncode == 1 and f"{running.config}:2: " in told.stderr and "(pid " in told.stdout, told
    status = subprocess.run([COMMAND, "--socket", running.socket, "status"], capture_output=True, text=True, timeout=30)
    assert f"configuration: {running.config}:2: " in status.stdout and "cam" in status.stdout
    doctor = subprocess.run([COMMAND, "--socket", running.socket, "doctor"], capture_output=True, text=True, timeout=30)
    assert "mend the file, then framebroker reload" in doctor.stdout, doctor.stdout
