"""Batch: several frames at once, as one array."""
from collections.abc import Sequence

from . import _core
from ._pixels import as_array, numpy


class Batch(Sequence):
    """The frames, oldest first, and `array`, (n, H, W, C)."""

    def __init__(self, frames, array=None):
        self._frames = frames
        self._array = array
        self._view = None if array is not None else _core.stack(frames)

    @property
    def copied(self):
        """False: `array` is a view, the slots lay side by side."""
        return self._view is None

    @property
    def array(self):
        """All frames; it is `out` where given. Made at the first use, where it has to be copied."""
        if self._view is not None:
            return as_array(self._view)
        if self._array is None:
            if len({frame.array.shape for frame in self._frames}) > 1:
                raise TypeError("frames of several sizes (packets, or sound at an end) are not one array: take them one by one")
            self._array = numpy().stack([frame.array for frame in self._frames])
        return self._array

    def __getitem__(self, index):
        return self._frames[index]

    def __len__(self):
        return len(self._frames)

    def __repr__(self):
        if not self._frames:
            return "<framebroker.Batch empty>"
        return f"<framebroker.Batch of {len(self)}, seq {self._frames[0].seq} to {self._frames[-1].seq}>"
