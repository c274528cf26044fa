"""The tests on a build with sanitizers, as tools/test runs them: what cannot run there, and whose reports there are."""

import os
import pathlib
import re

import pytest

from support import process
from support.broker import BUILD

_LIBRARY = "programs that know no sanitizer cannot load a library that is built with one"
_SHADOW = "the sanitizer needs more memory for itself"
_FAULT = "the sanitizer reports the fault before Python dies of it, as it must here"
CANNOT = {  # of which sanitizer: file or test: why
    "address": {
        "test_cli_install.py": _LIBRARY,
        "test_full_resources.py::test_in_a_cgroup_of_64_mib": _SHADOW,
        "test_python_arrays.py::test_drawing_on_a_shared_frame_dies_with_a_sentence": _FAULT,
        "test_python_arrays.py::test_other_faults_die_without_it": _FAULT,
    },
    "thread": {
        "test_cli_install.py": _LIBRARY,
        "test_full_resources.py::test_in_a_cgroup_of_64_mib": _SHADOW,
        "test_python_arrays.py::test_drawing_on_a_shared_frame_dies_with_a_sentence": _FAULT,
        "test_python_arrays.py::test_other_faults_die_without_it": _FAULT,
        "test_sandbox.py": "the sanitizer has a thread of its own in each process, which the sandbox refuses",
    },
}
# by those who can open no file, nor read what they were told, as in a sandbox
IN_A_LOG = re.compile(r"runtime error: |Can't open file: |(Address|Leak|Thread)Sanitizer")
# of the thread sanitizer when FFmpeg cancels its thread of a UDP input within a call: the process ends, and starts again
NOT_OURS = "finished with ignores enabled"


def _chosen():
    """"address,undefined", "thread", or "" for none."""
    cache = BUILD / "CMakeCache.txt"
    settings = cache.read_text().splitlines() if cache.exists() else []
    return next((line.partition("=")[2] for line in settings if line.startswith("FRAMEBROKER_SANITIZE:")), "")


def compiler_flags():
    """For a program that uses the library of the build."""
    return [f"-fsanitize={_chosen()}"] if _chosen() else []


def skip_what_cannot_run(items):
    sanitizer = _chosen().partition(",")[0]
    cannot = CANNOT.get(sanitizer, {})
    for item in items:
        for name in item.path.name, f"{item.path.name}::{item.originalname}":
            if name in cannot:
                item.add_marker(pytest.mark.skip(f"{sanitizer} sanitizer: {cannot[name]}"))


class Reports:
    """What sanitizers report of the processes that this one starts, and of itself. The files stay where they are, in
    FRAMEBROKER_REPORTS, for a test that passes at its second time has had them all the same."""

    def __init__(self, run):
        shared = pathlib.Path(os.environ["FRAMEBROKER_REPORTS"])
        self.folder = shared / run
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o1777)  # the processes of other users, too
        for options in "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS":
            os.environ[options] = os.environ[options].replace(f"{shared}/", f"{self.folder}/")
        self._own = f"*.{os.getpid()}"
        self._shared = shared
        self._seen = set()

    def new(self):
        """The texts of those that came since the last call."""
        files = {*self.folder.iterdir(), *self._shared.glob(self._own)} - self._seen
        self._seen |= files
        logs = [child.tail() for child in process.started if IN_A_LOG.search(child.output())]
        texts = {file: file.read_text(errors="replace") for file in files}
        for file in [file for file, text in texts.items() if NOT_OURS in text and "data race" not in text]:
            file.unlink()
            del texts[file]
        return [*texts.values(), *logs]
