"""Doing things as another user, in a child process. For root only: see `only_root`."""

import os
import pickle
import select
import shutil
import tempfile
import traceback

import pytest

from support.wire import Wire

OWN, OTHER, STRANGER = 5001, 5002, 5003  # users that need no name

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")


def become(uid, groups=()):
    os.setgroups(groups)
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def as_user(uid, function, *args, groups=(), seconds=60):
    """What `function(*args)` returns in a forked child of that user; what it raises is raised here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            become(uid, groups)
            answer = True, function(*args)
        except BaseException as error:
            answer = False, f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if not select.select([pipe], [], [], seconds)[0]:
            os.kill(child, 9)
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise RuntimeError(f"the child of user {uid} died or took longer than {seconds} s")
    good, value = pickle.loads(answer)
    if not good:
        raise RuntimeError(value)
    return value


def connected_as(uid, socket, groups=(), hello=True):
    """A connection by hand that is that user's, for its whole life: the kernel looks at the moment of connecting."""
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(uid)
    os.seteuid(uid)
    try:
        connection = Wire(socket, hello=False)
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)
    if hello:
        connection.hello()
    return connection


class SharedFolder:
    """A folder that all users can reach, for a broker's socket; its own user's."""

    def __init__(self, uid=0):
        self.path = tempfile.mkdtemp(prefix="framebroker-test-", dir="/tmp")
        os.chmod(self.path, 0o755)
        os.chown(self.path, uid, uid)

    def stop(self):
        shutil.rmtree(self.path, ignore_errors=True)
