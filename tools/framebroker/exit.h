/* exit.h: what the command's exit status tells a script. Part of its contract: docs/command.md. */
#ifndef FRAMEBROKER_CLI_EXIT_H
#define FRAMEBROKER_CLI_EXIT_H

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_NAME = 3, EXIT_TIMED_OUT = 4 };

#endif
