"""Who may do what: broker.access, asked by processes of other users."""

import errno
import functools
import json

import pytest

from support import wire
from support.broker import Broker
from support.users import OTHER, OWN, STRANGER, SharedFolder, as_user, connected_as, only_root

import framebroker as fb

pytestmark = only_root

NOBODY, GROUP = 65534, 6001
CAMERA = {"url": "testsrc2=size=64x48:rate=50", "format": "lavfi"}
GRAY = {"pixel_format": "gray", "width": 64, "height": 48}
RULES = [
    {"user": str(OWN)},
    {"user": str(NOBODY)},
    {"user": str(OTHER), "streams": ["gate"], "allow": ["read"]},
    {"user": str(OTHER), "streams": ["theirs/first"], "allow": ["write"]},
    {"group": str(GROUP), "streams": ["theirs/*", "gate/small"], "allow": ["read", "write"]},
    {"user": str(OTHER), "streams": ["theirs/*"], "allow": ["read", "write", "admin"]},
]


@pytest.fixture
def running(request, start):
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    return start(Broker(folder.path, {
        "broker": {"socket_mode": "0666", "access": RULES},
        "sources": {"gate": {**CAMERA, "outputs": {"gate": {}, "gate/small": {"width": 32}}}, "door": CAMERA},
        "streams": {"marked": GRAY, "theirs/declared": GRAY}}, uid=OWN))


def refusal(uid, socket, type_, groups=(), **fields):
    """The errno and text with which the broker refuses; None."""
    with connected_as(uid, socket, groups) as client:
        try:
            client.call(type_, **fields)
        except wire.Refused as refused:
            return refused.args
    return None


def names(socket):
    """What the status shows to this user."""
    with fb.connect(socket) as client:
        status = client.status()
    return {key: {one["name"] for one in status[key]} for key in ("sources", "sinks", "streams")}, {
        one["uid"] for one in status["clients"]}


def connect_error(socket):
    try:
        fb.connect(socket, timeout=10).close()
    except PermissionError as error:
        return str(error)
    return None


def read_some(socket, name):
    with fb.connect(socket) as client:
        return client.reader(name, timeout=20).read().seq


def write_some(socket, name, **keys):
    with fb.connect(socket) as client, client.writer(name, timeout=20, **keys) as writer:
        with writer.slot() as slot:
            slot.array[:] = 1
        return writer.info.width


@pytest.mark.parametrize("uid", [STRANGER, NOBODY])
def test_nobody_else_connects(running, uid):
    """The number of users without a number matches no rule, not even one with that number."""
    assert f"user {uid} may not connect" in as_user(uid, connect_error, running.socket)


# what a user that may only read `gate` is refused
REFUSED = [
    ("reader_open", {"name": "door", "max_held": 1}),
    ("reader_open", {"name": "gate/small", "max_held": 1}),
    ("reader_open", {"name": "door", "max_held": 1, "group_name": "workers"}),
    ("wait", {"name": "door"}),
    ("wait", {"name": "not-there"}),
    ("writer_open", {"name": "marked"}),
    ("writer_open", {"name": "gate"}),
    ("writer_open", {"name": "new", "text": json.dumps(GRAY)}),
    ("add", {"kind": "source", "name": "new", "text": json.dumps(CAMERA)}),
    ("add", {"kind": "stream", "name": "new", "text": json.dumps(GRAY)}),
    ("remove", {"kind": "source", "name": "gate"}),
    ("remove", {"kind": "stream", "name": "marked"}),
    ("restart", {"kind": "source", "name": "gate"}),
    ("reload", {}),
    ("kick", {"count": 1}),
    # and with `admin` of theirs/*
    ("add", {"kind": "source", "name": "theirs/cam", "text": json.dumps({**CAMERA, "outputs": {"stolen": {}}})}),
    ("add", {"kind": "output", "name": "theirs/out", "text": json.dumps({"source": "door"})}),
    ("add", {"kind": "sink", "name": "theirs/sink", "text": json.dumps(
        {"url": "/dev/null", "format": "mpegts", "video": {"stream": "door"}})}),
    ("add", {"kind": "sink", "name": "theirs/sink", "text": json.dumps(
        {"url": "/dev/null", "format": "mpegts", "video": {"stream": "gate", "fallback": "door"}})}),
    ("add", {"kind": "sink", "name": "theirs/sink", "text": json.dumps(
        {"url": "/dev/null", "format": "mpegts", "audio": {"stream": "door"}})}),
    ("writer_open", {"name": "theirs/copy", "text": json.dumps({"like": "door"})}),
    ("reader_open", {"name": "theirs/first", "max_held": 1}),  # the first rule that matches decides
    ("restart", {"kind": "stream", "name": "theirs/first"}),
]


