/* json.c: writes JSON strings. YAML takes some characters beyond ASCII for line breaks and folds them, so all that fit
 * into one \u escape are escaped; of the others, in two, libyaml would refuse the halves. */
#include "config/json.h"

/* Decodes the two or three byte sequence at *at and moves to its last byte. */
static unsigned decode(const unsigned char **at)
{
	const unsigned char *byte = *at;
	unsigned length = byte[0] >= 0xe0 ? 3 : 2;
	unsigned code = byte[0] & (length == 3 ? 0x0f : 0x1f);
	for (unsigned i = 1; i < length && byte[i]; i++, ++*at)
		code = code << 6 | (byte[i] & 0x3f);
	return code;
}

void json_write_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			fprintf(out, "\\u%04x", *at);
		else if (*at >= 0xc0 && *at < 0xf0)
			fprintf(out, "\\u%04x", decode(&at));
		else
			fputc(*at, out);
	}
	fputc('"', out);
}
