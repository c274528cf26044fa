"""Whether anybody opens a file: asked of the kernel (inotify), so that reading it in vain counts too."""

import ctypes
import os

IN_OPEN = 0x20
libc = ctypes.CDLL(None, use_errno=True)


class Opened:
    """Use it in a `with`: has_been() is true once `path` was opened by any process since."""

    def __init__(self, path):
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if libc.inotify_add_watch(self._fd, os.fsencode(path), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def has_been(self):
        try:
            return len(os.read(self._fd, 4096)) > 0
        except BlockingIOError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)
