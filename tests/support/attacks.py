"""What a process may try on the memory of a ring. Each attack says whether it came through, and changes nothing for
others where it does: it writes what stands there, grows instead of shrinking, and punches behind the end."""

import ctypes
import fcntl
import glob
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

PAGE = 4096
READ, WRITE = mmap.PROT_READ, mmap.PROT_WRITE
KEEP_SIZE, PUNCH_HOLE = 1, 2
F_GET_SEALS, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE, F_SEAL_SEAL = 1034, 2, 4, 16, 1
PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def _map(fd, protection):
    """The address of the object's first page, or None."""
    address = libc.mmap(None, PAGE, protection, mmap.MAP_SHARED, fd, 0)
    return None if address == ctypes.c_void_p(-1).value else address


def can_map(fd):
    address = _map(fd, READ | WRITE)
    if not address:
        return False
    byte = ctypes.c_char.from_address(address + PAGE - 1)
    byte.value = byte.value
    libc.munmap(address, PAGE)
    return True


def can_protect(fd):
    """A mapping for reading becomes one for writing."""
    address = _map(fd, READ)
    done = libc.mprotect(address, PAGE, READ | WRITE) == 0
    libc.munmap(address, PAGE)
    return done


def can_write(fd):
    try:
        return os.pwrite(fd, os.pread(fd, 1, PAGE - 1), PAGE - 1) == 1
    except OSError:
        return False


def can_resize(fd):
    size = os.fstat(fd).st_size
    try:
        os.ftruncate(fd, size + PAGE)
    except OSError:
        return False
    os.ftruncate(fd, size)
    return True


def can_punch(fd):
    """Behind the end, where the kernel asks for the same rights and nothing is lost."""
    return libc.fallocate(fd, PUNCH_HOLE | KEEP_SIZE, os.fstat(fd).st_size, PAGE) == 0


def can_chmod(fd):
    try:
        os.fchmod(fd, 0o600)
    except OSError:
        return False
    os.fchmod(fd, 0o400)
    return True


def _reopen(path):
    """A new descriptor for writing, by whatever helps; None."""
    for prepare in (lambda: None, lambda: os.chmod(path, 0o600)):
        try:
            prepare()
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            pass
    return None


def _with_reopened(attack, path):
    fd = _reopen(path)
    if fd is None:
        return False
    try:
        return attack(fd)
    finally:
        os.close(fd)


def can_write_own_memory(fd):
    """Through /proc/self/mem, which does not ask what a mapping allows."""
    address = _map(fd, READ)
    try:
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(address)
            byte = memory.read(1)
            memory.seek(address)
            return memory.write(byte) == 1
    except OSError:
        return False
    finally:
        libc.munmap(address, PAGE)


def _names_of(pid, inode):
    """Paths below /proc/PID that lead to that object; none without the right to look."""
    found = []
    for path in glob.glob(f"/proc/{pid}/fd/*") + glob.glob(f"/proc/{pid}/map_files/*"):
        try:
            if os.stat(path).st_ino == inode:
                found.append(path)
        except OSError:
            pass
    return found


def can_open_of(pids, fd, attack):
    """Through the descriptors and mappings of the broker's processes."""
    inode = os.fstat(fd).st_ino
    return any(_with_reopened(attack, path) for pid in pids for path in _names_of(pid, inode))


def can_write_memory_of(pids, fd):
    inode = os.fstat(fd).st_ino
    for pid in pids:
        try:
            with open(f"/proc/{pid}/maps") as maps:
                lines = [line.split() for line in maps if f" {inode} " in line and "w" in line.split()[1]]
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                for line in lines:
                    address = int(line[0].split("-")[0], 16)
                    memory.seek(address)
                    byte = memory.read(1)
                    memory.seek(address)
                    if memory.write(byte) == 1:
                        return True
        except OSError:
            pass
    return False


def can_trace(pids):
    for pid in pids:
        if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0:
            os.waitpid(pid, 0)
            libc.ptrace(PTRACE_DETACH, pid, None, None)
            return True
    return False


def on_frames(fd, pids):
    """All attacks on an object of which this process got a descriptor; pids: the broker's processes."""
    own = f"/proc/self/fd/{fd}"
    return {
        "mmap": can_map(fd),
        "mprotect": can_protect(fd),
        "write": can_write(fd) or can_resize(fd) or can_punch(fd),
        "fchmod": can_chmod(fd),
        "reopen, write": _with_reopened(lambda new: can_map(new) or can_write(new), own),
        "reopen, shrink": _with_reopened(can_resize, own),
        "reopen, punch": _with_reopened(can_punch, own),
        "/proc/self/mem": can_write_own_memory(fd),
        "/proc/PID/fd, write": can_open_of(pids, fd, can_map),
        "/proc/PID/fd, shrink": can_open_of(pids, fd, can_resize),
        "/proc/PID/mem": can_write_memory_of(pids, fd),
        "ptrace": can_trace(pids),
    }


def on_own(fd):
    """All attacks on an object that this process may write to."""
    return {"map": can_map(fd), "shrink": can_resize(fd), "punch": can_punch(fd)}


def seals(fd):
    try:
        return fcntl.fcntl(fd, F_GET_SEALS)
    except OSError:
        return 0


def describe(fd):
    """What a descriptor allows by itself."""
    stat = os.fstat(fd)
    return {"seals": seals(fd), "mode": stat.st_mode & 0o777, "uid": stat.st_uid,
            "writable": fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY}


def capabilities():
    with open("/proc/self/status") as status:
        return int(next(line.split()[1] for line in status if line.startswith("CapEff")), 16)
