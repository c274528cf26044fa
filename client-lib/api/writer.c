/* writer.c: a writer lives as long as anybody refers to it. */
#include "api/writer.h"
#include <stdlib.h>

struct fb_writer *writer_ref(struct fb_writer *writer)
{
	atomic_fetch_add(&writer->refs, 1);
	return writer;
}

void writer_unref(struct fb_writer *writer)
{
	if (!writer || atomic_fetch_sub(&writer->refs, 1) != 1)
		return;
	link_drop(writer->broker, &writer->asked);
	desk_unref(writer->desk);
	link_unref(writer->broker);
	free(writer->create);
	free(writer);
}
