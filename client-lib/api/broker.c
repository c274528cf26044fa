/* broker.c: finding the broker, and the handle to it. */
#include "api/link.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* $FRAMEBROKER_SOCKET, else the user's own broker where there is one, else the system's where there is one, else the
 * user's. */
static int default_address(char path[ADDRESS_SIZE])
{
	const char *set = getenv("FRAMEBROKER_SOCKET");
	if (set && *set) {
		if (strlen(set) >= ADDRESS_SIZE)
			return error_set(ENAMETOOLONG, "FRAMEBROKER_SOCKET is longer than %d bytes", ADDRESS_SIZE - 1);
		strcpy(path, set);
		return 0;
	}
	char user[ADDRESS_SIZE];
	const char *system = address_default_system();
	bool has_user = address_default_user(user) == 0;
	bool own = has_user && (access(user, F_OK) == 0 || access(system, F_OK) < 0);
	strcpy(path, own ? user : system);
	return 0;
}

int fb_connect(const char *address, int64_t timeout_ns, fb_broker **ret_broker)
{
	char path[ADDRESS_SIZE];
	if (!address) {
		int err = default_address(path);
		if (err < 0)
			return err;
		address = path;
	}
	struct fb_broker *broker;
	int err = link_create(address, &broker);
	if (err < 0)
		return err;
	uint32_t session;
	err = link_ensure(broker, clock_deadline(timeout_ns), &session);
	if (err < 0) {
		link_unref(broker);
		return err;
	}
	*ret_broker = broker;
	return 0;
}

void fb_close(fb_broker **broker)
{
	if (!broker || !*broker)
		return;
	link_unref(*broker);
	*broker = NULL;
}

const char *fb_address(const fb_broker *broker)
{
	return broker->address;
}

const char *fb_error_text(void)
{
	return error_text();
}
