/* help.c: the long texts. docs/command.md tells more. */
#include "help.h"
#include <stdio.h>
#include <string.h>

#define JSON_OPTION "  --json               for programs; docs/protocol.md names the fields\n"
#define KINDS "KIND is source, output, stream or sink.\n"

static const struct {
	const char *command, *text;
} details[] = {
	{"status", JSON_OPTION "\nExample: framebroker status --json | jq .sources[].state\n"},
	{"ls", JSON_OPTION "\nExample: framebroker ls --json | jq -r '.[] | select(.dropped > 0) | .name'\n"},
	{"show", "NAME is that of a source, stream or sink; all that have it are shown.\n\n" JSON_OPTION
		 "\nExample: framebroker show gate/small\n"},
	{"events", "Ends with Ctrl-C, or with 4 when nothing has happened for --timeout.\n\n"
		   "  --json               one object a line\n"
		   "\nExample: framebroker events --json --timeout forever | jq --unbuffered .event\n"},
	{"wait", "Waits --timeout long, 10 s unless given: for the broker, for the stream, for its first frame. It is\n"
		 "demand: a source or sink with on_demand is started.\n"
		 "\nExample: framebroker wait gate --timeout 1min && framebroker snapshot gate now.jpg\n"},
	{"snapshot", "The file's ending says what it is: .jpg .jpeg .png .ppm; - is JPEG on stdout.\n"
		     "\nExample: framebroker snapshot gate now.jpg\n"},
	{"clip", "NAME is that of a source with `preroll`, a sink with `preroll` or `on_demand`, or of a stream of "
		 "packets. The packets are copied, "
		 "so the clip\n"
		 "begins with a key frame: the last one before TIME ago, or the first that there is. It waits for what "
		 "comes.\n\n"
		 "  --before TIME        what has been: 5s unless given\n"
		 "  --after TIME         what comes: 5s unless given\n" JSON_OPTION
		 "\nExample: framebroker clip gate alarm.mp4 --before 20s --after 10s\n"},
	{"cat",
	 "  --mode MODE          ordered (unless given): nobody waits for this command, missed frames are counted\n"
	 "                       on stderr; lossless: the source waits where it may; latest: newest frames only\n"
	 "  --frames N           ends after so many\n"
	 "  --raw                without the header of yuv4mpeg: rows without padding, planes one after the other\n"
	 "\nExample: framebroker cat gate | ffplay -\n"},
	{"add",
	 KINDS "KEY=VALUE are keys of framebroker.yaml; a dot goes one level down; - reads YAML or JSON from\n"
	       "stdin, which is the place for passwords. An output says source=NAME.\n"
	       "\nExample: framebroker add source gate url=rtsp://10.0.0.5/stream1 outputs.gate/small.width=640\n"},
	{"rm", KINDS "Readers of its streams get their end.\n\nExample: framebroker rm source gate\n"},
	{"restart", KINDS "Readers stay, and go on with its next frame.\n\nExample: framebroker restart source gate\n"},
	{"reload", "Starts, ends and restarts only what has changed. A wrong file changes nothing.\n"
		   "\nExample: framebroker reload\n"},
	{"upgrade", "The framebroker-core that is installed now takes over: sources, sinks, readers and writers go on.\n"
		    "framebrokerd itself stays; a new one counts when the broker is started again.\n"
		    "\nExample: framebroker upgrade\n"},
	{"kick", "CLIENT is a number from `framebroker status`. The program may connect again.\n"
		 "\nExample: framebroker kick 12\n"},
	{"doctor", JSON_OPTION "\nFails (1) where a check did.\n\nExample: framebroker doctor\n"},
};

void help_print_details(const char *command)
{
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++)
		if (strcmp(details[i].command, command) == 0)
			puts(details[i].text);
}

void help_print_common(void)
{
	puts("  -s, --socket PATH    the broker's socket (else $FRAMEBROKER_SOCKET, the user's broker, the system's)\n"
	     "  -t, --timeout TIME   of each wait: seconds, 500ms, 5min, forever; 10 s unless given\n"
	     "  -h, --help           this help, or that of the command\n"
	     "  -V, --version\n"
	     "\nExit status: 0 done, 1 failed, 2 usage, 3 no such name, 4 timed out");
}
