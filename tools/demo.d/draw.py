"""Finds motion in the small pictures of a clip, and draws boxes around it in the full ones of the same moment, which go out live.

No library but numpy: what differs from the picture before, in a grid of cells; cells that touch make a box.
"""

import argparse
import time

import framebroker as fb
import numpy as np

CELL = 8  # pixels of the small picture
MOVED = 24  # grey levels
YELLOW = (255, 220, 0)
TELL_SECONDS = 3


def moving_cells(picture, before):
    """True where a cell of the picture has changed, as a small array."""
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    change = np.abs(picture.astype(np.int16) - before)[:rows * CELL, :columns * CELL]
    return change.reshape(rows, CELL, columns, CELL).max(axis=(1, 3)) > MOVED


def boxes(cells):
    """(left, top, right, bottom) of each group of cells that touch, in cells."""
    left = {(int(y), int(x)) for y, x in np.argwhere(cells)}
    while left:
        group, edge = [], [left.pop()]
        while edge:
            y, x = edge.pop()
            group.append((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            edge += near
        ys, xs = zip(*group)
        yield min(xs), min(ys), max(xs) + 1, max(ys) + 1


def draw(picture, left, top, right, bottom):
    picture[top:top + 2, left:right] = picture[bottom - 2:bottom, left:right] = YELLOW
    picture[top:bottom, left:left + 2] = picture[top:bottom, right - 2:right] = YELLOW


def mark(picture, cells):
    """Draws on the full picture what was found in the small one. Returns how many boxes."""
    scale_y, scale_x = picture.shape[0] / cells.shape[0], picture.shape[1] / cells.shape[1]
    count = 0
    for left, top, right, bottom in boxes(cells):
        draw(picture, int(left * scale_x), int(top * scale_y), int(right * scale_x), int(bottom * scale_y))
        count += 1
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()

    end, next_telling, total, found = time.monotonic() + options.seconds, 0.0, 0, 0
    with fb.connect() as broker, broker.reader("clip/small", timeout=10) as small, \
            broker.reader("clip", mode="ordered", timeout=2) as full, broker.writer("clip/marked", timeout=5) as writer:
        before = None
        for frame in small:
            picture = frame.copy()
            if before is not None:
                try:
                    whole = full.at(frame.pts_ns)  # the same moment, full size
                except fb.NotFound:
                    continue  # it has left the ring: we were too slow
                with writer.slot(whole) as slot:
                    slot.array[:] = whole.array
                    count = mark(slot.array, moving_cells(picture, before))
                total += 1
                found += count
                if count and time.monotonic() >= next_telling:
                    print(f"motion: {count} boxes", flush=True)
                    next_telling = time.monotonic() + TELL_SECONDS
            before = picture
            if time.monotonic() >= end:
                break
    print(f"motion: {total} pictures, {found} boxes in all", flush=True)
    if total < options.seconds < float("inf"):
        raise SystemExit("motion: fewer than one picture a second")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
