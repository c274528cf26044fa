/* document.c: reads files, follows their includes and merges the same sections. */
#include "config/document.h"
#include "base/fd.h"
#include "base/limits.h"
#include "config/alloc.h"
#include "config/read.h"
#include "config/read_value.h"
#include "config/schema.h"
#include "config/value.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loader {
	struct document *document;
	struct reader reader; /* for the values of include: */
	/* the files that include one another down to the one being read */
	struct {
		dev_t device;
		ino_t inode;
	} open[LIMIT_CONFIG_INCLUDES];
	unsigned depth;
};

static const struct path include_path = {NULL, "include", 0}, defaults_path = {NULL, "defaults", 0};

/* The errors of a file that was asked for by an include stand at that line, those of the first file stand alone. */
static int fault_file(struct loader *loader, const struct node *by, const char *path, const char *fault, int err)
{
	if (by)
		reader_fault(&loader->reader, by, &include_path, "%s: %s", path, fault);
	else
		config_errors_add(loader->reader.errors, path, 0, "%s", fault);
	return -err;
}

/* Moves the children of a section, or of one section inside defaults, to the section of that key in `into`. */
static void merge(struct node *into, struct node *from)
{
	while (from->count) {
		struct node *child = node_remove(from, 0);
		struct node *same = node_child(into, child->key);
		bool defaults = !strcmp(child->key, "defaults");
		if (node_is_null(child))
			child->kind = NODE_MAPPING;
		if (!same || same->kind != NODE_MAPPING || child->kind != NODE_MAPPING) {
			node_insert(into, defaults ? 0 : into->count, child);
			continue;
		}
		if (defaults)
			merge(same, child);
		while (child->count)
			node_insert(same, same->count, node_remove(child, 0));
		node_free(child);
	}
}

/* One file may not have a section twice, though two files may. */
static void drop_repeated(struct loader *loader, struct node *mapping, const struct path *up)
{
	for (size_t i = 0; i < mapping->count; i++) {
		const struct node *child = mapping->children[i], *first = node_child(mapping, child->key);
		const struct path path = {up, child->key, 0};
		if (first == child)
			continue;
		reader_fault(&loader->reader, child, &path, "given a second time; the first is at %s:%zu", first->file,
			     first->line);
		node_free(node_remove(mapping, i--));
	}
}

static int load_file(struct loader *loader, const char *path, const struct node *by);

/* A folder that is not there has no files; one that cannot be read may have some. */
static int is_unreadable(const char *path, int err)
{
	(void)path;
	return err != ENOENT && err != ENOTDIR;
}

/* Loads the files that one item of include: names, relative to the file it stands in. */
static void include_files(struct loader *loader, const char *pattern, const struct node *by)
{
	const char *slash = strrchr(by->file, '/');
	char *path;
	int directory_length = slash && *pattern != '/' ? (int)(slash + 1 - by->file) : 0;
	if (asprintf(&path, "%.*s%s", directory_length, by->file, pattern) < 0)
		abort();
	glob_t found = {0};
	int r;
	if (!strpbrk(pattern, "*?["))
		load_file(loader, path, by);
	else if ((r = glob(path, 0, is_unreadable, &found)) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			load_file(loader, found.gl_pathv[i], by);
	else if (r != GLOB_NOMATCH)
		fault_file(loader, by, path,
			   r == GLOB_NOSPACE ? "no memory to look for it" : "its folder cannot be read", EIO);
	globfree(&found);
	free(path);
}

static void load_text(struct loader *loader, const char *text, size_t size, const char *name)
{
	struct document *document = loader->document;
	char *file = alloc_text(name);
	value_list_add(&document->files, file);
	struct node *root = node_parse(text, size, file, loader->reader.errors);
	if (!root)
		return;
	drop_repeated(loader, root, NULL);
	struct node *defaults = node_child(root, "defaults");
	if (defaults && defaults->kind == NODE_MAPPING)
		drop_repeated(loader, defaults, &defaults_path);
	struct node *include = node_take(root, "include");
	merge(document->root, root);
	node_free(root);
	if (!include)
		return;
	size_t offset;
	const struct schema_row *row = schema_find(&schema_config, "include", &offset);
	struct config_list patterns = {0};
	reader_read_value(&loader->reader, row, include, &include_path, &patterns, 0);
	for (size_t i = 0; i < patterns.count && patterns.count == include->count; i++)
		include_files(loader, patterns.items[i], include->children[i]);
	node_free(include);
	if (document->files.items[0] == file)
		document->include = patterns;
	else
		value_clear(row, &patterns);
}

/* At most LIMIT_CONFIG_BYTES + 1 bytes, for free(); NULL with errno. */
static char *read_bytes(int fd, size_t *ret_size)
{
	char *bytes = alloc_zeroed(LIMIT_CONFIG_BYTES + 1);
	size_t size = 0;
	ssize_t got;
	do {
		got = read(fd, bytes + size, LIMIT_CONFIG_BYTES + 1 - size);
		size += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (!got) {
		*ret_size = size;
		return bytes;
	}
	free(bytes);
	return NULL;
}

static bool is_open(const struct loader *loader, const struct stat *status)
{
	for (unsigned i = 0; i < loader->depth; i++)
		if (loader->open[i].device == status->st_dev && loader->open[i].inode == status->st_ino)
			return true;
	return false;
}

static int load_file(struct loader *loader, const char *path, const struct node *by)
{
	if (loader->depth == LIMIT_CONFIG_INCLUDES)
		return fault_file(loader, by, path, "too many files that include one another", ELOOP);
	if (loader->document->files.count == LIMIT_CONFIG_FILES)
		return fault_file(loader, by, path, "too many files", E2BIG);
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0 || fstat(fd, &status))
		return fault_file(loader, by, path, strerrordesc_np(errno), errno);
	if (is_open(loader, &status))
		return fault_file(loader, by, path, "includes itself", ELOOP);
	size_t size;
	char *bytes = read_bytes(fd, &size);
	if (!bytes)
		return fault_file(loader, by, path, strerrordesc_np(errno), errno);
	if (size <= LIMIT_CONFIG_BYTES) {
		loader->open[loader->depth].device = status.st_dev;
		loader->open[loader->depth++].inode = status.st_ino;
		load_text(loader, bytes, size, path);
		loader->depth--;
	}
	free(bytes);
	return size <= LIMIT_CONFIG_BYTES ? 0 : fault_file(loader, by, path, "larger than 4 MiB", EFBIG);
}

static struct loader begin(struct document *document, struct config_errors *errors)
{
	*document = (struct document){.root = alloc_zeroed(sizeof *document->root)};
	document->root->kind = NODE_MAPPING;
	return (struct loader){.document = document, .reader = {.errors = errors, .expand = true}};
}

int document_load_file(struct document *document, const char *path, struct config_errors *errors)
{
	struct loader loader = begin(document, errors);
	return load_file(&loader, path, NULL);
}

void document_load_text(struct document *document, const char *text, size_t size, const char *name,
			struct config_errors *errors)
{
	struct loader loader = begin(document, errors);
	if (size <= LIMIT_CONFIG_BYTES)
		load_text(&loader, text, size, name);
	else
		fault_file(&loader, NULL, name, "larger than 4 MiB", EFBIG);
}

void document_clear(struct document *document)
{
	static const struct schema_row list = {.type = SCHEMA_LIST};
	node_free(document->root);
	value_clear(&list, &document->include);
	value_clear(&list, &document->files);
}
