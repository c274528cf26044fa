/* options.c: the command line of framebrokerd. */
#include "keeper/options.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"Usage: framebrokerd [--socket PATH] [--log-level LEVEL] [FILE]\n"
	"       framebrokerd --check FILE\n"
	"Serves frames of video and audio to other processes through shared memory.\n"
	"\n"
	"  -c, --config FILE      the configuration, FILE as well; without one every key has its default\n"
	"      --check            only read FILE: tell all that is wrong with it, else the memory each stream takes\n"
	"  -s, --socket PATH      listen there, whatever the configuration says\n"
	"  -l, --log-level LEVEL  error, warning, info or debug, whatever the configuration says\n"
	"      --private FD       end when the other end of the pipe FD is closed; for programs that start a broker\n"
	"      --ready-fd FD      write \"ready\" to FD when clients are served\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"\n"
	"SIGHUP reads FILE again and restarts only what changed; SIGTERM and SIGINT end everything.\n";

enum { OPTION_CHECK = 256, OPTION_PRIVATE, OPTION_READY };

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
					{"check", no_argument, NULL, OPTION_CHECK},
					{"socket", required_argument, NULL, 's'},
					{"log-level", required_argument, NULL, 'l'},
					{"private", required_argument, NULL, OPTION_PRIVATE},
					{"ready-fd", required_argument, NULL, OPTION_READY},
					{"help", no_argument, NULL, 'h'},
					{"version", no_argument, NULL, 'V'},
					{0}};

/* An inherited, open descriptor, which no child of ours shall keep. Returns -1 for anything else. */
static int read_fd(const char *text)
{
	char *end;
	errno = 0;
	long fd = strtol(text, &end, 10);
	if (errno || *end || end == text || fd < 0 || fd > INT_MAX || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
		fprintf(stderr, "framebrokerd: %s: not the number of an open file descriptor\n", text);
		return -1;
	}
	return (int)fd;
}

static int refuse(void)
{
	fprintf(stderr, "Try framebrokerd --help\n");
	return 2;
}

int options_read(int argc, char **argv, struct keeper_options *ret_options)
{
	struct keeper_options read = {.private_fd = -1, .ready_fd = -1};
	for (int option; (option = getopt_long(argc, argv, "c:s:l:hV", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			read.config = optarg;
			break;
		case 's':
			read.socket = optarg;
			break;
		case 'l':
			read.log_level = optarg;
			break;
		case OPTION_CHECK:
			read.check = true;
			break;
		case OPTION_PRIVATE:
			if ((read.private_fd = read_fd(optarg)) < 0)
				return refuse();
			break;
		case OPTION_READY:
			if ((read.ready_fd = read_fd(optarg)) < 0)
				return refuse();
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("framebrokerd " FRAMEBROKER_VERSION);
			return 0;
		default:
			return refuse();
		}
	}
	if (optind < argc && !read.config)
		read.config = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "framebrokerd: %s: not an option\n", argv[optind]);
		return refuse();
	}
	if (read.check && !read.config) {
		fprintf(stderr, "framebrokerd: --check needs a FILE\n");
		return refuse();
	}
	*ret_options = read;
	return -1;
}
