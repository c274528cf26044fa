"""What comes from a network may name other media, but never the files of this machine; no option changes that."""

import pytest

from support.content import HttpContent, TcpContent
from support.opened import Opened
from support.ports import free_port
from support.process import Process
from support.receivers import FFMPEG
from support.waiting import wait_for

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n{before}#EXTINF:3,\n{url}\n#EXT-X-ENDLIST\n"
CONTENTS = {
    "hls file": HLS.format(before="", url="file://{path}"),
    "hls path": HLS.format(before="", url="file:{path}"),
    "hls concat": HLS.format(before="", url="concat:{path}|{path}"),
    "hls subfile": HLS.format(before="", url="subfile,,start,0,end,0,,:{path}"),
    "hls crypto": HLS.format(before="", url="crypto:file://{path}"),
    "hls cache": HLS.format(before="", url="cache:file:{path}"),
    "hls key": HLS.format(before='#EXT-X-KEY:METHOD=AES-128,URI="file://{path}",IV=0x1\n', url="segment.ts"),
    "hls map": HLS.format(before='#EXT-X-MAP:URI="file://{path}"\n', url="segment.ts"),
    "hls variant": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile://{path}\n",
    "hls audio": '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="file://{path}"\n'
                 '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nsegment.m3u8\n',
    "concat": "ffconcat version 1.0\nfile file://{path}\n",
    "concat path": "ffconcat version 1.0\nfile {path}\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
            'bandwidth="1"><BaseURL>file://{path}</BaseURL></Representation></AdaptationSet></Period></MPD>\n',
}
NETWORK_OPTIONS = {"allowed_extensions": "ALL"}


@pytest.fixture
def secret(clips, tmp_path):
    """A film of this machine that nobody may see."""
    path = tmp_path / "secret.ts"
    path.write_bytes(clips("h264.ts").read_bytes())
    return path


def refused(source, url, wait_error, **keys):
    client, reader = source(url, read_timeout="3s", **keys)
    text = wait_error(client)["text"]
    assert reader.try_read() is None
    return text


@pytest.mark.parametrize("content", CONTENTS)
def test_http_names_no_local_file(start, source, wait_error, secret, content):
    options = NETWORK_OPTIONS if content.startswith("hls") else {}
    body = CONTENTS[content].format(path=secret).encode()
    server = start(HttpContent({"/list.m3u8": body, "/list": body, "/segment.ts": b"x" * 188 * 4}))
    with Opened(secret) as opened:
        refused(source, server.url("/list.m3u8" if options else "/list"), wait_error, format_options=options)
        assert server.requests
        assert not opened.has_been()


@pytest.mark.parametrize("content", ["hls file", "hls path", "hls concat", "hls key", "concat path"])
def test_tcp_names_no_local_file(start, source, wait_error, secret, content):
    """FFmpeg itself has no list for such protocols."""
    server = start(TcpContent(CONTENTS[content].format(path=secret).encode()))
    options = NETWORK_OPTIONS if content.startswith("hls") else {"safe": "0"}
    with Opened(secret) as opened:
        refused(source, server.url, wait_error, format="hls" if content.startswith("hls") else "concat",
                format_options=options)
        assert not opened.has_been()


@pytest.mark.parametrize("content", ["hls file", "hls path", "concat path"])
def test_the_same_in_a_local_list_is_read(source, secret, tmp_path, content):
    """So the tests above would see it."""
    path = tmp_path / ("list.m3u8" if content.startswith("hls") else "list.ffconcat")
    path.write_text(CONTENTS[content].format(path=secret))
    with Opened(secret) as opened:
        options = {"safe": "0"} if content.startswith("concat") else {}
        _, reader = source(path, "lossless", readrate=0, on_demand=True, format_options=options)
        assert reader.read().seq == 1
        assert opened.has_been()


@pytest.mark.parametrize("target", ["file://{path}", "file:{path}", "crypto:file:{path}"])
def test_a_redirect_names_no_local_file(start, source, wait_error, secret, target):
    server = start(HttpContent({"/film.ts": target.format(path=secret)}))
    with Opened(secret) as opened:
        refused(source, server.url("/film.ts"), wait_error)
        assert server.requests and not opened.has_been()


@pytest.mark.parametrize("url, options, allowed", [
    ("http://127.0.0.1:1/x", {"protocol_whitelist": "file,http,tcp"}, "http,https"),
    ("tcp://127.0.0.1:1", {"protocol_whitelist": "file,tcp"}, "tcp"),
    ("rtsp://127.0.0.1:1/x", {"protocol_whitelist": "ALL"}, "rtp"),
    ("{tmp}/list.m3u8", {"protocol_whitelist": "file,http,tcp"}, "file,crypto,data"),
    ("http://127.0.0.1:1/x", {"seg_format_options": "protocol_whitelist=file"}, "http,https"),
])
def test_options_never_widen_what_a_url_may_open(source, wait_error, tmp_path, url, options, allowed):
    text = refused(source, url.format(tmp=tmp_path), wait_error, format_options=options)
    assert "protocol_whitelist" in text and allowed in text


def test_options_may_narrow_it(start, source, wait_error, clips):
    server = start(HttpContent({"/clip.ts": clips("h264.ts").read_bytes()}))
    _, reader = source(server.url("/clip.ts"), "lossless", readrate=0, on_demand=True,
                       format_options={"protocol_whitelist": "http,tcp"})
    assert reader.read().seq == 1
    requests = len(server.requests)
    client, _ = source(server.url("/clip.ts"), format_options={"protocol_whitelist": "https"})
    wait_error(client)
    assert len(server.requests) == requests


def test_an_sdp_file_needs_no_option(tmp_path, start, source):
    """It is local, and names where packets come to."""
    sdp = tmp_path / "camera.sdp"
    start(Process([*FFMPEG, "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-c:v", "mpeg2video", "-g", "5",
                   "-f", "rtp", "-sdp_file", sdp, f"rtp://127.0.0.1:{free_port()}"], tmp_path)
          ).wait_until(lambda: sdp.exists() and sdp.stat().st_size, "no sdp")
    _, reader = source(sdp)
    assert reader.read().info.width == 320


def test_a_sink_takes_no_whitelist(tmp_path, broker, start):
    client = start(broker({"sources": {"in": {"url": "testsrc2=size=64x48:rate=25", "format": "lavfi"}}, "sinks": {
        "out": {"url": str(tmp_path / "x.mp4"), "format_options": {"protocol_whitelist": "file"},
                "video": {"stream": "in"}}}}).connect())
    error = wait_for(lambda: client.status()["sinks"][0]["error"], client.status)
    assert "protocol_whitelist" in error["text"]
