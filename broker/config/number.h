/* number.h: numbers with units: 250ms, 64MiB, 800k. */
#ifndef FRAMEBROKER_CONFIG_NUMBER_H
#define FRAMEBROKER_CONFIG_NUMBER_H
#include <stdint.h>

/* The units of one kind of number, ascending, ended by a NULL name. A number is a whole multiple of grain. */
struct number_units {
	int64_t grain;
	const char *too_fine, *no_such_unit; /* what is then wrong with a number */
	struct {
		const char *name;
		int64_t factor;
	} unit[6];
};

extern const struct number_units number_plain, number_thousandths, number_durations, number_sizes, number_bit_rates;

/* Reads "12", "-1", "1.5s". Returns NULL, or what is wrong, to be read after the text itself; *ret is then untouched.
 */
const char *number_parse(const struct number_units *units, const char *text, int64_t *ret);

#define NUMBER_SIZE 32

/* Writes value, a multiple of the grain, in its largest unit without a fraction; number_parse() reads it back. */
void number_format(const struct number_units *units, int64_t value, char buffer[NUMBER_SIZE]);

#endif
