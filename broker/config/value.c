/* value.c: what each type of value looks like in text and in memory. */
#include "config/value.h"
#include "base/limits.h"
#include "config/alloc.h"
#include "config/json.h"
#include "config/number.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct number_units *value_units(enum schema_type type)
{
	switch (type) {
	case SCHEMA_DURATION:
		return &number_durations;
	case SCHEMA_SIZE:
		return &number_sizes;
	case SCHEMA_BIT_RATE:
		return &number_bit_rates;
	default:
		return &number_plain;
	}
}

static void number_set(const struct schema_row *row, void *member, int64_t value)
{
	if (row->type == SCHEMA_INT)
		*(int *)member = (int)value;
	else
		*(int64_t *)member = value;
}

static int word_index(const struct schema_row *row, const char *text)
{
	for (int i = 0; row->words[i]; i++)
		if (!strcmp(row->words[i], text))
			return i;
	return -1;
}

static const char *parse_number(const struct schema_row *row, const char *text, void *member)
{
	int64_t value;
	const char *fault = number_parse(value_units(row->type), text, &value);
	if (fault)
		return fault;
	if (value < row->min || value > row->max)
		return "is out of range";
	number_set(row, member, value);
	return NULL;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	return b ? common_divisor(b, a % b) : a;
}

static const char *parse_rate(const struct schema_row *row, const char *text, struct config_rate *rate)
{
	char numerator_text[NUMBER_SIZE];
	size_t length = strcspn(text, "/");
	if (length >= sizeof numerator_text)
		return "has too many digits";
	memcpy(numerator_text, text, length);
	numerator_text[length] = '\0';
	int64_t numerator, denominator = 1000;
	const char *fault;
	if (!text[length])
		fault = number_parse(&number_thousandths, text, &numerator);
	else if (!(fault = number_parse(&number_plain, numerator_text, &numerator)))
		fault = number_parse(&number_plain, text + length + 1, &denominator);
	if (fault)
		return fault;
	if (denominator < 1 || denominator > INT32_MAX || numerator < 0 || numerator > INT32_MAX ||
	    numerator * 1000 < row->min * denominator || numerator * 1000 > row->max * denominator)
		return "is out of range";
	int64_t divisor = common_divisor(numerator, denominator);
	*rate = (struct config_rate){(int)(numerator / divisor), (int)(denominator / divisor)};
	return NULL;
}

