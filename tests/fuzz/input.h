/* input.h: takes a fuzzer's bytes apart: numbers and pieces from the front; zeroes when they are used up. */
#ifndef FRAMEBROKER_TESTS_FUZZ_INPUT_H
#define FRAMEBROKER_TESTS_FUZZ_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The entry point that libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is: the program ends with a crash where it does not. */
#define FUZZ_CHECK(what)                                                                                               \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                             \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

struct input {
	const uint8_t *at;
	size_t left;
};

static inline void input_take(struct input *input, void *to, size_t size)
{
	size_t there = size < input->left ? size : input->left;
	memset(to, 0, size);
	if (there > 0)
		memcpy(to, input->at, there);
	input->at += there;
	input->left -= there;
}

static inline uint8_t input_u8(struct input *input)
{
	uint8_t value;
	input_take(input, &value, sizeof value);
	return value;
}

static inline uint16_t input_u16(struct input *input)
{
	uint16_t value;
	input_take(input, &value, sizeof value);
	return value;
}

static inline uint32_t input_u32(struct input *input)
{
	uint32_t value;
	input_take(input, &value, sizeof value);
	return value;
}

static inline uint64_t input_u64(struct input *input)
{
	uint64_t value;
	input_take(input, &value, sizeof value);
	return value;
}

/* The next size bytes, or what is left, as text of the heap: free(). A zero byte ends it early. */
static inline char *input_text(struct input *input, size_t size)
{
	size_t there = size < input->left ? size : input->left;
	char *text = malloc(there + 1);
	FUZZ_CHECK(text);
	input_take(input, text, there);
	text[there] = '\0';
	return text;
}

/* The lowest descriptor that is free: the same before and after where none is left open. */
static inline int input_lowest_fd(void)
{
	int fd = dup(STDERR_FILENO);
	close(fd);
	return fd;
}

#endif
