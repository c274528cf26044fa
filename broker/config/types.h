/* types.h: the value types of the configuration that C has none for, and the numbers that stand for a special word. */
#ifndef FRAMEBROKER_CONFIG_TYPES_H
#define FRAMEBROKER_CONFIG_TYPES_H
#include <stddef.h>

/* What a struct holds where the file says `auto` or `native`. Strings hold "", each member's comment says so. */
#define CONFIG_NATIVE 0     /* width, height, sample_rate, channels: as the input has it */
#define CONFIG_AUTO (-1)    /* whole numbers of which 0 is a value of its own: track, gop_size, frame_ahead, limits */
#define CONFIG_AUTO_SIZE 0u /* sizes in bytes: memory_limit, limits.memory */

/* numerator 0 is `native` or `auto` for a frame rate, and "as fast as readers take them" for readrate. In lowest terms.
 */
struct config_rate {
	int numerator, denominator;
};

/* What a worker may reach of the machine: all that the broker's user may, or only what its url needs. */
enum config_sandbox { CONFIG_SANDBOX_OFF, CONFIG_SANDBOX_STRICT };

/* FFmpeg options and the like, in the order written; no key twice. */
struct config_pair {
	char *key, *value;
};

struct config_dictionary {
	struct config_pair *pairs;
	size_t count;
};

struct config_list {
	char **items;
	size_t count;
};

#endif
