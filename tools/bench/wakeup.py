"""From publishing a frame to the wake-up of a blocked reader in another process, against a bare futex."""

import json
import os
import subprocess

import framebroker as fb


def measure(build):
    with fb.serve({}) as broker:
        wake = run(build / "bin/bench-wake", {"FRAMEBROKER_SOCKET": broker.address})
    return {"bare futex": run(build / "bin/bench-futex-ping", {}), "framebroker": wake}


def run(program, environment):
    result = subprocess.run([program], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    if result.returncode:
        raise SystemExit(f"{program} failed: {result.stderr}")
    return json.loads(result.stdout)
