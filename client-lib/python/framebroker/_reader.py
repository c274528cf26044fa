"""Reader: the frames of one stream, waited for, iterated, in batches, by time, or in asyncio."""
import asyncio
import errno
import time
from collections import deque

from . import _core
from ._batch import Batch
from ._frame import Frame
from ._info import MODES, STATES, info_from_core


class Reader(_core.Reader):
    """Iterating ends when the stream does. A lost live source is no end: reading waits (timeout!) and goes on when it is back."""

    def __new__(cls, broker, stream, mode="latest", timeout=None, max_held=2, copy=False, group=None):
        if mode not in MODES:
            raise ValueError(f"mode {mode!r}: one of {', '.join(MODES)}")
        self = super().__new__(cls, broker, stream, MODES.index(mode), max_held, copy, Frame, group)
        self.timeout = timeout
        self._options = (broker, stream, mode, max_held, copy, group)
        self._ahead = deque()  # frames of a batch that did not get full, for the next call
        return self

    @property
    def info(self):
        """The newest layout; all zero before the first."""
        return info_from_core(self._info)

    @property
    def state(self):
        """idle, connecting, live, stalled, lost or ended."""
        return STATES[self._state]

    def read(self):
        """The next frame (latest: the newest, never the same twice)."""
        self._settle()
        return self._ahead.popleft() if self._ahead else self._read(self.timeout)

    def try_read(self):
        """The next frame if it is there, else None. Never waits."""
        self._settle()
        return self._ahead.popleft() if self._ahead else self._try_read()

    def at(self, pts_ns):
        """The frame shown at that time: detect on gate/small, crop from gate. NotFound when it left the ring."""
        return self._at(pts_ns, self.timeout)

    def read_batch(self, n, *, out=None):
        """The next n; fewer only at the end, before a change of layout, and with `out` when the time is up."""
        _, _, mode, max_held, copy, group = self._options
        if group is not None:  # its members take one frame after the other, the newest too
            self._settle()
            mode = "ordered"
        if n < 1:
            raise ValueError(f"a batch of {n} frames: at least one")
        if out is not None and len(out) < n:
            raise ValueError(f"out has room for {len(out)} frames, not for {n}")
        if n > max_held and not copy and (out is None or mode == "latest"):
            raise _core.TooManyHeld(errno.ENOBUFS, f"a batch of {n} frames of a reader with max_held={max_held}: "
                                    f"open it with max_held={n}, or give out= in another mode than latest")
        if mode == "latest":
            frames = self._read_newest(n, self.timeout)
            return Batch(frames) if out is None else self._fill(frames, out)
        if out is None:
            self._look_ahead(n, self._deadline())
            return Batch(self._take(n))
        return self._read_into(out, n)

    def _read_into(self, out, n):
        deadline, frames = self._deadline(), []
        while len(frames) < n:
            try:
                self._look_ahead(1, deadline)
            except (EOFError, TimeoutError):
                if frames:
                    break
                raise
            if frames and self._ahead[0]._generation != frames[0]._generation:
                break
            frames += self._fill(self._take(1), out[len(frames):])
        return _batch_in(frames, out)

    def _fill(self, frames, out):
        """Copies pixels and lets the slots go; what is left of the frames tells their times."""
        for frame, place in zip(frames, out):
            array = frame.array
            if place.shape != array.shape:
                raise ValueError(f"out has frames of {place.shape}, the stream of {array.shape}")
            place[...] = array
            del array
            frame.release()
        return _batch_in(frames, out)

    def _look_ahead(self, n, deadline):
        """Reads until n frames of one layout wait. TimeoutError leaves those that came for the next call."""
        while len(self._ahead) < n and not self._layout_changes():
            try:
                self._ahead.append(self._read(deadline and max(deadline - time.monotonic(), 0)))
            except EOFError:
                if not self._ahead:
                    raise
                return

    def _layout_changes(self):
        return len(self._ahead) > 1 and self._ahead[-1]._generation != self._ahead[0]._generation

    def _take(self, n):
        generation = self._ahead[0]._generation
        frames = []
        while self._ahead and len(frames) < n and self._ahead[0]._generation == generation:
            frames.append(self._ahead.popleft())
        return frames

    def _deadline(self):
        return None if self.timeout is None else time.monotonic() + self.timeout

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return self.read()
        except EOFError:
            raise StopIteration from None

    def __aiter__(self):
        return self

    async def __anext__(self):
        deadline = self._deadline()
        try:
            while (frame := self.try_read()) is None:
                await self._readable(deadline)
        except EOFError:
            raise StopAsyncIteration from None
        return frame

    async def _readable(self, deadline):
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        fd = self.fileno()
        loop.add_reader(fd, lambda: readable.done() or readable.set_result(None))
        try:
            await asyncio.wait_for(readable, deadline and max(deadline - time.monotonic(), 0))
        except TimeoutError:
            name = self._options[1]
            raise TimeoutError(errno.ETIMEDOUT, f"no frame of {name} in time") from None
        finally:
            loop.remove_reader(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        broker, stream, mode, max_held, copy, group = self._options
        return Reader, (broker, stream, mode, self.timeout, max_held, copy, group)

    def __repr__(self):
        return f"<framebroker.Reader {self._options[1]} {self._options[2]}>"


def _batch_in(frames, out):
    return Batch(frames, out if len(frames) == len(out) else out[:len(frames)])
