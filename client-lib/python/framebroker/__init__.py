"""framebroker: video and audio frames in shared memory. Type stubs and reference: __init__.pyi; guide: docs/python.md."""
from ._batch import Batch
from ._broker import Broker, connect
from ._core import ConfigError, Error, NotFound, TooManyHeld
from ._frame import Frame
from ._info import Clip, Event, Processor, StreamInfo
from ._open import open
from ._processor import processor
from ._reader import Reader
from ._serve import serve
from ._slot import Slot
from ._writer import Writer

__all__ = ["Batch", "Broker", "Clip", "ConfigError", "Error", "Event", "Frame", "NotFound", "Processor", "Reader", "Slot",
           "StreamInfo", "TooManyHeld", "Writer", "connect", "open", "processor", "serve"]