def test_what_no_rule_allows_is_refused(running):
    for type_, fields in REFUSED:
        answer = refusal(OTHER, running.socket, type_, **fields)
        assert answer, f"{type_} {fields} was not refused"
        assert answer[0] == errno.EACCES and "not allowed to this user" in answer[1], (type_, fields, answer)
    shown, _ = as_user(OWN, names, running.socket)  # and nothing has happened
    assert shown == {"sources": {"gate", "door"}, "sinks": set(),
                     "streams": {"gate", "gate/small", "door", "marked", "theirs/declared"}}


def test_what_a_rule_allows(running):
    assert as_user(OTHER, read_some, running.socket, "gate") > 0
    assert as_user(OTHER, write_some, running.socket, "theirs/declared") == 64
    assert as_user(OTHER, functools.partial(write_some, pixel_format="gray", width=32, height=32), running.socket,
                   "theirs/new") == 32
    for kind, name, keys in (("source", "theirs/cam", CAMERA), ("stream", "theirs/more", GRAY), ("sink", "theirs/sink", {
            "url": f"{running.config.parent}/out.ts", "video": {"stream": "gate", "codec": "mpeg2video"}})):
        assert not refusal(OTHER, running.socket, "add", kind=kind, name=name, text=json.dumps(keys))
        assert not refusal(OTHER, running.socket, "remove", kind=kind, name=name)


def test_supplementary_groups_count(running):
    assert as_user(STRANGER, read_some, running.socket, "gate/small", groups=[GROUP]) > 0
    assert as_user(STRANGER, write_some, running.socket, "theirs/declared", groups=[GROUP]) == 64
    refused = refusal(STRANGER, running.socket, "restart", groups=[GROUP], kind="stream", name="theirs/declared")
    assert refused[0] == errno.EACCES


def test_only_its_worker_writes_a_sources_stream(running):
    """Not even who may write everything."""
    refused = refusal(OWN, running.socket, "writer_open", name="gate")
    assert refused[0] == errno.EACCES and "written by source gate" in refused[1]


def test_status_and_events_show_what_one_may_have_to_do_with(running):
    shown, uids = as_user(OWN, names, running.socket)
    assert shown["streams"] == {"gate", "gate/small", "door", "marked", "theirs/declared"}
    assert shown["sources"] == {"gate", "door"}
    shown, uids = as_user(OTHER, names, running.socket)
    assert shown == {"sources": {"gate"}, "sinks": set(), "streams": {"gate", "theirs/declared"}}
    assert uids == {OTHER}


def test_events_of_others_are_not_told(running):
    def told(client):
        return json.loads(client.receive()[1]["text"])
    with connected_as(OTHER, running.socket) as other, connected_as(OWN, running.socket) as own:
        other.call("events")
        own.call("add", kind="stream", name="new", text=json.dumps(GRAY))
        own.call("remove", kind="stream", name="new")
        own.call("add", kind="stream", name="theirs/new", text=json.dumps(GRAY))
        event = told(other)
        while event["kind"] == "source":  # how the sources begin
            assert event["name"] == "gate"
            event = told(other)
        assert (event["event"], event["kind"], event["name"]) == ("added", "stream", "theirs/new")
        connected_as(OWN, running.socket).close()
        connected_as(OTHER, running.socket).close()
        assert [(told(other)["event"], told(other)["event"])] == [("client", "client-gone")]
