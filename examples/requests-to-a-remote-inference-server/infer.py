"""Asks an inference server about the newest pictures, a few at a time, and marks what it finds, in the pictures' order."""
import asyncio
import json
import sys
import urllib.request

import framebroker as fb

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/detect"
AT_ONCE = 4  # requests under way


def ask(picture):
    """[[x, y, width, height], …] of what the server sees."""
    height, width, _ = picture.shape
    request = urllib.request.Request(f"{SERVER}?width={width}&height={height}", picture.tobytes(),
                                     {"Content-Type": "application/octet-stream"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


async def send(reader, room, under_way):
    while True:
        await room.acquire()
        frame = await anext(reader)  # the newest: what came while there was no room is left out, not piled up
        await under_way.put((frame, asyncio.create_task(asyncio.to_thread(ask, frame.array))))


async def mark(writer, room, under_way):
    while True:
        frame, answer = await under_way.get()  # in order, whichever answer comes first
        try:
            boxes = await answer
        except OSError as error:  # slow, full or away: this picture goes on without marks
            print(f"{frame.pts_ns / 1e9:.2f} s: {error}", flush=True)
            boxes = []
        with writer.slot(frame) as slot:
            slot.array[:] = frame.array
            for x, y, width, height in boxes:
                slot.array[y:y + height, [x, x + width - 1]] = slot.array[[y, y + height - 1], x:x + width] = (0, 0, 255)
        del frame
        room.release()


async def main():
    broker = fb.connect()
    room, under_way = asyncio.Semaphore(AT_ONCE), asyncio.Queue()
    with broker.reader("gate/small", max_held=AT_ONCE + 1) as reader, broker.writer("gate/marked", timeout=5) as writer:
        await asyncio.gather(send(reader, room, under_way), mark(writer, room, under_way))


asyncio.run(main())
