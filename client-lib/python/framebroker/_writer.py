"""Writer: frames of a program's own, written in place."""
from . import _core
from ._info import info_from_core
from ._slot import Slot


class Writer(_core.Writer):
    """Claims slots of one stream and publishes them in order."""

    def __new__(cls, broker, stream, timeout=None, create=None):
        self = super().__new__(cls, broker, stream, create, Slot)
        self.timeout = timeout
        self._options = (broker, stream, create)
        return self

    @property
    def info(self):
        """The layout of the newest slot; all zero before there is one."""
        return info_from_core(self._info)

    def slot(self, origin=None, *, pts_ns=None):
        """A free slot, waited for. origin: the frame it is made from, gives all times and, with like=, the layout."""
        return self._slot(origin, pts_ns, self.timeout)

    def try_slot(self, origin=None, *, pts_ns=None):
        """A free slot, or None when there is none now: wait_hint tells for how long."""
        try:
            return self._slot(origin, pts_ns, 0)
        except TimeoutError:
            return None

    def write(self, array, origin=None, *, pts_ns=None, metadata=b""):
        """Copies an array into a slot (see Slot.fill) and publishes it; returns the sequence number."""
        with self.slot(origin, pts_ns=pts_ns) as slot:
            slot.fill(array)
            slot.metadata = metadata
            return slot.publish()

    def _slot(self, origin, pts_ns, timeout):
        slot = self._claim(origin, timeout)
        if pts_ns is not None:
            slot.pts_ns = pts_ns
        return slot

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        broker, stream, create = self._options
        return Writer, (broker, stream, self.timeout, create)

    def __repr__(self):
        return f"<framebroker.Writer {self._options[1]}>"
