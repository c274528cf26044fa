"""The control protocol by hand, for clients that do what the library does not (docs/protocol.md)."""

import os
import pathlib
import re
import socket
import struct

TYPES = ["", "error", "done", "hello", "reader_open", "reader_attach", "reader_close", "writer_open", "writer_ready",
         "writer_close", "wait", "cancel", "status", "events", "add", "remove", "restart", "reload", "kick", "job",
         "report", "welcome", "place", "generation", "pending", "layout", "text", "stream", "event", "stop", "resumed"]
TAGS = {"error": 1, "protocol": 2, "abi": 3, "place": 4, "generation": 5, "mode": 6, "max_held": 7, "state": 8,
        "count": 9, "flags": 10, "position": 11, "name": 12, "kind": 13, "text": 14, "layout": 15, "group": 16,
        "lead": 17, "group_name": 18}
NAMES = {tag: name for name, tag in TAGS.items()}
ROOT = pathlib.Path(__file__).parents[2]
PROTOCOL = int(re.search(r"WIRE_PROTOCOL (\d+)", (ROOT / "client-lib/wire/message.h").read_text())[1])
ABI = int(re.search(r"RING_ABI (\d+)", (ROOT / "client-lib/ring/abi.h").read_text())[1])
MODES = {"latest": 0, "ordered": 1, "lossless": 2}
CONTROL, DATA, ROSTER, ROOM, PAGES = range(5)  # descriptors of a generation


class Refused(Exception):
    """The broker's ERROR: its errno and text."""


def _field(name, value):
    if isinstance(value, int):
        value = struct.pack("<Q" if name == "position" else "<I", value)
    elif isinstance(value, str):
        value = value.encode()
    return struct.pack("<HH", TAGS[name], len(value)) + value


def _fields(body):
    values = {}
    while body:
        tag, length = struct.unpack_from("<HH", body)
        value, body = body[4:4 + length], body[4 + length:]
        name = NAMES.get(tag)
        if name in ("name", "kind", "text", "group_name"):
            value = value.decode()
        elif name == "error":
            value = struct.unpack("<i", value)[0]
        elif name and name != "layout":
            value = int.from_bytes(value, "little")
        values[name] = value
    return values


class Wire:
    """A connection that has said HELLO."""

    def __init__(self, path, hello=True, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.serial = 0
        if hello:
            self.hello()

    def hello(self):
        self.call("hello", protocol=PROTOCOL, abi=ABI, name="by-hand")

    def send(self, type_, **fields):
        self.serial += 1
        body = b"".join(_field(name, value) for name, value in fields.items())
        self.socket.send(struct.pack("<4sIII", b"fbrk", TYPES.index(type_), self.serial, 16 + len(body)) + body)

    def receive(self):
        """The next message: its type, its fields, its descriptors. (None, {}, []) at the end."""
        message, fds, _, _ = socket.recv_fds(self.socket, 1 << 16, 128)
        if not message:
            return None, {}, []
        number, serial = struct.unpack_from("<4xII", message)
        return TYPES[number], {"serial": serial, **_fields(message[16:])}, fds

    def call(self, type_, **fields):
        """The answer's fields and descriptors; Refused for an ERROR."""
        self.send(type_, **fields)
        while True:
            answer, values, fds = self.receive()
            if answer is None:
                raise EOFError(f"the broker hung up on {type_}")
            if values["serial"] != self.serial or (answer == "pending" and values.get("flags")):
                continue
            if answer == "error":
                raise Refused(-values["error"] if values["error"] < 0 else values["error"], values["text"])
            return {"type": answer, **values}, fds

    def read(self, stream, mode="latest", max_held=2):
        """Opens and attaches a reader: the generation's fields and descriptors."""
        place = self.call("reader_open", name=stream, mode=MODES[mode], max_held=max_held)[0]["place"]
        while True:
            values, fds = self.call("reader_attach", place=place)
            if values["type"] == "generation":
                return values, fds
            while self.receive()[0] != "stream":
                pass

    def write(self, stream, keys="", ready=True):
        """Opens a writer: the generation's fields and descriptors."""
        values, fds = self.call("writer_open", name=stream, **({"text": keys} if keys else {}))
        if ready:
            self.call("writer_ready", place=values["place"])
        return values, fds

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def close_all(fds):
    for fd in fds:
        os.close(fd)
