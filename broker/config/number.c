/* number.c: reads and writes numbers with units, exactly: no floating point. */
#include "config/number.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

const struct number_units number_plain = {1, "is not a whole number", "is not a number", {{"", 1}}};
const struct number_units number_thousandths = {1, "has more than 3 decimals", "is not a number", {{"", 1000}}};
const struct number_units number_durations = {
	MS,
	"is finer than 1ms",
	"has an unknown unit",
	{{"ms", MS}, {"s", SECOND}, {"min", 60 * SECOND}, {"h", 3600 * SECOND}, {"d", 86400 * SECOND}}};
const struct number_units number_sizes = {1,
					  "is not a whole number of bytes",
					  "has an unknown unit",
					  {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};
const struct number_units number_bit_rates = {
	1, "is not a whole number of bits", "has an unknown unit", {{"", 1}, {"k", 1000}, {"M", 1000000}}};

static int64_t factor_of(const struct number_units *units, const char *name)
{
	for (size_t i = 0; units->unit[i].name; i++)
		if (!strcmp(units->unit[i].name, name))
			return units->unit[i].factor;
	return 0;
}

const char *number_parse(const struct number_units *units, const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	const char *at = text + negative;
	if (!isdigit((unsigned char)*at))
		return "is not a number";
	int64_t digits = 0, scale = 1; /* the number is digits / scale */
	bool fraction = false;
	for (; isdigit((unsigned char)*at) || (*at == '.' && !fraction); at++) {
		if (*at == '.') {
			fraction = true;
			continue;
		}
		if (__builtin_mul_overflow(digits, 10, &digits) || __builtin_add_overflow(digits, *at - '0', &digits) ||
		    (fraction && __builtin_mul_overflow(scale, 10, &scale)))
			return "has too many digits";
	}
	if (at[-1] == '.')
		return "is not a number";
	int64_t factor = factor_of(units, at);
	if (!factor)
		return *at ? units->no_such_unit : "has no unit";
	__int128 value = (__int128)digits * factor;
	if (value % ((__int128)scale * units->grain))
		return units->too_fine;
	value /= scale;
	if (value > INT64_MAX)
		return "is out of range";
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return NULL;
}

void number_format(const struct number_units *units, int64_t value, char buffer[NUMBER_SIZE])
{
	size_t best = 0;
	for (size_t i = 1; units->unit[i].name; i++)
		if (value && value % units->unit[i].factor == 0)
			best = i;
	if (!value && units == &number_durations)
		best = 1; /* 0s reads better than 0ms */
	snprintf(buffer, NUMBER_SIZE, "%" PRId64 "%s", value / units->unit[best].factor, units->unit[best].name);
}
