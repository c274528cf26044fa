"""Broker: a connection, from which readers, writers, status and administration come."""
import errno
import json
import os

from . import _core
from ._clip import take_clip
from ._info import event_from_json, info_from_core, info_from_status
from ._reader import Reader
from ._writer import Writer


def connect(address=None, *, timeout=10.0):
    """Waits for the broker. None: $FRAMEBROKER_SOCKET, else the user's own broker, else the system's."""
    return Broker(address, timeout)


def not_in_this_version(what):
    return _core.Error(errno.ENOTSUP, f"{what}: not in this version")


def keys_as_json(keys):
    """Keys of the configuration; what JSON has no type for (paths, fractions) goes as text."""
    return json.dumps(keys, default=str, ensure_ascii=False)


class Broker(_core.Broker):
    """Any thread may use it. It goes on by itself when the broker was restarted, and in a forked child."""

    def __new__(cls, address=None, timeout=10.0):
        self = super().__new__(cls, None if address is None else os.fspath(address), timeout)
        self.address = self._address
        return self

    def reader(self, stream, mode="latest", *, group=None, timeout=None, max_held=2, copy=False):
        """Opens a stream to read; never waits. copy=True: frames are private, writable and hold no slot. group: each frame
        goes to one member."""
        return Reader(self, stream, mode, timeout, max_held, copy, group)

    def writer(self, stream, *, timeout=None, **create):
        """Opens a stream to write. With keys (width=…, like=…) it is created, and ends with this writer."""
        return Writer(self, stream, timeout, keys_as_json(create) if create else None)

    def wait(self, stream, timeout=None):
        """Waits until the stream exists and frames flow."""
        return info_from_core(self._wait(stream, timeout))

    def streams(self):
        return [info_from_status(stream) for stream in self.status()["streams"]]

    def status(self):
        """The JSON of `framebroker status --json` (docs/protocol.md)."""
        return json.loads(self._status())

    def events(self):
        """What happens in the broker, from now on, for ever."""
        return map(event_from_json, _core.events(self))

    def add(self, kind, name, *, exist_ok=False, **keys):
        """Adds an entry; keys as in the YAML."""
        try:
            self._add(kind, name, keys_as_json(keys))
        except _core.Error as error:
            if not (exist_ok and error.errno == errno.EEXIST):
                raise

    def remove(self, kind, name, *, missing_ok=False):
        try:
            self._remove(kind, name)
        except _core.NotFound:
            if not missing_ok:
                raise

    def restart(self, kind, name):
        self._restart(kind, name)

    def upgrade(self, *, timeout=10.0):
        """The framebroker-core that is installed now takes over; nobody else notices."""
        self._upgrade(timeout)

    def clip(self, name, path, before=5.0, after=5.0):
        """The last seconds of a source or sink with preroll, and the next ones, as a file; waits for `after`."""
        return take_clip(self.address, name, path, before, after)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        return connect, (self.address,)

    def __repr__(self):
        return f"<framebroker.Broker {self.address}>"
