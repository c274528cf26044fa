"""HLS that goes on for a while: pieces without a seam, as a file and in a real player."""

import re
import shutil

import framebroker as fb
import numpy as np
import pytest

from support import flash_beep, recording
from support.browser import Player, hls_js
from support.waiting import wait_for

CAMERA = {"format": "lavfi", "url": flash_beep.SOURCE, "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}
TICK = 1.5 / 90000  # of MPEG-TS, and what ffprobe rounds


def serve(start, playlist, gop_size, **options):
    sink = {"url": str(playlist), "video": {"stream": "gate", "gop_size": gop_size}, "audio": {"stream": "gate/audio"},
            "format_options": options}
    return start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))


def pieces(playlist):
    """[(length in seconds as the playlist says, path)]"""
    found = re.findall(r"^#EXTINF:([\d.]+),\n(\S+)$", playlist.read_text(), re.M) if playlist.exists() else []
    return [(float(length), playlist.parent / name) for length, name in found]


def steps_over(files, kind):
    """From packet to packet of all pieces, in the order in which they lie there: sound and picture have no B-frames."""
    return np.diff([time for file in files for time, _ in recording.packets(file, kind)])


def test_no_seam_between_pieces(tmp_path, start):
    playlist = tmp_path / "live.m3u8"
    client = serve(start, playlist, gop_size=25, hls_time=1, hls_list_size=0)
    wait_for(lambda: len(pieces(playlist)) >= 8, client.status, 40)
    client.remove("sink", "out")
    wait_for(lambda: "ENDLIST" in playlist.read_text(), playlist.read_text)
    text, found = playlist.read_text(), pieces(playlist)
    assert "DISCONTINUITY" not in text and {file for _, file in found} == set(tmp_path.glob("*.ts"))
    files = [file for _, file in found[:-1]]  # the last piece may be too short to tell
    target = int(re.search(r"^#EXT-X-TARGETDURATION:(\d+)$", text, re.M)[1])
    assert max(round(length) for length, _ in found) <= target
    assert [length for length, _ in found[1:-1]] == pytest.approx([1] * (len(files) - 1), abs=0.001)
    files = files[:-1]  # the last piece is as short as it happens to be; FFmpeg opens no file of a few packets
    for file in files:
        pictures = recording.packets(file, "video")
        assert pictures[0][1], f"{file} does not begin with a key frame"
    begun = files[1:]  # the first pictures may be missing while everything starts
    assert steps_over(begun, "video") == pytest.approx(0.04, abs=TICK)
    assert steps_over(begun, "audio") == pytest.approx(1024 / 48000, abs=TICK)


@pytest.mark.soak
@pytest.mark.timeout(800)
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_ten_minutes_in_a_player(tmp_path, start, pytestconfig):
    playlist = tmp_path / "hls" / "live.m3u8"
    client = serve(start, playlist, gop_size=50)
    wait_for(lambda: len(pieces(playlist)) >= 3, client.status, 40)
    with Player(tmp_path, playlist, hls_js(pytestconfig.getoption("--clips"))) as player:
        wait_for(lambda: player.told.get("passed", 0) > 600, lambda: player.told, 700)
        told = player.told
    print(told)
    assert told["stalls"] == told["jumps"] == 0 and told["errors"] == []
    assert told["breaks"] == [0]
    assert told["time"] - told["from"] == pytest.approx(told["passed"], abs=2)
    assert told["frames"] > 25 * told["passed"] * 0.95
