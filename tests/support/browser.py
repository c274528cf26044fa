"""Chromium, which plays an HLS stream with hls.js and tells how that went."""

import functools
import http.server
import json
import pathlib
import tarfile
import threading

from support.process import Process, run

HLS_JS = "hls.js@1.7.4"
PAGE = """<!DOCTYPE html><video muted autoplay></video><script src="/hls.js"></script><script>
const video = document.querySelector('video'), hls = new Hls()
const seen = {errors: [], stalls: 0, jumps: 0, breaks: [], began: null}
const tell = () => fetch('/told', {method: 'POST', body: JSON.stringify({...seen, time: video.currentTime,
    passed: seen.began === null ? 0 : (performance.now() - seen.began) / 1000,
    frames: video.getVideoPlaybackQuality().totalVideoFrames})})
let playing = false
video.onplaying = () => { if (!playing) { playing = true; seen.began = performance.now(); seen.from = video.currentTime } }
video.onwaiting = () => { seen.stalls += playing }
video.onseeking = () => { seen.jumps += playing }
hls.on(Hls.Events.ERROR, (_, error) => seen.errors.push(error.details))
hls.on(Hls.Events.FRAG_CHANGED, (_, {frag}) => { if (!seen.breaks.includes(frag.cc)) seen.breaks.push(frag.cc) })
hls.loadSource('LIST')
hls.attachMedia(video)
setInterval(tell, 1000)
</script>"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args, player, **keys):
        self.player = player
        super().__init__(*args, **keys)

    def answer(self, text, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        if self.path == "/":
            self.answer(PAGE.replace("LIST", self.player.playlist.name), "text/html")
        elif self.path == "/hls.js":
            self.answer(self.player.script, "text/javascript")
        else:
            super().do_GET()

    def do_POST(self):
        self.player.told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer("", "text/plain")

    def log_message(self, *_):
        pass


def hls_js(folder):
    """The script, as text; kept in that folder."""
    script = pathlib.Path(folder) / f"{HLS_JS}.js"
    if not script.exists():
        run(["npm", "pack", "--silent", HLS_JS], timeout=60, cwd=folder)
        archive = pathlib.Path(folder) / f"{HLS_JS.replace('@', '-')}.tgz"
        with tarfile.open(archive) as files:
            script.write_bytes(files.extractfile("package/dist/hls.min.js").read())
        archive.unlink()
    return script.read_text()


class Player:
    """Plays a playlist, which it serves together with its folder. `told`: what the page said last, once a second."""

    def __init__(self, tmp, playlist, script):
        self.tmp, self.playlist, self.script = tmp, playlist, script
        self.told = {}
        handler = functools.partial(Handler, player=self, directory=playlist.parent)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever).start()
        self.chromium = Process(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={self.tmp}/chromium",
             f"http://127.0.0.1:{self.server.server_port}/"], self.tmp)
        return self

    def __exit__(self, *_):
        self.chromium.stop()
        self.server.shutdown()
        self.server.server_close()
