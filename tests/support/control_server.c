/* control_server FOLDER WORKER READY: control_serve() as a program, for tools that are to look at the clients only. */
#include "support/control_serve.h"
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 1;
	control_serve(argv[1], atoi(argv[2]), atoi(argv[3]));
}
