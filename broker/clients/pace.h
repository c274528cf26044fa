/* pace.h: how fast users may go on: each has credit for some seconds, and what it does costs some of it. */
#ifndef FRAMEBROKER_CLIENTS_PACE_H
#define FRAMEBROKER_CLIENTS_PACE_H
#include <stdint.h>
#include <sys/types.h>

struct pace_user;

struct pace {                    /* begins as {0} */
	struct pace_user *users; /* who did something lately */
};

void pace_clear(struct pace *pace);

/* 0; -EAGAIN: the user has spent it all; -ENOMEM. Both without text. */
int pace_spend(struct pace *pace, uid_t uid, int64_t cost_ns);

#endif
