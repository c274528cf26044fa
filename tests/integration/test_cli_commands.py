"""The command with a broker and lavfi cameras."""

import json
import re
import signal
import subprocess

import pytest

from support.broker import COMMAND, Broker
from support.framemd5 import framemd5
from support.process import Process, heed_interrupts, run

CAMERA = {"url": "testsrc2=size=320x240:rate=25", "format": "lavfi"}
CONFIG = {"sources": {"cam": {**CAMERA, "outputs": {
    "cam": {},
    "cam/small": {"width": 160, "height": 120, "pixel_format": "rgb24"},
    "cam/deep": {"pixel_format": "gray16le"}}}}}


class Framebroker:
    """Calls the command on one broker's socket."""

    def __init__(self, broker):
        self.args = [COMMAND, "--socket", broker.socket]

    def __call__(self, *args, text=True, **options):
        return subprocess.run([*self.args, *args], capture_output=True, text=text, timeout=30, **options)

    def ok(self, *args, **options):
        result = self(*args, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def json(self, *args):
        return json.loads(self.ok(*args, "--json"))


@pytest.fixture
def framebroker(tmp_path, start):
    call = Framebroker(start(Broker(tmp_path, CONFIG)))
    call.ok("wait", "cam")
    call.ok("wait", "cam/small")
    return call


def test_ls_and_show(framebroker):
    assert {stream["name"] for stream in framebroker.json("ls")} == {"cam", "cam/small", "cam/deep"}
    assert re.search(r"^cam/small +live +160x120 rgb24", framebroker.ok("ls"), re.M)
    text = framebroker.ok("show", "cam")
    assert "source cam\n" in text and "stream cam\n" in text and "framebroker-source" in text
    assert framebroker.json("show", "cam/small")["stream"]["width"] == 160


def test_status(framebroker):
    status = framebroker.json("status")
    assert status["version"] == "0.1.0" and status["sources"][0]["state"] == "live"
    assert framebroker.ok("status").startswith("framebroker 0.1.0, pid ")


def test_show_names_who_reads(framebroker, tmp_path, start):
    reader = start(Process([*framebroker.args, "cat", "cam/small", "--raw", "--timeout", "20"], tmp_path))
    reader.wait_until(lambda: reader.log.stat().st_size, "no frames")
    # setpriv is replaced by the command: the pid stays
    entry = next(entry for entry in framebroker.json("show", "cam/small")["stream"]["readers"])
    assert entry["pid"] == reader.pid and "framebroker" in entry["command"] and entry["mode"] == "ordered"
    assert str(reader.pid) in framebroker.ok("show", "cam/small")


def test_wait_says_what_came(framebroker):
    assert framebroker.ok("wait", "cam/small") == "cam/small: 160x120 rgb24\n"
    result = framebroker("wait", "camm", "--timeout", "300ms")
    assert result.returncode == 4 and "there are: cam" in result.stderr


def test_what_wait_and_doctor_say_of_a_lost_source(broker):
    running = broker({"sources": {"gone": {"url": "/nonexistent/clip.mp4", "reconnect_delay": "20s"}}})
    call = Framebroker(running)
    running.wait_line("no such file")
    result = call("wait", "gone", "--timeout", "300ms")
    assert result.returncode == 4 and "it is lost: " in result.stderr and "/nonexistent/clip.mp4" in result.stderr
    finding = next(one for one in json.loads(call("doctor", "--json").stdout) if one["check"] == "source gone")
    assert finding["result"] == "fail" and "/nonexistent/clip.mp4" in finding["text"] and finding["mend"]


def test_unknown_stream(framebroker):
    for args in (["cat", "camm"], ["snapshot", "camm", "-"], ["show", "camm"]):
        result = framebroker(*args)
        what = "camm" if args[0] == "show" else "stream camm"
        assert result.returncode == 3 and result.stdout == ""
        assert result.stderr.startswith(f"framebroker: {what}: no such name; there are: ")
        assert "cam/small" in result.stderr


def size_by_ffprobe(data, tmp_path, name="probed"):
    (tmp_path / name).write_bytes(data)
    return run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0",
                tmp_path / name]).strip()


def test_snapshot(framebroker, tmp_path):
    framebroker.ok("snapshot", "cam", tmp_path / "a.jpg")
    assert size_by_ffprobe((tmp_path / "a.jpg").read_bytes(), tmp_path) == "mjpeg,320,240"
    assert size_by_ffprobe(framebroker.ok("snapshot", "cam/small", "-", text=False), tmp_path) == "mjpeg,160,120"
    framebroker.ok("snapshot", "cam/small", tmp_path / "a.ppm")
    framebroker.ok("snapshot", "cam/small", tmp_path / "a.PNG")
    assert size_by_ffprobe((tmp_path / "a.PNG").read_bytes(), tmp_path) == "png,160,120"
    data = (tmp_path / "a.ppm").read_bytes()
    assert data.startswith(b"P6\n160 120\n255\n") and len(data) == 15 + 160 * 120 * 3


