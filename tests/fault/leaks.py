"""What a process has, and what processes there are, as /proc tells it."""

import os
import pathlib


def read(pid, what):
    return pathlib.Path(f"/proc/{pid}/{what}").read_text()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def shared_maps(pid):
    return sum("/memfd:" in line or "/dev/shm/" in line for line in read(pid, "maps").splitlines())


def shared_kib(pid):
    """What its descriptors keep of shared memory."""
    folder = pathlib.Path(f"/proc/{pid}/fd")
    shared = {(stat.st_dev, stat.st_ino): stat.st_blocks for fd in os.listdir(folder)
              if os.readlink(folder / fd).startswith(("/memfd:", "/dev/shm/")) for stat in [os.stat(folder / fd)]}
    return sum(shared.values()) // 2


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def resident_kib(pid, kind="VmRSS"):
    """All of it, or (RssAnon) what it has allocated."""
    return next(int(line.split()[1]) for line in read(pid, "status").splitlines() if line.startswith(kind))


def parent_and_state(pid):
    """(0, "") of one that is gone."""
    try:
        state, parent = read(pid, "stat").rpartition(")")[2].split()[:2]
        return int(parent), state
    except (FileNotFoundError, ProcessLookupError):
        return 0, ""


def children(pid):
    """pid: state."""
    found = {int(name): parent_and_state(name) for name in os.listdir("/proc") if name.isdigit()}
    return {child: state for child, (parent, state) in found.items() if parent == pid}


def session(leader):
    """The processes of a session that live, also where its leader does not any more."""
    def belongs(pid):
        try:
            state, _, _, session = read(pid, "stat").rpartition(")")[2].split()[:4]
            return int(session) == leader and state not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and belongs(name)}


def shm_names():
    return {name for name in os.listdir("/dev/shm") if "framebroker" in name}
