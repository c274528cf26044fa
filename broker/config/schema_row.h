/* schema_row.h: one key as a row: its type, default, range and place in a struct; and the rows of one struct. */
#ifndef FRAMEBROKER_CONFIG_SCHEMA_ROW_H
#define FRAMEBROKER_CONFIG_SCHEMA_ROW_H
#include <stddef.h>
#include <stdint.h>

/* The type in the file, and of the struct member. */
enum schema_type {
	SCHEMA_BOOL,       /* bool */
	SCHEMA_INT,        /* int */
	SCHEMA_STRING,     /* char *, never NULL */
	SCHEMA_ENUM,       /* an enum: the index into words */
	SCHEMA_FLAGS,      /* unsigned: a list of words, the bits of their indices */
	SCHEMA_DURATION,   /* int64_t ns */
	SCHEMA_SIZE,       /* uint64_t bytes */
	SCHEMA_BIT_RATE,   /* int64_t bits per second */
	SCHEMA_RATE,       /* struct config_rate */
	SCHEMA_MODE,       /* unsigned: octal permission bits */
	SCHEMA_LIST,       /* struct config_list */
	SCHEMA_DICTIONARY, /* struct config_dictionary */
	SCHEMA_SECTION,    /* a struct in place, a mapping in the file */
	SCHEMA_INLINE,     /* a struct in place, whose keys stand among our own */
	SCHEMA_ENTRIES,    /* an array of structs and its count: NAME: {keys} */
	SCHEMA_SEQUENCE,   /* an array of structs and its count: - {keys} */
};

enum schema_flag {
	SCHEMA_REQUIRED = 1,
	SCHEMA_SECRET = 2,      /* never shown, not even in an error */
	SCHEMA_NOT_BUILT = 4,   /* not in this version: only the default is accepted, here and in all keys below */
	SCHEMA_PROTOTYPE = 8,   /* the keys below are defaults: nothing is required there */
	SCHEMA_ENTRY_ONLY = 16, /* not in defaults: */
	SCHEMA_ONE = 32,        /* a SEQUENCE that has one entry of defaults where it is left out */
	/* output keys that make no sense everywhere */
	SCHEMA_OF_VIDEO = 64,     /* only media: video */
	SCHEMA_OF_AUDIO = 128,    /* only media: audio */
	SCHEMA_OF_SOURCE = 256,   /* only a source's outputs, not streams: */
	SCHEMA_OF_LAYOUT = 512,   /* what `like` copies */
	SCHEMA_OF_ENCODER = 1024, /* a sink's keys that codec: copy has no use for */
};

struct schema_table;

struct schema_row {
	const char *name;
	enum schema_type type;
	size_t offset;
	const char *initial; /* the default as the file would have it, items of lists parted by spaces; NULL: none or
				empty */
	const char *
		special; /* a word beside the values: the struct holds special_value, a string "", a rate numerator 0 */
	int64_t special_value;
	int64_t min, max;         /* numbers in the member's unit, rates in thousandths; strings: max bytes, 0 =
				     LIMIT_CONFIG_STRING */
	const char *const *words; /* ENUM, FLAGS: what is allowed, NULL at the end */
	unsigned flags;
	const struct schema_table *table; /* SECTION, INLINE, ENTRIES, SEQUENCE */
	size_t count_offset;              /* ENTRIES, SEQUENCE */
};

struct reader;
struct node;
struct path;

struct schema_table {
	const struct schema_row *rows;
	size_t row_count;
	size_t size;        /* of the struct */
	size_t name_offset; /* of `char *name`, else SCHEMA_NO_NAME */
	size_t prototype;   /* where in struct config_defaults entries begin as a copy of, else SCHEMA_NO_PROTOTYPE */
	/* What no single row can tell, once an entry is read; NULL: nothing. See check.h. */
	void (*check)(struct reader *reader, const struct node *node, const struct path *path, void *entry);
};

#define SCHEMA_NO_PROTOTYPE SIZE_MAX
#define SCHEMA_NO_NAME SIZE_MAX

#endif
