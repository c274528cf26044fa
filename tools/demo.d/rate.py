"""Reads a stream and prints once a second how many pictures came, and how old they were when they arrived here."""

import argparse
import statistics
import time

import framebroker as fb


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stream")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()

    with fb.connect() as broker, broker.reader(options.stream, mode="ordered", timeout=10) as reader:
        end = time.monotonic() + options.seconds
        total, ages_ms, report = 0, [], time.monotonic() + 1
        for frame in reader:
            now = time.monotonic()
            ages_ms.append(now * 1e3 - frame.capture_ns / 1e6)
            total += 1
            if now >= report:
                height, width = frame.array.shape[:2]
                print(f"{options.stream}: {width}x{height}, {len(ages_ms)} pictures/s, latency "
                      f"{statistics.median(ages_ms):.2f} ms, at most {max(ages_ms):.2f} ms, missed {reader.missed}", flush=True)
                ages_ms, report = [], now + 1
            if now >= end:
                break
    print(f"{options.stream}: {total} pictures in all", flush=True)
    if total < options.seconds < float("inf"):
        raise SystemExit(f"{options.stream}: fewer than one picture a second")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
