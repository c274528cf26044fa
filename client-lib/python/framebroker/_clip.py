"""Clips: the program `framebroker` takes them, run by this process and with its rights."""
import errno
import json
import os
import pathlib
import shutil
import subprocess

from . import _core, _daemon
from ._info import Clip

NO_NAME, TIMED_OUT = 3, 4  # its exit status


def _program():
    """The command beside framebrokerd, else on PATH."""
    try:
        beside = pathlib.Path(_daemon.find()).with_name("framebroker")
    except _core.Error:
        beside = None
    path = beside if beside and beside.exists() else shutil.which("framebroker")
    if path:
        return os.fspath(path)
    raise _core.Error(errno.ENOENT, "the command framebroker was not found: install framebroker (cmake --install build)")


def take_clip(address, name, path, before, after):
    command = [_program(), "--socket", address, "--json", "--before", f"{before:.9f}", "--after", f"{after:.9f}", "clip",
               "--", name, os.path.abspath(path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            told, failed = process.communicate()
        except BaseException:
            process.terminate()  # it removes what it has written
            raise
    if process.returncode == 0:
        clip = json.loads(told)
        return Clip(os.fspath(path), clip["begin_utc_ns"], clip["end_utc_ns"], clip["complete"])
    text = failed.decode(errors="replace").strip().removeprefix("framebroker: ")
    if process.returncode == NO_NAME:
        raise _core.NotFound(errno.ENOENT, text)
    if process.returncode == TIMED_OUT:
        raise TimeoutError(errno.ETIMEDOUT, text)
    raise _core.Error(errno.EIO, text or f"framebroker clip ended with status {process.returncode}")
