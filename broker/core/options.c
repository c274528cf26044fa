/* options.c: the command line of framebroker-core. */
#include "core/options.h"
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},      {"socket", required_argument, NULL, 's'},
	{"log-level", required_argument, NULL, 'l'},   {"check", required_argument, NULL, 'C'},
	{"keeper", required_argument, NULL, 'k'},      {"last-keys", required_argument, NULL, 'K'},
	{"last-config", required_argument, NULL, 'F'}, {0}};

/* An open descriptor, which no child of ours shall have; -1 for anything else. */
static int read_fd(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);
	if (*end || end == text || fd < 0 || fd > 1 << 20 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return (int)fd;
}

static int read_socket(const char *text)
{
	int fd = read_fd(text), type;
	socklen_t size = sizeof type;
	return fd < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ? -1 : fd;
}

bool core_options_read(int argc, char **argv, struct core_options *ret_options)
{
	struct core_options read = {.keeper = -1, .last_config = -1};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'c')
			read.config = optarg;
		else if (option == 's')
			read.socket = optarg;
		else if (option == 'l')
			read.log_level = optarg;
		else if (option == 'C')
			read.check = optarg;
		else if (option == 'k')
			read.keeper = read_socket(optarg);
		else if (option == 'K')
			read.last_keys = optarg;
		else if (option == 'F')
			read.last_config = read_fd(optarg);
		else
			return false;
	}
	if (optind < argc || (read.keeper < 0 && !read.check)) {
		fprintf(stderr, "framebroker-core is started by framebrokerd; see framebrokerd --help\n");
		return false;
	}
	*ret_options = read;
	return true;
}
