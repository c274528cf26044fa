/* value_text.c: a value as JSON, and in words what may stand in its place. */
#include "base/limits.h"
#include "config/json.h"
#include "config/alloc.h"
#include "config/value.h"
#include <stdlib.h>
#include <string.h>

static bool is_special(const struct schema_row *row, const void *member)
{
	if (!row->special)
		return false;
	if (row->type == SCHEMA_STRING)
		return !**(char *const *)member;
	if (row->type == SCHEMA_RATE)
		return !((const struct config_rate *)member)->numerator;
	if (row->type == SCHEMA_INT)
		return *(const int *)member == row->special_value;
	return *(const int64_t *)member == row->special_value;
}

static void write_number(FILE *out, const struct schema_row *row, const void *member)
{
	char text[NUMBER_SIZE];
	number_format(value_units(row->type), *(const int64_t *)member, text);
	json_write_string(out, text);
}

static void write_rate(FILE *out, const struct config_rate *rate)
{
	if (rate->denominator == 1)
		fprintf(out, "%d", rate->numerator);
	else
		fprintf(out, "\"%d/%d\"", rate->numerator, rate->denominator);
}

static void write_flags(FILE *out, const struct schema_row *row, unsigned flags)
{
	const char *comma = "";
	fputc('[', out);
	for (unsigned i = 0; row->words[i]; i++) {
		if (!(flags >> i & 1))
			continue;
		fprintf(out, "%s\"%s\"", comma, row->words[i]);
		comma = ", ";
	}
	fputc(']', out);
}

static void write_list(FILE *out, const struct config_list *list)
{
	fputc('[', out);
	for (size_t i = 0; i < list->count; i++) {
		fputs(i ? ", " : "", out);
		json_write_string(out, list->items[i]);
	}
	fputc(']', out);
}

static void write_dictionary(FILE *out, const struct config_dictionary *dictionary)
{
	fputc('{', out);
	for (size_t i = 0; i < dictionary->count; i++) {
		fputs(i ? ", " : "", out);
		json_write_string(out, dictionary->pairs[i].key);
		fputs(": ", out);
		json_write_string(out, dictionary->pairs[i].value);
	}
	fputc('}', out);
}

void value_write(FILE *out, const struct schema_row *row, const void *member)
{
	if (is_special(row, member)) {
		json_write_string(out, row->special);
		return;
	}
	switch (row->type) {
	case SCHEMA_BOOL:
		fputs(*(const bool *)member ? "true" : "false", out);
		break;
	case SCHEMA_INT:
		fprintf(out, "%d", *(const int *)member);
		break;
	case SCHEMA_STRING:
		json_write_string(out, *(char *const *)member);
		break;
	case SCHEMA_ENUM:
		json_write_string(out, row->words[*(const int *)member]);
		break;
	case SCHEMA_FLAGS:
		write_flags(out, row, *(const unsigned *)member);
		break;
	case SCHEMA_RATE:
		write_rate(out, member);
		break;
	case SCHEMA_MODE:
		fprintf(out, "\"0%03o\"", *(const unsigned *)member);
		break;
	case SCHEMA_LIST:
		write_list(out, member);
		break;
	case SCHEMA_DICTIONARY:
		write_dictionary(out, member);
		break;
	default:
		write_number(out, row, member);
	}
}

static char *value_text(const struct schema_row *row, const void *member)
{
	char *text;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	value_write(out, row, member);
	fclose(out);
	return text;
}

bool value_is_default(const struct schema_row *row, const void *member)
{
	union value initial;
	memset(&initial, 0, sizeof initial);
	value_init(row, &initial);
	char *a = value_text(row, member), *b = value_text(row, &initial);
	bool same = !strcmp(a, b);
	free(a);
	free(b);
	value_clear(row, &initial);
	return same;
}

static void write_range(FILE *out, const struct schema_row *row)
{
	static const char *const kinds[] = {
		[SCHEMA_INT] = "a whole number,",
		[SCHEMA_DURATION] = "a time in ms, s, min, h or d,",
		[SCHEMA_SIZE] = "a size in B, KiB, MiB or GiB,",
		[SCHEMA_BIT_RATE] = "bits per second, plain or in k or M,",
	};
	char low[NUMBER_SIZE], high[NUMBER_SIZE];
	number_format(value_units(row->type), row->min, low);
	number_format(value_units(row->type), row->max, high);
	fprintf(out, "%s %s to %s", kinds[row->type], low, high);
}

static void write_words(FILE *out, const struct schema_row *row)
{
	for (size_t i = 0; row->words[i]; i++)
		fprintf(out, "%s%s", i ? " | " : "", row->words[i]);
}

void value_allowed(const struct schema_row *row, char *buffer, size_t size)
{
	FILE *out = fmemopen(buffer, size, "w");
	if (!out)
		abort();
	if (row->special)
		fprintf(out, "%s, or ", row->special);
	switch (row->type) {
	case SCHEMA_BOOL:
		fputs("true | false", out);
		break;
	case SCHEMA_STRING:
		fprintf(out, "text on one line, at most %lld bytes",
			(long long)(row->max ? row->max : LIMIT_CONFIG_STRING));
		break;
	case SCHEMA_ENUM:
		write_words(out, row);
		break;
	case SCHEMA_FLAGS:
		fputs("a list of ", out);
		write_words(out, row);
		break;
	case SCHEMA_RATE:
		fprintf(out, "a number or a fraction such as 30000/1001, %g to %g", (double)row->min / 1000,
			(double)row->max / 1000);
		break;
	case SCHEMA_MODE:
		fputs("an octal mode such as \"0660\"", out);
		break;
	case SCHEMA_LIST:
		fputs("a list such as [one, two]", out);
		break;
	case SCHEMA_DICTIONARY:
		fputs("keys with values such as {threads: 2}", out);
		break;
	default:
		write_range(out, row);
	}
	fclose(out);
	buffer[size - 1] = '\0';
}