def test_snapshot_into_a_file_of_no_known_kind(framebroker, tmp_path):
    for name in ("a.bmp", "jpg", "a"):
        result = framebroker("snapshot", "cam", tmp_path / name)
        assert result.returncode == 2 and ".png" in result.stderr
        assert not (tmp_path / name).exists()


def test_snapshot_of_a_format_it_does_not_know(framebroker, tmp_path):
    result = framebroker("snapshot", "cam/deep", tmp_path / "a.jpg")
    assert result.returncode == 1 and "pixel_format: rgb24" in result.stderr
    assert not (tmp_path / "a.jpg").exists()


def test_snapshot_to_where_nothing_can_be_written(framebroker):
    result = framebroker("snapshot", "cam", "/nonexistent/a.jpg")
    assert result.returncode == 1 and "cannot write /nonexistent/a.jpg" in result.stderr


@pytest.mark.parametrize("pixel_format", ["rgb24", "bgr24", "rgba", "bgra", "gray", "yuv420p", "yuvj420p", "nv12", "yuv422p",
                                          "yuv444p"])
def test_snapshot_has_the_right_colours(tmp_path, start, pixel_format):
    """The eight colour bars come out as they are, whatever they travelled in."""
    bars = "color=c=0x4080c0:size=64x48:rate=25"
    call = Framebroker(start(Broker(tmp_path, {"sources": {"bars": {
        "url": bars, "format": "lavfi", "outputs": {"bars": {"pixel_format": pixel_format}}}}})))
    call.ok("wait", "bars")
    call.ok("snapshot", "bars", tmp_path / "bars.ppm")
    pixel = (tmp_path / "bars.ppm").read_bytes()[-3:]
    expected = (0x4080C0).to_bytes(3, "big")
    if pixel_format == "gray":
        assert pixel[0] == pixel[1] == pixel[2]
    else:
        assert all(abs(got - wanted) <= 4 for got, wanted in zip(pixel, expected)), pixel


def test_cat_writes_what_ffmpeg_reads(framebroker, tmp_path):
    data = framebroker.ok("cat", "cam", "--frames", "5", text=False)
    assert data.startswith(b"YUV4MPEG2 W320 H240 F25:1 Ip A1:1 C")
    (tmp_path / "cat.y4m").write_bytes(data)
    frames = run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0",
                  tmp_path / "cat.y4m"])
    assert frames.strip() == "5"


def test_cat_raw(framebroker):
    assert len(framebroker.ok("cat", "cam/small", "--frames", "3", text=False)) == 3 * 160 * 120 * 3
    assert len(framebroker.ok("cat", "cam", "--raw", "--frames", "3", text=False)) == 3 * 320 * 240 * 3 // 2
    told = framebroker("cat", "cam/small", "--frames", "1", text=False).stderr.decode()
    assert "ffplay -f rawvideo -pixel_format rgb24 -video_size 160x120 -" in told
    assert not framebroker("cat", "cam/small", "--raw", "--frames", "1", text=False).stderr


def test_cat_of_a_whole_file_is_bit_exact(tmp_path, start, clips):
    """lossless: every frame of the file, with the bytes that ffmpeg decodes; exit 0 at its end."""
    clip = clips("h264.mp4")
    call = Framebroker(start(Broker(tmp_path, {"sources": {"clip": {"url": str(clip), "on_demand": True, "readrate": 0}}})))
    (tmp_path / "copy.y4m").write_bytes(call.ok("cat", "clip", "--mode", "lossless", text=False))
    assert [frame.md5 for frame in framemd5(tmp_path / "copy.y4m")] == [frame.md5 for frame in framemd5(clip)]


def test_cat_of_sound_is_pcm(tmp_path, start, clips):
    clip = clips("h264.mp4")
    call = Framebroker(start(Broker(tmp_path, {"sources": {"clip": {
        "url": str(clip), "on_demand": True, "readrate": 0, "outputs": {"clip/audio": {"media": "audio"}}}}})))
    data = call.ok("cat", "clip/audio", "--mode", "lossless", text=False)
    expected = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", clip, "-map", "0:a", "-f", "s16le", "-"],
                              capture_output=True, check=True).stdout
    assert data == expected


