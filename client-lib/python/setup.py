"""Builds framebroker._core against libframebroker: one wheel for every Python from 3.11 on (abi3).

The library is found in $FRAMEBROKER_LIBRARY_DIR (a build tree or an unpacked release; the extension then looks for it there at run
time, too) with its header in $FRAMEBROKER_INCLUDE_DIR; without these, by pkg-config.
"""
import os
import pathlib
import shlex
import subprocess

from setuptools import Extension, setup

HERE = pathlib.Path(__file__).parent
SOURCE_TREE_HEADERS = HERE.resolve().parent.parent / "include"


def pkg_config(option):
    try:
        return shlex.split(subprocess.check_output(["pkg-config", option, "framebroker"], text=True))
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit("libframebroker was not found: install its development package (libframebroker-dev), or set "
                         f"FRAMEBROKER_LIBRARY_DIR to the folder of libframebroker.so ({error})") from None


def library_flags():
    folder = os.environ.get("FRAMEBROKER_LIBRARY_DIR")
    if not folder:
        return {"extra_compile_args": pkg_config("--cflags"), "extra_link_args": pkg_config("--libs")}
    folder = os.path.abspath(folder)
    headers = os.environ.get("FRAMEBROKER_INCLUDE_DIR", str(SOURCE_TREE_HEADERS))
    return {"include_dirs": [headers], "library_dirs": [folder], "runtime_library_dirs": [folder],
            "libraries": ["framebroker"]}


setup(
    ext_modules=[Extension(
        "framebroker._core",
        sources=sorted(str(path.relative_to(HERE)) for path in HERE.glob("src/*.c")),
        depends=sorted(str(path.relative_to(HERE)) for path in HERE.glob("src/*.h")),
        define_macros=[("Py_LIMITED_API", "0x030B0000"), ("_GNU_SOURCE", None)],
        py_limited_api=True,
        **library_flags())],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
