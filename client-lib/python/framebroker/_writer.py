"""Writer and Slot: frames of a program's own, written in place."""
import weakref

from . import _core
from ._info import info_from_core
from ._pixels import Pixels, numpy


class Writer(_core.Writer):
    """Claims slots of one stream and publishes them in order."""

    def __new__(cls, broker, stream, timeout=None, create=None):
        self = super().__new__(cls, broker, stream, create, Slot)
        self.timeout = timeout
        self._options = (broker, stream, create)
        return self

    @property
    def info(self):
        return info_from_core(self._info)

    def slot(self, origin=None, *, pts_ns=None):
        """A free slot. origin: the frame it is made from, gives all times."""
        slot = self._claim(origin, self.timeout)
        if pts_ns is not None:
            slot.pts_ns = pts_ns
        return slot

    def try_slot(self, origin=None, *, pts_ns=None):
        """A free slot, or None when there is none now."""
        try:
            slot = self._claim(origin, 0)
        except TimeoutError:
            return None
        if pts_ns is not None:
            slot.pts_ns = pts_ns
        return slot

    def write(self, array, origin=None, *, pts_ns=None, metadata=b""):
        """Copies an array into a slot and publishes it; returns the sequence number."""
        array = numpy().asarray(array)
        with self.slot(origin, pts_ns=pts_ns) as slot:
            target = slot.array
            if array.shape != target.shape or array.dtype != target.dtype:
                raise ValueError(f"{slot.info.name} takes {target.dtype} of {target.shape}, not {array.dtype} of "
                                 f"{array.shape}")
            target[...] = array
            slot.metadata = metadata
            return slot.publish()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        broker, stream, create = self._options
        return Writer, (broker, stream, self.timeout, create)


class Slot(Pixels, _core.Slot):
    """Published when its `with` block is left, given up on an exception; array turns read-only then."""

    @property
    def info(self):
        return info_from_core(self._info)

    @property
    def planes(self):
        planes = super().planes
        self._remember(*planes)
        return planes

    @property
    def array(self):
        array = super().array
        self._remember(array)
        return array

    metadata = b""

    def publish(self):
        """Gives the frame to the readers; returns its sequence number."""
        seq = self._publish(self.metadata)
        self._turn_read_only()
        return seq

    def cancel(self):
        """Gives the slot back unused."""
        self._turn_read_only()
        self._cancel()

    def _remember(self, *arrays):
        self._arrays = [*getattr(self, "_arrays", ()), *map(weakref.ref, arrays)]

    def _turn_read_only(self):
        for reference in getattr(self, "_arrays", ()):
            array = reference()
            if array is not None:
                array.flags.writeable = False

    def __enter__(self):
        return self

    def __exit__(self, exception_type, *_):
        if self._done:
            return
        if exception_type is None:
            self.publish()
        else:
            self.cancel()
