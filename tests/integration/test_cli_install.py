"""`cmake --install`, and a C program outside of this tree that uses what was installed, by pkg-config and by CMake."""

import os
import shutil
import subprocess

import pytest

from support.broker import BUILD, Broker
from support.process import run

EXAMPLE = os.path.join(os.path.dirname(__file__), "../../examples/first.c")
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
find_package(Framebroker 0.1 REQUIRED)
add_executable(first first.c)
target_link_libraries(first PRIVATE framebroker::framebroker)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed")
    run(["cmake", "--install", BUILD, "--prefix", prefix])
    return prefix


@pytest.fixture
def broker(tmp_path, start):
    return start(Broker(tmp_path, {"sources": {"gate": {"url": "testsrc2=size=320x240:rate=25", "format": "lavfi"}}}))


def libdir(prefix):
    return next(prefix.rglob("libframebroker.so")).parent


def check(program, prefix, broker):
    """It prints one line a frame, of the frames that the broker has."""
    result = subprocess.run([program, "gate", "5"], capture_output=True, text=True, timeout=20, env={
        **os.environ, "FRAMEBROKER_SOCKET": str(broker.socket), "LD_LIBRARY_PATH": str(libdir(prefix))})
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert len(lines) == 5 and all(line[3] == "320x240" for line in lines)
    seqs = [int(line[0]) for line in lines]
    assert seqs == sorted(set(seqs))


def test_first_program_by_pkg_config(installed, broker, tmp_path):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libdir(installed) / "pkgconfig")}
    flags = run(["pkg-config", "--cflags", "--libs", "framebroker"], env=environment).split()
    assert run(["pkg-config", "--modversion", "framebroker"], env=environment).strip() == "0.1.0"
    run(["cc", "-std=c17", "-Wall", "-Werror", EXAMPLE, *flags, "-o", tmp_path / "first"])
    check(tmp_path / "first", installed, broker)


def test_first_program_by_find_package(installed, broker, tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "first.c")
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed}"])
    run(["cmake", "--build", tmp_path / "build"])
    check(tmp_path / "build/first", installed, broker)


def test_installed_programs_find_their_library(installed):
    assert run([installed / "bin/framebroker", "--version"]).strip() == "framebroker 0.1.0"
    workers = list((installed / "libexec/framebroker").iterdir())
    assert len(workers) >= 4
    for program in workers:
        assert "not found" not in run(["ldd", program])


def test_the_library_needs_nothing_but_libc(installed):
    needed = [line.split()[-1] for line in run(["objdump", "-p", libdir(installed) / "libframebroker.so"]).splitlines()
              if line.strip().startswith("NEEDED")]
    assert set(needed) <= {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}  # the loader is libc's


def test_one_header_that_compiles_alone_in_c_and_cxx(installed, tmp_path):
    headers = list((installed / "include").rglob("*"))
    assert [header.name for header in headers] == ["framebroker.h"]
    run(["cc", "-std=c17", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-xc", headers[0]])
    run(["c++", "-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-xc++", headers[0]])
