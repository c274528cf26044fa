"""The named tuples that tell about streams and events."""
import json
from collections import namedtuple
from fractions import Fraction

MEDIA = ("video", "audio", "packet")
MODES = ("latest", "ordered", "lossless")
STATES = ("idle", "connecting", "live", "stalled", "lost", "ended")

StreamInfo = namedtuple("StreamInfo", [
    "name", "media", "state", "generation", "width", "height", "pixel_format", "frame_rate", "sample_aspect_ratio",
    "rotation", "color_space", "color_range", "sample_format", "sample_rate", "channels", "frame_size", "depth"])
Event = namedtuple("Event", ["utc_ns", "event", "kind", "name", "detail"])
Clip = namedtuple("Clip", ["path", "begin_utc_ns", "end_utc_ns", "complete"])
Processor = namedtuple("Processor", ["broker", "readers", "writers"])


def _fraction(pair):
    numerator, denominator = pair or (0, 1)
    return Fraction(numerator, denominator) if denominator else Fraction(0)


def info_from_core(fields):
    """A StreamInfo of the tuple that the extension gives."""
    name, state, media, generation, width, height, pixel_format, frame_rate, sample_aspect_ratio, *rest = fields
    return StreamInfo(name, MEDIA[media], STATES[state], generation, width, height, pixel_format, _fraction(frame_rate),
                      _fraction(sample_aspect_ratio), *rest)


def info_from_status(stream):
    """A StreamInfo of an entry of the status' "streams"; what is not known yet is zero or empty, as before a first frame."""
    def number(key):
        return stream.get(key) or 0

    def text(key):
        return stream.get(key) or ""

    return StreamInfo(
        stream["name"], text("media"), stream["state"], number("generation"), number("width"), number("height"),
        text("pixel_format"), _fraction(stream.get("frame_rate")), _fraction(stream.get("sample_aspect_ratio")),
        number("rotation"), text("color_space"), text("color_range"), text("sample_format"), number("sample_rate"),
        number("channels"), number("frame_size"), number("depth"))


def event_from_json(text):
    fields = json.loads(text)
    return Event(fields["utc_ns"], fields["event"], fields["kind"], fields["name"], fields.get("detail") or {})
