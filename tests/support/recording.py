"""What is in a file that a sink wrote, as ffprobe sees it."""

import json
import subprocess


def probe(path, *entries):
    command = ["ffprobe", "-v", "error", "-of", "json", *entries, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def tracks(path):
    """{"video": {…}, "audio": {…}}: each track's description."""
    return {track["codec_type"]: track for track in probe(path, "-show_streams")["streams"]}


def packets(path, kind):
    """[(pts in seconds, is a key frame)] of the video or the audio, in the order of the file."""
    found = probe(path, "-select_streams", kind[0], "-show_entries", "packet=pts_time,flags")["packets"]
    return [(float(packet["pts_time"]), packet["flags"].startswith("K")) for packet in found]


def times(path, kind="video"):
    """The time stamps of the pictures, or the blocks of sound, in seconds and in the order of time."""
    return sorted(time for time, _ in packets(path, kind))
