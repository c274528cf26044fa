/* show_source.c: all about one source. */
#include "show_source.h"
#include "field.h"
#include "show_worker.h"
#include <stdio.h>
#include <stdlib.h>

void show_source(const json_t *source)
{
	char *outputs = field_list(json_object_get(source, "outputs"));
	show_worker_head(source, "source");
	printf("  outputs       %s\n", outputs);
	show_worker_tail(source);
	free(outputs);
}
