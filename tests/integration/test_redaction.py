"""No user, password or token is in anything that the broker says: logs, status, errors, events, command lines, core files."""

import base64
import contextlib
import json
import pathlib
import subprocess
import threading
from urllib.parse import quote

import framebroker as fb
import pytest

from support.broker import COMMAND, DAEMON
from support.echo import EchoServer
from support.ports import free_port, refusing_port
from support.rtsp import RtspServer
from support.waiting import wait_for

USER, PASSWORD, TOKEN, PHRASE, STREAM = "uSeR-7f3a", "pa@ss/W0#rd-9c1e", "tOkEn-5b2d%20x", "pHrAsE-77aa-long", "sTrEaM-91cc"
URL_USER, URL_PASSWORD = "urlUSER-3d4e", "urlPASS-6a7b"
LOGIN = f"{URL_USER}:{URL_PASSWORD}@"
HEADER = "hEaDeR-44dd"
SECRETS = [word for secret in (USER, PASSWORD, TOKEN, PHRASE, STREAM, URL_USER, URL_PASSWORD, HEADER)
           for word in {secret, quote(secret, safe=""), secret.replace("%20", " ")}]
SECRETS += [base64.b64encode(f"{user}:{password}".encode()).decode()
            for user, password in ((USER, PASSWORD), (URL_USER, URL_PASSWORD))]
KEYS = {"user": USER, "password": PASSWORD}
FAST = {"reconnect_delay": "500ms", "reconnect_delay_max": "1s", "open_timeout": "2s"}
CAMERA = {"url": "testsrc2=size=64x48:rate=25", "format": "lavfi"}


def places(echo, rtsp, refused, nginx):
    """Where sources and sinks may go, all in vain: {name: keys}."""
    query = f"?token={TOKEN}&password={TOKEN}"
    found = {f"http{status}{kind}": {"url": f"http://{login}127.0.0.1:{echo}/{status}/x.ts{query}", **keys}
             for status in (401, 404, 302, 503) for kind, login, keys in (("", "", KEYS), ("u", LOGIN, {}))}
    found |= {
        "rtsp": {"format": "rtsp", "url": f"rtsp://127.0.0.1:{rtsp}/test{query}", **KEYS},
        "rtspu": {"format": "rtsp", "url": f"rtsp://{LOGIN}127.0.0.1:{rtsp}/test"},
        "rtmp": {"format": "flv", "url": f"rtmp://{LOGIN}127.0.0.1:{nginx}/nothing/x{query}"},
        "rtmpk": {"format": "flv", "url": f"rtmp://127.0.0.1:{refused}/live/x{query}", **KEYS},
        "rtmpp": {"format": "flv", "url": f"rtmp://127.0.0.1:{nginx}/nothing", "format_options": {"rtmp_playpath": STREAM}},
        "srt": {"url": f"srt://127.0.0.1:{refused}?passphrase={PHRASE}&streamid={STREAM}"},
        "srto": {"url": f"srt://127.0.0.1:{refused}", "format_options": {"passphrase": PHRASE, "streamid": STREAM}},
        "srtshort": {"url": f"srt://127.0.0.1:{refused}", "format_options": {"passphrase": STREAM[:9]}},
        "header": {"url": f"http://127.0.0.1:{echo}/403/x.ts", "format_options": {
            "headers": f"Authorization: Bearer {HEADER}\r\n", "cookies": f"sid={TOKEN}; path=/", "http_proxy":
            f"http://{LOGIN}127.0.0.1:{echo}/"}},
        "wrong": {"url": f"http://{LOGIN}127.0.0.1:{echo}/404/x.ts", "format_options": {"passphrase_of_me": PHRASE}},
        "refused": {"url": f"tcp://{LOGIN}127.0.0.1:{refused}"},
        "long": {"url": f"http://127.0.0.1:{echo}/404/{'x' * 330}.ts{query}", **KEYS},
        "unknown": {"url": f"nosuch://{LOGIN}h/x.ts{query}"},
        "file": {"url": f"/proc/nonexistent/x.ts{query}"},
    }
    return found


def check(text, where):
    found = [secret for secret in (*SECRETS, STREAM[:9]) if secret in text]
    lines = [line for line in text.splitlines() if any(secret in line for secret in found)]
    assert not found, f"{where}: {found}\n" + "\n".join(lines[:5])


