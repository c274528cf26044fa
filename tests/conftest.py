"""Fixtures for the servers and clips of tests/support. Every process ends with its test, at the latest with the run."""

import contextlib
import os
import pathlib

import pytest

from support import process, sanitized
from support.clips import Clips
from support.display import Display
from support.ftp import FtpServer
from support.nginx import Nginx
from support.ports import free_port
from support.rtsp import RtspServer
from support.sftp import SftpServer
from support.srt import SrtServer

ROOT = pathlib.Path(__file__).parents[1]


def pytest_addoption(parser):
    parser.addoption("--clips", default=ROOT / "build/test-clips", help="folder where the tests keep their clips")
    parser.addoption("--soak-minutes", type=float, default=60, help="how long the soak runs")


@pytest.fixture(scope="session", autouse=True)
def _no_process_outlives_the_run():
    yield
    process.stop_all()


def pytest_collection_modifyitems(items):
    sanitized.skip_what_cannot_run(items)


@pytest.fixture(scope="session")
def _reports():
    return sanitized.Reports(os.environ.get("PYTEST_XDIST_WORKER", "alone")) if "FRAMEBROKER_REPORTS" in os.environ else None


@pytest.fixture(autouse=True)
def _sanitizers_report_nothing(_reports):
    """Looks when all processes of the test have ended."""
    yield
    if _reports and (texts := _reports.new()):
        pytest.fail("\n".join(texts), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the last lines of every process that it started."""
    report = yield
    if report.failed:
        report.sections += [(f"log of {child.name}", child.tail()) for child in process.started]
    if report.when == "teardown":
        process.forget_stopped()
    return report


@pytest.fixture(scope="session")
def clips(request):
    """The clip of a name, as a path: clips("h264.mp4")."""
    return Clips(request.config.getoption("--clips")).path


@pytest.fixture
def start():
    """start(server) enters any context manager and leaves it at the end of the test, the newest first."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def rtsp_server(tmp_path, start, clips):
    return start(RtspServer(tmp_path, free_port(), clips("h264_no_b.mp4")))


@pytest.fixture
def nginx(tmp_path, start):
    return start(Nginx(tmp_path, free_port(), free_port()))


@pytest.fixture
def ftp_server(tmp_path, start):
    """Serves the test's own tmp_path."""
    return start(FtpServer(tmp_path, free_port(), tmp_path))


@pytest.fixture
def sftp_server(tmp_path, start):
    return start(SftpServer(tmp_path, free_port()))


@pytest.fixture
def srt_server(tmp_path, start, clips):
    return start(SrtServer(tmp_path, free_port(), clips("h264.ts")))


@pytest.fixture
def display(tmp_path, start):
    return start(Display(tmp_path))
