"""A framebrokerd of this process's own: found, started, and ended with the process, however that ends."""
import contextlib
import errno
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping

from . import _core

START_SECONDS = 20
END_SECONDS = 5

_daemons = weakref.WeakSet()


def find():
    """$FRAMEBROKERD, else the one in this package, beside this Python (a virtual environment's), or on PATH."""
    near = (pathlib.Path(__file__).with_name("bin"), pathlib.Path(sys.executable).parent)
    beside = next((folder / "framebrokerd" for folder in near if (folder / "framebrokerd").exists()), None)
    path = os.environ.get("FRAMEBROKERD") or beside or shutil.which("framebrokerd")
    if path:
        return os.fspath(path)
    raise _core.Error(errno.ENOENT, "framebrokerd was not found: install framebroker (cmake --install build), "
                      "or set FRAMEBROKERD to its path")


class Daemon:
    """Listens on `socket`. Its life hangs on the write end of a pipe that only this process has."""

    def __init__(self, config):
        program = find()
        self._owner = os.getpid()
        self._log = _memory_file("framebroker-log", "")
        self._config = None
        if isinstance(config, Mapping):  # in memory, read by /proc: nothing stays on a disk, whatever happens to us
            self._config = _memory_file("framebroker-config", json.dumps(config, default=str, ensure_ascii=False))
            path = f"/proc/{self._owner}/fd/{self._config.fileno()}"
        else:
            path = os.fspath(config)
        self.socket = os.path.join(tempfile.mkdtemp(prefix="framebroker-"), "socket")  # 0700; the daemon removes it
        ready = self._start(program, path)
        _daemons.add(self)
        try:
            self._await_ready(ready, path)
        except BaseException:
            self.end()
            raise
        finally:
            os.close(ready)

    def _start(self, program, path):
        """Runs it. Returns the pipe in which it says that it is ready."""
        private, self._pipe = os.pipe()
        ready, ready_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [program, "--config", path, "--socket", self.socket, "--private", str(private), "--ready-fd",
                 str(ready_write)],
                stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, pass_fds=(private, ready_write),
                start_new_session=True)
        except OSError:
            os.close(ready)
            self.let_go()
            os.rmdir(os.path.dirname(self.socket))
            raise
        finally:
            os.close(private)
            os.close(ready_write)
        return ready

    def _await_ready(self, ready, path):
        readable, _, _ = select.select([ready], [], [], START_SECONDS)
        if readable and os.read(ready, 64):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS if readable else 0)
        text = self._said()
        if path in text:
            raise _core.ConfigError(errno.EINVAL, text.replace(path, "config") if self._config else text)
        raise _core.Error(errno.ECANCELED, f"framebrokerd did not start: {text or 'it said nothing'}")

    def _said(self):
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace").strip()

    def end(self):
        """Waits until it has ended. Does nothing in a forked child, or a second time."""
        if self._owner != os.getpid() or self._pipe is None:
            return
        self.let_go()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(os.path.dirname(self.socket), ignore_errors=True)
        self._log.close()
        if self._config:
            self._config.close()

    def let_go(self):
        """Closes this process's end of the pipe: a forked child must not keep its parent's broker alive."""
        os.close(self._pipe)
        self._pipe = None


def _memory_file(name, text):
    file = os.fdopen(os.memfd_create(name), "r+b")
    file.write(text.encode())
    file.flush()
    return file


def _let_go_in_child():
    for daemon in _daemons:
        if daemon._pipe is not None:
            daemon.let_go()


os.register_at_fork(after_in_child=_let_go_in_child)