def test_cat_ends_when_nobody_reads(framebroker):
    with subprocess.Popen([*framebroker.args, "cat", "cam"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as cat:
        assert cat.stdout.read(100000)
        cat.stdout.close()
        assert cat.wait(10) == 0
        assert cat.stderr.read() == b""


def test_cat_ends_at_ctrl_c_at_once(framebroker):
    with subprocess.Popen([*framebroker.args, "cat", "cam"], stdout=subprocess.PIPE, preexec_fn=heed_interrupts) as cat:
        assert cat.stdout.read(100000)
        cat.send_signal(signal.SIGINT)
        assert cat.wait(5) == -signal.SIGINT


def test_cat_of_a_silent_stream_times_out(tmp_path, start):
    call = Framebroker(start(Broker(tmp_path, {"sources": {"cam": {"url": str(tmp_path / "missing.mp4")}}})))
    result = call("cat", "cam", "--timeout", "500ms")
    assert result.returncode == 4 and "stream cam: no frame for 0.5 s" in result.stderr
    assert "`framebroker show cam`" in result.stderr


def test_add_restart_rm(framebroker):
    framebroker.ok("add", "source", "more", "url=testsrc2=size=64x48:rate=10", "format=lavfi", "outputs.more={}",
                   "outputs.more/gray.pixel_format=gray")
    assert framebroker.ok("wait", "more/gray") == "more/gray: 64x48 gray\n"
    framebroker.ok("add", "output", "more/again", "-", input="source: more\npixel_format: bgr24\n")
    result = framebroker("add", "source", "more", "url=x")
    assert result.returncode == 1 and "more" in result.stderr
    framebroker.ok("restart", "source", "more")
    framebroker.ok("wait", "more/gray")
    framebroker.ok("rm", "source", "more")
    assert framebroker("show", "more").returncode == 3
    result = framebroker("rm", "source", "more")
    assert result.returncode == 3 and "there are: cam" in result.stderr


def test_add_of_bad_keys_says_what_is_allowed(framebroker):
    result = framebroker("add", "source", "bad", "url=x", "readrat=1")
    assert result.returncode == 1 and "readrat" in result.stderr
    result = framebroker("add", "source", "bad", "url=x", "on_demand=perhaps")
    assert result.returncode == 1 and "on_demand" in result.stderr and "true" in result.stderr


def test_events(framebroker, tmp_path, start):
    events = start(Process([*framebroker.args, "events", "--json"], tmp_path, name="events"))
    events.wait_until(lambda: any(client["pid"] == events.pid for client in framebroker.json("status")["clients"]),
                      "not connected")
    framebroker.ok("add", "source", "more", "url=testsrc2=size=64x48:rate=10", "format=lavfi")
    line = events.wait_line('"added"')
    assert json.loads(line)["name"] == "more"
    result = framebroker("events", "--timeout", "0")
    assert result.returncode == 4


def test_kick(framebroker, tmp_path, start):
    cat = start(Process([*framebroker.args, "cat", "cam", "--raw"], tmp_path, name="cat"))
    cat.wait_until(lambda: cat.log.stat().st_size, "no frames")
    client = next(client["id"] for client in framebroker.json("status")["clients"] if client["pid"] == cat.pid)
    framebroker.ok("kick", str(client))
    cat.wait_until(lambda: client not in [other["id"] for other in framebroker.json("status")["clients"]], "still there")
    assert framebroker("kick", "4000000000").returncode == 3


def test_reload(tmp_path, start):
    broker = start(Broker(tmp_path, CONFIG))
    call = Framebroker(broker)
    call.ok("wait", "cam")
    broker.write_config({"sources": {**CONFIG["sources"], "second": CAMERA}})
    call.ok("reload")
    call.ok("wait", "second")
    broker.wait_line("reloaded: source second added")
    call.ok("reload")
    broker.wait_line("reloaded: nothing is different")
    broker.write_config({"sources": {"cam": {**CAMERA, "readrate": 2}},
                         "streams": {"made": {"pixel_format": "gray", "width": 16, "height": 8}}})
    call.ok("reload")
    broker.wait_line("reloaded: source second removed, source cam restarted, stream made added")
    broker.write_config("sources: [")
    result = call("reload")
    assert result.returncode == 1 and str(broker.config) in result.stderr


def test_doctor(framebroker):
    findings = framebroker.json("doctor")
    results = {finding["check"]: finding["result"] for finding in findings}
    assert results["broker"] == results["version"] == results["source cam"] == "ok"
    assert "ok    source cam: live" in framebroker.ok("doctor")
