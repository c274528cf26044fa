/* pace.c: credit of users. */
#include "clients/pace.h"
#include "base/clock.h"
#include <errno.h>
#include <stdlib.h>

#define CREDIT_MAX_NS (5 * NS_PER_SECOND)

struct pace_user {
	struct pace_user *next;
	uid_t uid;
	int64_t credit_ns; /* a time on the monotonic clock: what costs moves it on, and it must not lie ahead */
};

/* Whoever has all its credit is like one that was never here, and is forgotten. */
static void forget_idle(struct pace *pace, int64_t now_ns)
{
	for (struct pace_user **at = &pace->users; *at;) {
		struct pace_user *user = *at;
		if (user->credit_ns > now_ns - CREDIT_MAX_NS) {
			at = &user->next;
			continue;
		}
		*at = user->next;
		free(user);
	}
}

void pace_clear(struct pace *pace)
{
	forget_idle(pace, INT64_MAX);
}

static struct pace_user *find_user(struct pace *pace, uid_t uid, int64_t now_ns)
{
	for (struct pace_user *user = pace->users; user; user = user->next)
		if (user->uid == uid)
			return user;
	forget_idle(pace, now_ns);
	struct pace_user *user = calloc(1, sizeof *user);
	if (user) {
		*user = (struct pace_user){.next = pace->users, .uid = uid};
		pace->users = user;
	}
	return user;
}

int pace_spend(struct pace *pace, uid_t uid, int64_t cost_ns)
{
	int64_t now_ns = clock_monotonic_ns();
	struct pace_user *user = find_user(pace, uid, now_ns);
	if (!user)
		return -ENOMEM;
	if (user->credit_ns < now_ns - CREDIT_MAX_NS)
		user->credit_ns = now_ns - CREDIT_MAX_NS;
	user->credit_ns += cost_ns;
	if (user->credit_ns <= now_ns)
		return 0;
	user->credit_ns = now_ns;
	return -EAGAIN;
}
