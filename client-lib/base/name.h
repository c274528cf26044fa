/* name.h: what a stream, source, sink or processor may be called. */
#ifndef FRAMEBROKER_BASE_NAME_H
#define FRAMEBROKER_BASE_NAME_H

/* NULL for a good name (letters, digits, _ . -, parts split by /, no part empty, . or .., at most LIMIT_NAME bytes),
 * else what is wrong with it, to be read after "the name ". */
const char *name_fault(const char *name);

#endif
