/* ring_pool_support.h: a generation with three writers and a reader of what they make. */
#ifndef FRAMEBROKER_TESTS_RING_POOL_SUPPORT_H
#define FRAMEBROKER_TESTS_RING_POOL_SUPPORT_H
#include "support/ring_fixture.h"

#define MEMBERS 3
#define READER 0
#define GROUP 3 /* the place of a group whose frames make the order */

extern struct ring_fixture fixture;
extern struct ring_writer *member[MEMBERS];
extern struct ring_reader *reader;
extern struct ring_work_view work; /* a group of another stream, whose frames 1, 2, 3 … the members' tickets are */

/* cmocka's setup and teardown. */
int pool_begin(void **state);
int pool_end(void **state);

/* Where tickets come from. */
void order_by_claims(void);
void order_by_group(void);

/* The group's frame is that from now on. */
void settle(uint64_t seq, enum ring_work kind);

unsigned claim(unsigned number, uint64_t ticket);
int publish(unsigned number, unsigned slot, int64_t pts_ns, uint64_t *ret_seq); /* pts_ns tells which frame it is */

void expect_frame(uint64_t seq, int64_t pts_ns);
void expect_nothing(void);
unsigned count_claimed(void);

#endif
