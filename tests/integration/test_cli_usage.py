"""The command without a broker: usage, exit codes, and what it says when nobody answers."""

import os
import signal
import socket
import subprocess
import time

import pytest

from support.broker import COMMAND
from support.process import heed_interrupts
from support.users import STRANGER, SharedFolder, as_user, only_root


def call(*args, **options):
    return subprocess.run([COMMAND, *args], capture_output=True, text=True, timeout=20, **options)


@pytest.mark.parametrize("args", [
    [], ["nonsense"], ["show"], ["show", "a", "b"], ["ls", "--frames", "3"], ["cat", "a", "--mode", "newest"],
    ["cat", "a", "--frames", "0"], ["cat", "a", "--frames", "-1"], ["ls", "--timeout", "3x"], ["ls", "--timeout", "-1"],
    ["ls", "--unknown"], ["kick", "first"], ["kick", "0"], ["add", "source", "a"],
    ["add", "source", "a", "url"], ["add", "source", "a", "=b"], ["add", "source", "a", "url=x", "url=y"],
    ["add", "source", "a", "b=1", "b.c=2"], ["add", "source", "a", "b.c.=1"],
])
def test_wrong_usage_is_2(args):
    result = call("--socket", "/nonexistent", *args)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(("framebroker: ", "usage: ", str(COMMAND)))


def test_help_names_every_command_and_ends_well():
    text = call("--help")
    assert text.returncode == 0
    for command in "status ls show events wait snapshot clip cat add rm restart reload upgrade kick doctor".split():
        assert f"  {command} " in text.stdout
        help = call(command, "--help").stdout
        assert help.startswith(f"usage: framebroker {command}") and f"Example: framebroker {command}" in help
        assert "--timeout TIME" in help and "Exit status: 0 done" in help


def test_options_may_stand_anywhere(tmp_path):
    for args in (["--socket", tmp_path / "s", "ls"], ["ls", "--socket", tmp_path / "s"]):
        result = call(*args, "--timeout", "0")
        assert str(tmp_path / "s") in result.stderr and result.returncode == 4


def test_no_broker_is_a_failure_soon(tmp_path):
    began = time.monotonic()
    result = call("--socket", tmp_path / "s", "status")
    assert result.returncode == 1 and time.monotonic() - began < 8
    assert f"framebroker: no broker answers at {tmp_path}/s" in result.stderr


def test_doctor_without_a_broker_fails(tmp_path):
    result = call("--socket", tmp_path / "s", "doctor", "--timeout", "100ms")
    assert result.returncode == 1 and "fail  broker: no broker answers" in result.stdout
    assert "shared memory:" in result.stdout


def test_a_broker_that_does_not_answer(tmp_path):
    """As while its core is stopped or cannot start: somebody listens, so another broker would not start either."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        for command in "ls", "doctor":
            result = call("--socket", tmp_path / "s", command, "--timeout", "100ms")
            assert f"the broker at {tmp_path}/s does not answer: framebrokerd runs there" in result.stdout + result.stderr
            assert "start framebrokerd" not in result.stderr


@only_root
def test_a_socket_that_is_closed_to_the_user(request):
    folder = SharedFolder()
    request.addfinalizer(folder.stop)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{folder.path}/s")
        listener.listen()
        os.chmod(f"{folder.path}/s", 0o660)
        result = as_user(STRANGER, call, "--socket", f"{folder.path}/s", "doctor")
    assert "fail  broker: " in result.stdout and "join the group of the socket" in result.stdout
    assert "start framebrokerd" not in result.stdout


def test_wait_for_the_broker_times_out(tmp_path):
    assert call("--socket", tmp_path / "s", "wait", "gate", "--timeout", "300ms").returncode == 4


def test_interrupt_ends_a_wait_at_once(tmp_path):
    with subprocess.Popen([COMMAND, "--socket", tmp_path / "s", "wait", "gate", "--timeout", "forever"],
                          stderr=subprocess.PIPE, preexec_fn=heed_interrupts) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.3)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(5) == -signal.SIGINT


def test_a_full_disk_is_told():
    with open("/dev/full", "w") as full:
        result = subprocess.run([COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    assert result.returncode == 1 and "cannot write to stdout" in result.stderr
