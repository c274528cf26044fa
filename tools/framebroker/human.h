/* human.h: sizes, times and layouts in words. All write to buffer and return it. */
#ifndef FRAMEBROKER_CLI_HUMAN_H
#define FRAMEBROKER_CLI_HUMAN_H
#include <jansson.h>
#include <stdint.h>

#define HUMAN_SIZE 96

/* "13.2 MiB" */
const char *human_bytes(int64_t bytes, char buffer[HUMAN_SIZE]);

/* "1.9 Mbit/s" */
const char *human_bit_rate(double bits_per_second, char buffer[HUMAN_SIZE]);

/* How long ago utc_ns was: "12 s", "5 min", "3 h", "9 d"; "-" for 0. */
const char *human_age(int64_t utc_ns, char buffer[HUMAN_SIZE]);

/* Local time, "2026-03-01 14:03:12"; "-" for 0. */
const char *human_time(int64_t utc_ns, char buffer[HUMAN_SIZE]);

/* "1920x1080 yuv420p", "48000 Hz 2 ch s16"; "-" before a stream's first frame. stream: an entry of the status. */
const char *human_layout(const json_t *stream, char buffer[HUMAN_SIZE]);

#endif
