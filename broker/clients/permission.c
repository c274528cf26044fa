/* permission.c: the rules of broker.access, asked for a client. */
#include "clients/permission.h"
#include "base/error.h"
#include <errno.h>

static int permit(const struct client *client, const char *stream, enum config_allow what, const char *doing)
{
	struct access_identity identity = client_identity(client);
	if (client->is_worker || access_allows(&client->control->access, &identity, stream, what))
		return 0;
	return error_set(EACCES, "%s stream %s is not allowed to this user: see broker.access", doing, stream);
}

int permission_to_read(const struct client *client, const char *stream)
{
	return permit(client, stream, CONFIG_ALLOW_READ, "reading");
}

int permission_to_write(const struct client *client, const char *stream)
{
	return permit(client, stream, CONFIG_ALLOW_WRITE, "writing");
}
