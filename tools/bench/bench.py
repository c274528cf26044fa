"""Runs the benchmarks and prints a table, or JSON."""

import argparse
import json
import os
import pathlib

import encoding
import hand_over
import throughput
import wakeup

BUILD = pathlib.Path(os.environ["FRAMEBROKER_BUILD"])


def print_tables(results):
    print("file -> numpy view in another process, frames per second (median of pairs, interleaved)")
    print(f"  {'format':<10}{'ffmpeg -f null':>16}{'framebroker':>14}{'ratio':>8}")
    for row in results["throughput"]:
        print(f"  {row['pixel_format']:<10}{row['ffmpeg_fps']:>16.1f}{row['framebroker_fps']:>14.1f}{row['ratio']:>8.3f}")
    row = results["encoding"]
    print("\nraw 720p frames -> encoder -> null muxer, frames per second (median of pairs, interleaved)")
    print(f"  {row['preset']:<10}{row['ffmpeg_fps']:>16.1f}{row['framebroker_fps']:>14.1f}{row['ratio']:>8.3f}")
    print("\npublish -> wake-up of a blocked reader in another process, microseconds")
    print(f"  {'':<16}{'p50':>8}{'p99':>8}")
    for name, row in results["wakeup"].items():
        print(f"  {name:<16}{row['p50_us']:>8.1f}{row['p99_us']:>8.1f}")
    producer = results["hand_over"]
    print("\na 1080p frame written in place: handing it over, against a memcpy of it, microseconds")
    print(f"  {'':<16}{'p50':>8}{'p99':>8}{'ratio':>8}")
    for name in "memcpy", "framebroker":
        ratio = f"{producer['ratio']:>8.3f}" if name == "framebroker" else ""
        print(f"  {name:<16}{producer[name]['p50_us']:>8.1f}{producer[name]['p99_us']:>8.1f}{ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (5)")
    parser.add_argument("--threads", type=int, default=2, help="of the decoder, on both sides (2)")
    options = parser.parse_args()

    folder = BUILD / "bench"
    folder.mkdir(exist_ok=True)
    results = {
        "throughput": throughput.measure(throughput.clip(folder), BUILD, options.threads, options.pairs),
        "encoding": encoding.measure(BUILD, folder, options.pairs),
        "wakeup": wakeup.measure(BUILD),
        "hand_over": hand_over.measure(BUILD),
    }
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print_tables(results)


if __name__ == "__main__":
    main()
