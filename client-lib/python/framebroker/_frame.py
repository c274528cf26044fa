"""Frame: the pixels of one moment as numpy arrays."""
from . import _core
from ._info import info_from_core
from ._pixels import Pixels, numpy, parts, whole_shape


class Frame(Pixels, _core.Frame):
    """Read-only, without copy=True. Holds its slot until it and all arrays made from it are gone, or release()."""
    __slots__ = ()

    @property
    def info(self):
        """The layout of this frame's generation."""
        return info_from_core(self._info)

    def copy(self):
        """Private, writable, contiguous; yuv420p and nv12 as (H*3//2, W), as cv2.cvtColor takes it."""
        planes = self.planes
        if len(planes) == 1:
            return planes[0].copy(order="C")
        shape = whole_shape(planes)
        if not shape:
            info = self.info
            raise TypeError(f"the planes of {info.pixel_format} at {info.width}x{info.height} do not fill whole rows "
                            "of one array: copy each of .planes")
        whole = numpy().empty(shape, planes[0].dtype)
        for part, plane in zip(parts(whole, planes), planes):
            part[...] = plane
        return whole

    def __reduce__(self):
        raise TypeError("a Frame does not pickle: send frame.pts_ns and read it there with reader.at(pts_ns), "
                        "or send frame.copy()")

    def __repr__(self):
        info = self.info
        layout = {"video": f"{info.width}x{info.height} {info.pixel_format}", "audio": info.sample_format,
                  "packet": f"track {self.track}"}[info.media]
        return f"<framebroker.Frame {info.name} seq={self.seq} pts={self.pts_ns / 1e9:.3f}s {layout}>"
