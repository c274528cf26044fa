/* document.h: a file and all it includes, as one tree. */
#ifndef FRAMEBROKER_CONFIG_DOCUMENT_H
#define FRAMEBROKER_CONFIG_DOCUMENT_H
#include "config/node.h"
#include "config/types.h"

struct document {
	struct node *root;          /* the sections of all files, merged; `defaults` is the first */
	struct config_list include; /* what the first file includes, as written */
	struct config_list files;   /* the names that the nodes borrow */
};

/* Fills *document from a file, or from text with a name for errors, for document_clear() in any case. Adds errors for
 * what cannot be read. Returns 0, or the negative errno of the first file where that one could not be read. */
int document_load_file(struct document *document, const char *path, struct config_errors *errors);
void document_load_text(struct document *document, const char *text, size_t size, const char *name,
			struct config_errors *errors);

void document_clear(struct document *document);

#endif