def command(broker, *args, stdin=None):
    """What a command says, whether it works or not."""
    done = subprocess.run([COMMAND, "--socket", broker.socket, *args], input=stdin, capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr


def collect(client, events):
    with contextlib.suppress(fb.Error):
        for event in client.events():
            events.append(str(event))


def refusals(client, running):
    """What is said of configurations that are wrong."""
    bad = {"url": f"rtsp://{LOGIN}h/x?token={TOKEN}", "user": USER, "password": PASSWORD}
    for keys in (bad, {**bad, "colour": "red"}, {"url": [PASSWORD]}, {"url": "x", "password": {"a": PASSWORD}},
                 {"url": f"rtsp://h/{TOKEN * 500}"}, {"url": "x", "format_options": [PHRASE]},
                 {"url": "x", "user": USER, "password": PASSWORD}):
        for kind in ("source", "sink"):
            keys = {**keys, "video": {"stream": "gate"}} if kind == "sink" else keys
            with pytest.raises(fb.Error) as error:
                client.add(kind, "bad", **keys)
            yield str(error.value)
            yield command(running, "add", kind, "bad", "-", stdin=json.dumps(keys))


def check_processes(running, client):
    """The keeper, the core and the workers."""
    status = client.status()
    core = pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    pids = {running.pid, *map(int, core), *(one["pid"] for one in status["sources"] + status["sinks"] if one["pid"])}
    assert len(pids) > 2
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):  # between two tries; or not root
            for name in ("cmdline", "environ", "comm"):
                check(pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace"), f"/proc/{pid}/{name}")
            assert pathlib.Path(f"/proc/{pid}/environ").stat().st_uid == 0  # as of all that are not dumpable
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
            assert next(line for line in limits if line.startswith("Max core file size")).split()[4] == "0"


def try_in_vain(client, running, kind, entries):
    """Adds them, waits until each says what is wrong, looks at all that is said, and removes them."""
    for name, keys in entries.items():
        client.add(kind, name, **FAST, **(keys if kind == "source" else {
            "format": "mpegts", "video": {"stream": "gate"}, **keys}))

    def rows():
        return [one for one in client.status()[kind + "s"] if one["name"] in entries]
    wait_for(lambda: all(one["error"] for one in rows()), rows, 50)
    check(json.dumps(client.status()), "status")
    for words in (["status"], ["status", "--json"], ["ls", "--json"], *(["show", name] for name in entries)):
        check(command(running, *words), words)
    check_processes(running, client)
    if kind == "source":
        with pytest.raises(TimeoutError) as error:
            client.reader(next(iter(entries)), timeout=0.01).read()
        check(str(error.value), "a reader's error")
    for name in entries:
        client.remove(kind, name)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind, log_format", [("source", "text"), ("sink", "json")])
def test_no_secret_is_said(tmp_path, broker, start, nginx, kind, log_format):
    echo = start(EchoServer())
    rtsp = start(RtspServer(tmp_path, free_port(), user="other", password="another"))
    entries = list(places(echo.port, rtsp.port, start(refusing_port()), nginx.rtmp_port).items())
    runtime = tmp_path / "runtime.json"
    running = broker({"broker": {"log_level": "debug", "log_format": log_format, "runtime_file": str(runtime)},
                      "sources": {"gate": CAMERA}})
    client = start(running.connect())
    events = []
    threading.Thread(target=collect, args=(client, events), daemon=True).start()
    for first in range(0, len(entries), 6):
        try_in_vain(client, running, kind, dict(entries[first:first + 6]))
    for text in refusals(client, running):
        check(text, "an error")
    check("\n".join(events), "events")
    output = running.output()
    assert len(output.splitlines()) > 50
    check(output, "the log")


def test_check_and_the_runtime_file(tmp_path, broker, start):
    """The file of what was added must hold it: it is a configuration, for the broker's user alone."""
    entries = places(1, 2, 3, 4)
    runtime = tmp_path / "runtime.json"
    running = broker({"broker": {"runtime_file": str(runtime)}, "sources": {"gate": CAMERA}})
    client = start(running.connect())
    client.add("source", "rtsp", **entries["rtsp"])
    assert PASSWORD in runtime.read_text() and runtime.stat().st_mode & 0o777 == 0o600
    config = tmp_path / "all.json"
    config.write_text(json.dumps({"sources": entries}))
    checked = subprocess.run([DAEMON, "--check", "--config", config], capture_output=True, text=True, timeout=30)
    assert checked.stdout + checked.stderr
    check(checked.stdout + checked.stderr, "--check")
