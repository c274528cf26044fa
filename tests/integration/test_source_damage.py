"""Streams that begin in the middle or are damaged: what can be shown is shown, and nothing dies of it."""

import random

import pytest

from support.framemd5 import framemd5
from support.frames import md5


def test_intra_refresh_is_read_from_its_only_key_frame(clips, read_film):
    """Its later recovery points are no key frames."""
    frames = read_film(clips("intra_refresh.ts"))
    assert [md5(frame) for frame in frames] == [one.md5 for one in framemd5(clips("intra_refresh.ts"))]
    assert len(frames) == 75


def test_mid_gop_begins_with_the_first_key_frame(clips, read_film):
    """The GOPs of the last two seconds are whole, and have the time stamps of the whole clip's."""
    frames = read_film(clips("mid_gop.ts"))
    whole = [one.md5 for one in framemd5(clips("h264.ts"))]
    assert frames[0].key_frame
    assert [md5(frame) for frame in frames] == whole[25:]
    steps = {after.pts_ns - before.pts_ns for before, after in zip(frames, frames[1:])}
    assert steps == {40_000_000}


@pytest.mark.parametrize("name", ["h264.ts", "mpeg2.ts"])
def test_damage_in_the_middle(clips, film, tmp_path, name):
    """40 % to 50 % is noise: frames before are right, frames go on behind, and what is broken is marked or left out."""
    data = bytearray(clips(name).read_bytes())
    begin, end = (len(data) * part // 10 // 188 * 188 for part in (4, 5))
    data[begin:end] = random.Random(1).randbytes(end - begin)
    damaged = tmp_path / name
    damaged.write_bytes(data)
    client = film(damaged)
    frames = [(md5(frame), frame.corrupt) for frame in client.reader("film", "lossless", timeout=20)]
    right = [one.md5 for one in framemd5(clips(name))]
    assert [picture for picture, _ in frames[:20]] == right[:20]
    assert [picture for picture, _ in frames[-10:]] == right[-10:]
    assert len(frames) < 75 or any(corrupt for _, corrupt in frames)
    assert not any(corrupt for _, corrupt in frames[:20] + frames[-10:])
    assert client.status()["sources"][0]["restarts"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_damage_all_over(clips, film, tmp_path, seed):
    """Every thousandth byte or so is wrong; the end is reached, by the same worker."""
    dice = random.Random(seed)
    data = bytearray(clips("h264.ts").read_bytes())
    for _ in range(len(data) // 1000):
        data[dice.randrange(len(data) // 20, len(data))] = dice.randrange(256)
    damaged = tmp_path / "damaged.ts"
    damaged.write_bytes(data)
    client = film(damaged)
    seqs = [frame.seq for frame in client.reader("film", "lossless", timeout=20)]
    assert seqs == list(range(1, len(seqs) + 1)) and seqs
    assert client.status()["sources"][0]["restarts"] == 0


def test_a_file_that_is_cut_off_gives_what_it_has_and_says_so(clips, source, tmp_path, wait_error):
    whole = clips("vp9.webm").read_bytes()
    cut = tmp_path / "cut.webm"
    cut.write_bytes(whole[:len(whole) * 2 // 3])
    client, reader = source(cut, "lossless", on_demand=True, readrate=0)
    frames = [md5(frame) for frame in reader]
    right = [one.md5 for one in framemd5(clips("vp9.webm"))]
    assert 10 < len(frames) < 75 and frames == right[:len(frames)]
    assert "cut off" in wait_error(client)["text"]
    assert client.status()["sources"][0]["state"] == "ended"


def test_a_file_that_comes_later(clips, source, tmp_path, wait_error):
    late = tmp_path / "late.mp4"
    client, reader = source(late, "lossless", readrate=0)
    assert "late.mp4" in wait_error(client)["text"]
    late.symlink_to(clips("h264.mp4"))
    assert [frame.seq for frame in reader] == list(range(1, 76))
    assert client.status()["sources"][0]["error"] is None
