/* commands.h: the sub-commands. Each is given the command line, whose count of arguments has been checked, and returns
 * the exit status after reporting what failed. docs/command.md says what they do. */
#ifndef FRAMEBROKER_CLI_COMMANDS_H
#define FRAMEBROKER_CLI_COMMANDS_H
#include "exit.h"
#include "options.h"

enum exit_status command_status(const struct options *options);
enum exit_status command_ls(const struct options *options);
enum exit_status command_show(const struct options *options);
enum exit_status command_events(const struct options *options);
enum exit_status command_wait(const struct options *options);
enum exit_status command_snapshot(const struct options *options);
enum exit_status command_clip(const struct options *options);
enum exit_status command_cat(const struct options *options);
enum exit_status command_add(const struct options *options);
enum exit_status command_rm(const struct options *options);
enum exit_status command_restart(const struct options *options);
enum exit_status command_reload(const struct options *options);
enum exit_status command_upgrade(const struct options *options);
enum exit_status command_kick(const struct options *options);
enum exit_status command_doctor(const struct options *options);

#endif
