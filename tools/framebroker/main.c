/* main.c: `framebroker`, the command line for people and scripts: finds the sub-command and checks its arguments. */
#include "commands.h"
#include "help.h"
#include "options.h"
#include "report.h"
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *arguments;
	int least, most; /* arguments behind the name; most < 0: any number */
	unsigned accepts;
	enum exit_status (*run)(const struct options *options);
	const char *summary;
} commands[] = {
	{"status", "[--json]", 0, 0, OPTION_JSON, command_status, "the broker, its sources, streams and clients"},
	{"ls", "[--json]", 0, 0, OPTION_JSON, command_ls, "the streams, one a line"},
	{"show", "NAME [--json]", 1, 1, OPTION_JSON, command_show,
	 "all about one source or stream, and who holds its slots"},
	{"events", "[--json]", 0, 0, OPTION_JSON, command_events, "what happens from now on"},
	{"wait", "NAME", 1, 1, 0, command_wait, "until the stream exists and frames flow"},
	{"snapshot", "NAME FILE.jpg|.png|.ppm|-", 2, 2, 0, command_snapshot, "the newest picture as a file"},
	{"clip", "NAME FILE.mp4|.mkv|.ts [--before TIME] [--after TIME] [--json]", 2, 2, OPTION_SPAN | OPTION_JSON,
	 command_clip, "the last seconds of a source or sink, and the next ones, as a file"},
	{"cat", "NAME [--mode lossless|ordered|latest] [--frames N] [--raw]", 1, 1,
	 OPTION_MODE | OPTION_FRAMES | OPTION_RAW, command_cat, "the frames to stdout, as yuv4mpeg or raw"},
	{"add", "KIND NAME KEY=VALUE...|-", 3, -1, 0, command_add,
	 "a source, output, stream or sink, while the broker runs"},
	{"rm", "KIND NAME", 2, 2, 0, command_rm, "removes a source, output, stream or sink"},
	{"restart", "KIND NAME", 2, 2, 0, command_restart, "starts its worker anew"},
	{"reload", "", 0, 0, 0, command_reload, "the configuration file, read again"},
	{"upgrade", "", 0, 0, 0, command_upgrade, "the installed core takes over; nothing stops"},
	{"kick", "CLIENT", 1, 1, 0, command_kick, "ends one client's connection"},
	{"doctor", "[--json]", 0, 0, OPTION_JSON, command_doctor, "looks for what is wrong, and how to mend it"},
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static enum exit_status print_help(void)
{
	puts("usage: framebroker [OPTIONS] COMMAND [ARGUMENTS]\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	puts("");
	help_print_common();
	return report_written();
}

static enum exit_status print_command_help(const struct command *command)
{
	printf("usage: framebroker %s %s\n\n%s\n\n", command->name, command->arguments, command->summary);
	help_print_details(command->name);
	help_print_common();
	return report_written();
}

static enum exit_status usage(const struct command *command)
{
	fprintf(stderr, "usage: framebroker %s %s\n", command->name, command->arguments);
	return EXIT_USAGE;
}

static enum exit_status command_run(const struct command *command, struct options *options)
{
	unsigned foreign = options->given & ~command->accepts;
	if (foreign) {
		complain("%s takes no %s", command->name, option_name(foreign));
		return usage(command);
	}
	options->arguments++;
	options->count--;
	if (options->count < command->least || (command->most >= 0 && options->count > command->most))
		return usage(command);
	return command->run(options);
}

int main(int argc, char **argv)
{
	struct options options;
	setlocale(LC_TIME, "");
	if (!options_parse(argc, argv, &options)) {
		fputs("framebroker --help lists commands and options\n", stderr);
		return EXIT_USAGE;
	}
	if (options.version) {
		puts("framebroker " FRAMEBROKER_VERSION);
		return report_written();
	}
	if (options.count == 0) {
		if (options.help)
			return print_help();
		fputs("usage: framebroker [OPTIONS] COMMAND [ARGUMENTS]; framebroker --help lists them\n", stderr);
		return EXIT_USAGE;
	}
	const struct command *command = command_find(options.arguments[0]);
	if (!command) {
		complain("%s: no such command; framebroker --help lists them", options.arguments[0]);
		return EXIT_USAGE;
	}
	return options.help ? print_command_help(command) : command_run(command, &options);
}
