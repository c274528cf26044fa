/* help.h: what `framebroker COMMAND --help` says beyond the command's usage line. */
#ifndef FRAMEBROKER_CLI_HELP_H
#define FRAMEBROKER_CLI_HELP_H

/* The options that all commands have, and the exit status: how every help ends. */
void help_print_common(void);

/* Options and an example of one command. */
void help_print_details(const char *command);

#endif
