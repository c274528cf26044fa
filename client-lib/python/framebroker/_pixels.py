"""What frames and slots have in common: planes as numpy arrays, and their protocols for other libraries."""


def numpy():
    """numpy, which only arrays need: programs that do without them import faster."""
    import numpy
    return numpy


def as_array(plane):
    """The plane's memory as an array. By a memoryview, since numpy takes what refuses to be a buffer for a lone object."""
    return numpy().asarray(memoryview(plane))


def whole_shape(planes):
    """Shape of the one array that all planes fill, one after the other: yuv420p and nv12 as (H*3//2, W). None: there is none."""
    width = planes[0].shape[1]
    size = sum(plane.size for plane in planes)
    return None if size % width else (size // width, width)


def parts(whole, planes):
    """Views of such an array, one for each plane."""
    flat, begin = whole.reshape(-1), 0
    for plane in planes:
        yield flat[begin:begin + plane.size].reshape(plane.shape)
        begin += plane.size


class Pixels:
    """Of a class that has `_planes()`, `_info`, and whose planes are buffers."""
    __slots__ = ()

    @property
    def planes(self):
        """One array for each plane, without copying."""
        return tuple(map(as_array, self._planes()))

    @property
    def array(self):
        """(H, W, C) or (H, W); sound: (samples, channels). Without copying. TypeError for planar formats."""
        planes = self._planes()
        if len(planes) != 1:
            raise TypeError(f"{self.info.pixel_format} has {len(planes)} planes, which are not one array: "
                            "take .planes without copying, or .copy()")
        return as_array(planes[0])

    def __array__(self, dtype=None, copy=None):
        array = self.array
        if copy:
            return array.astype(dtype or array.dtype, copy=True)
        converted = array.astype(dtype or array.dtype, copy=False)
        if copy is False and converted is not array:
            raise ValueError(f"frames of {array.dtype} become {converted.dtype} only by copying")
        return converted

    def __dlpack__(self, **kwargs):
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()