static const char *parse_string(const struct schema_row *row, const char *text, char **member)
{
	if (!*text && (row->special || row->flags & SCHEMA_REQUIRED))
		return "is empty";
	if (strlen(text) > (row->max ? (size_t)row->max : LIMIT_CONFIG_STRING))
		return "is too long";
	for (const char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			return "holds a line break or another control character";
	free(*member);
	*member = alloc_text(text);
	return NULL;
}

static const char *parse_mode(const char *text, unsigned *mode)
{
	size_t length = strlen(text);
	if (length < 3 || length > 4 || strspn(text, "01234567") != length || (length == 4 && *text != '0'))
		return "is not an octal mode";
	*mode = (unsigned)strtoul(text, NULL, 8);
	return NULL;
}

static const char *parse_word(const struct schema_row *row, const char *text, void *member)
{
	int index = word_index(row, text);
	if (index < 0)
		return "is not known";
	if (row->type == SCHEMA_ENUM)
		*(int *)member = index;
	else
		*(unsigned *)member |= 1u << index;
	return NULL;
}

static void set_special(const struct schema_row *row, void *member)
{
	if (row->type == SCHEMA_STRING) {
		free(*(char **)member);
		*(char **)member = alloc_text("");
	} else if (row->type == SCHEMA_RATE) {
		*(struct config_rate *)member = (struct config_rate){0, 1};
	} else {
		number_set(row, member, row->special_value);
	}
}

const char *value_parse(const struct schema_row *row, const char *text, void *member)
{
	if (row->special && !strcmp(text, row->special)) {
		set_special(row, member);
		return NULL;
	}
	switch (row->type) {
	case SCHEMA_BOOL:
		if (strcmp(text, "true") && strcmp(text, "false"))
			return "is not true or false";
		*(bool *)member = *text == 't';
		return NULL;
	case SCHEMA_STRING:
		return parse_string(row, text, member);
	case SCHEMA_ENUM:
	case SCHEMA_FLAGS:
		return parse_word(row, text, member);
	case SCHEMA_RATE:
		return parse_rate(row, text, member);
	case SCHEMA_MODE:
		return parse_mode(text, member);
	default:
		return parse_number(row, text, member);
	}
}

bool value_is_empty(const struct schema_row *row, const void *member)
{
	if (row->type == SCHEMA_LIST)
		return !((const struct config_list *)member)->count;
	return row->type == SCHEMA_STRING && !**(char *const *)member;
}

void value_dictionary_add(struct config_dictionary *dictionary, char *key, char *value)
{
	struct config_pair *pair =
		alloc_append((void **)&dictionary->pairs, &dictionary->count, sizeof *dictionary->pairs);
	*pair = (struct config_pair){key, value};
}

void value_list_add(struct config_list *list, char *item)
{
	char **slot = alloc_append((void **)&list->items, &list->count, sizeof *list->items);
	*slot = item;
}

static void init_items(const struct schema_row *row, void *member)
{
	char *items = alloc_text(row->initial ? row->initial : "");
	char *rest = items;
	for (char *item; (item = strsep(&rest, " "));)
		if (*item && row->type == SCHEMA_LIST)
			value_list_add(member, alloc_text(item));
		else if (*item)
			value_parse(row, item, member);
	free(items);
}

void value_init(const struct schema_row *row, void *member)
{
	if (row->type == SCHEMA_LIST || row->type == SCHEMA_FLAGS)
		init_items(row, member);
	else if (row->initial)
		value_parse(row, row->initial, member);
	else if (row->type == SCHEMA_STRING)
		*(char **)member = alloc_text("");
}

static size_t member_size(enum schema_type type)
{
	switch (type) {
	case SCHEMA_BOOL:
		return sizeof(bool);
	case SCHEMA_INT:
	case SCHEMA_ENUM:
	case SCHEMA_FLAGS:
	case SCHEMA_MODE:
		return sizeof(int);
	case SCHEMA_RATE:
		return sizeof(struct config_rate);
	default:
		return sizeof(int64_t);
	}
}

void value_copy(const struct schema_row *row, void *to, const void *from)
{
	if (row->type == SCHEMA_STRING) {
		*(char **)to = alloc_text(*(char *const *)from);
	} else if (row->type == SCHEMA_LIST) {
		const struct config_list *list = from;
		for (size_t i = 0; i < list->count; i++)
			value_list_add(to, alloc_text(list->items[i]));
	} else if (row->type == SCHEMA_DICTIONARY) {
		const struct config_dictionary *dictionary = from;
		for (size_t i = 0; i < dictionary->count; i++)
			value_dictionary_add(to, alloc_text(dictionary->pairs[i].key),
					     alloc_text(dictionary->pairs[i].value));
	} else {
		memcpy(to, from, member_size(row->type));
	}
}

void value_clear(const struct schema_row *row, void *member)
{
	if (row->type == SCHEMA_STRING) {
		free(*(char **)member);
		*(char **)member = NULL;
	} else if (row->type == SCHEMA_LIST) {
		struct config_list *list = member;
		for (size_t i = 0; i < list->count; i++)
			free(list->items[i]);
		free(list->items);
		*list = (struct config_list){0};
	} else if (row->type == SCHEMA_DICTIONARY) {
		struct config_dictionary *dictionary = member;
		for (size_t i = 0; i < dictionary->count; i++) {
			free(dictionary->pairs[i].key);
			free(dictionary->pairs[i].value);
		}
		free(dictionary->pairs);
		*dictionary = (struct config_dictionary){0};
	} else {
		memset(member, 0, member_size(row->type));
	}
}
