/* loop.h: the core's one event loop: descriptors and timers, one thread, no blocking. */
#ifndef FRAMEBROKER_LOOP_LOOP_H
#define FRAMEBROKER_LOOP_LOOP_H
#include <stdbool.h>
#include <stdint.h>

struct loop;

/* events: EPOLLIN | EPOLLOUT | EPOLLHUP … as they came. The callback may remove its own or any other watch or timer. */
typedef void loop_fd_fn(void *context, int fd, uint32_t events);
typedef void loop_timer_fn(void *context);

int loop_create(struct loop **ret_loop);
void loop_destroy(struct loop *loop); /* NULL is fine; closes no watched fd */

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *call, void *context);
int loop_rewatch(struct loop *loop, int fd, uint32_t events); /* other events for a watched fd */
void loop_unwatch(struct loop *loop, int fd);                 /* before the fd is closed; not watched is fine */

/* One shot; set again from its own callback to repeat. What is readable when it falls due is called before it, and time
 * in which the process was stopped does not count. */
struct loop_timer;
int loop_timer_create(struct loop *loop, loop_timer_fn *call, void *context, struct loop_timer **ret_timer);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ns);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_destroy(struct loop_timer *timer); /* NULL is fine */

/* Called in each turn, when all that came is done and before it sleeps. */
void loop_each_turn(struct loop *loop, loop_timer_fn *call, void *context);

int loop_run(struct loop *loop); /* until loop_stop(); 0 or a negative errno */
void loop_stop(struct loop *loop);

#endif
