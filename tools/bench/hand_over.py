"""What a 1080p frame written in place costs its producer, against a memcpy of that frame."""

import json
import os
import subprocess

import framebroker as fb


def measure(build):
    with fb.serve({}) as broker:
        result = subprocess.run([build / "bin/bench-hand-over"], capture_output=True, text=True, timeout=120,
                                env={**os.environ, "FRAMEBROKER_SOCKET": broker.address})
    if result.returncode:
        raise SystemExit(f"bench-hand-over failed: {result.stderr}")
    ours, copy = map(json.loads, result.stdout.splitlines())
    return {"framebroker": ours, "memcpy": copy, "ratio": ours["p50_us"] / copy["p50_us"]}
