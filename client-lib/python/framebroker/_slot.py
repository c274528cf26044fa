"""Slot: a frame that is being written, as numpy arrays over shared memory."""
import weakref

from . import _core
from ._info import info_from_core
from ._pixels import Pixels, numpy, parts, whole_shape


class Slot(Pixels, _core.Slot):
    """Published when its `with` block is left, given up on an exception; array turns read-only then."""

    metadata = b""
    _arrays = ()

    @property
    def info(self):
        return info_from_core(self._info)

    @property
    def planes(self):
        """One writable array for each plane."""
        planes = super().planes
        self._remember(*planes)
        return planes

    @property
    def array(self):
        """(H, W, C) or (H, W); sound: (samples, channels). Writable until it is published. TypeError for planar formats."""
        array = super().array
        self._remember(array)
        return array

    def fill(self, array):
        """Copies a picture or sound into it: of the shape of `array`; planar formats as Frame.copy() gives them, or a tuple of
        planes; a Frame; sound of fewer samples, too. ValueError says what was expected."""
        planes = super().planes
        if isinstance(array, Pixels):
            given = array.planes
        else:
            given = array if isinstance(array, (tuple, list)) and len(planes) > 1 else [numpy().asarray(array)]
        if self.info.media == "audio":
            return self._fill_sound(given[0], planes[0])
        if len(given) == 1 and len(planes) > 1 and given[0].shape == whole_shape(planes):
            given = parts(given[0], planes)
        given = [numpy().asarray(one) for one in given]
        if [(one.shape, one.dtype) for one in given] != [(plane.shape, plane.dtype) for plane in planes]:
            raise ValueError(f"{self._wanted(planes)}, not {' and '.join(f'{one.dtype} of {one.shape}' for one in given)}")
        for plane, one in zip(planes, given):
            plane[...] = one

    def _fill_sound(self, sound, plane):
        info = self.info
        given = f"{sound.dtype} of {sound.shape}"
        if sound.ndim == 1 and info.channels == 1:
            sound = sound[:, None]
        if sound.dtype != plane.dtype or sound.ndim != 2 or sound.shape[1] != info.channels or \
                not 0 < len(sound) <= info.frame_size:
            raise ValueError(f"{info.name} takes {plane.dtype} of (samples, {info.channels}), at most {info.frame_size} samples "
                             f"at once, not {given}")
        self.samples = len(sound)
        plane[:len(sound)] = sound

    def _wanted(self, planes):
        info = self.info
        if len(planes) == 1:
            return f"{info.name} takes {planes[0].dtype} of {planes[0].shape} ({info.pixel_format})"
        shapes = ", ".join(str(plane.shape) for plane in planes)
        whole = whole_shape(planes)
        return (f"{info.name} takes {planes[0].dtype} ({info.pixel_format}, {info.width}x{info.height}) as planes of {shapes}"
                + (f" or as one array of {whole}" if whole else ""))

    def publish(self):
        """Gives the frame to the readers; returns its sequence number. In a pool: 0 where frames before it are still to
        come, None where its turn had passed (reorder_timeout) or another member was done with its origin."""
        seq = self._publish(self.metadata)
        self._turn_read_only()
        return seq

    def cancel(self):
        """Gives the slot back unused."""
        self._turn_read_only()
        self._cancel()

    def _remember(self, *arrays):
        alive = [one for one in self._arrays if one() is not None]
        self._arrays = alive + [weakref.ref(array) for array in arrays]

    def _turn_read_only(self):
        for reference in self._arrays:
            array = reference()
            if array is not None:
                array.flags.writeable = False

    def __enter__(self):
        return self

    def __exit__(self, exception_type, *_):
        if self._done:
            return
        try:
            if exception_type is None:
                self.publish()
        finally:
            self.cancel()

    def __reduce__(self):
        raise TypeError("a Slot does not pickle: send the picture, and write it where the writer is")

    def __repr__(self):
        info = self.info
        layout = f"{info.width}x{info.height} {info.pixel_format}" if info.media == "video" else info.sample_format
        return f"<framebroker.Slot {info.name} {layout}>"
