/* nearest.c: what was perhaps meant by a name that is not known. */
#include "config/nearest.h"
#include "base/limits.h"
#include <string.h>

#define LENGTH LIMIT_NAME /* longer names are not compared */

size_t nearest_limit(const char *name)
{
	return strlen(name) < 4 ? 2 : 3;
}

/* How many letters must be put in, taken out or changed to make b of a. */
static size_t distance(const char *a, const char *b)
{
	size_t length = strlen(b), row[LENGTH + 1];
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			size_t move = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < move ? change : move;
		}
	}
	return row[length];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	if (strlen(nearest->name) > LENGTH || strlen(candidate) > LENGTH)
		return;
	size_t found = distance(nearest->name, candidate);
	if (found >= nearest->distance)
		return;
	nearest->distance = found;
	nearest->found = candidate;
}
