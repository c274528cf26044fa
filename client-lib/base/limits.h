/* limits.h: every limit on what a client, a file or another process's memory may ask of us, in one place. */
#ifndef FRAMEBROKER_BASE_LIMITS_H
#define FRAMEBROKER_BASE_LIMITS_H

#define LIMIT_NAME 64                /* bytes of a stream, source or sink name, without the terminating 0 */
#define LIMIT_URL 4096               /* bytes of a URL */
#define LIMIT_MESSAGE (16 * 1024)    /* bytes of one control message */
#define LIMIT_MESSAGE_FDS 120        /* descriptors in one control message (the kernel allows 253) */
#define LIMIT_OUT_QUEUE (64 * 1024)  /* bytes that wait for a slow client before it is disconnected */
#define LIMIT_REPLY (64u << 20)      /* bytes of a reply that travels as a sealed memfd */
#define LIMIT_READERS 100            /* reader places of one stream */
#define LIMIT_WRITERS 64             /* writers of one pool */
#define LIMIT_HELD 28                /* holds in one reader page: what a 64-byte line has room for */
#define LIMIT_SLOTS 16384            /* slots of one ring; the index word has 16 bits for them */
#define LIMIT_PACKETS 65472          /* slots of a ring of packets; a multiple of 64 below 2^16 */
#define LIMIT_PLANES 4
#define LIMIT_DIMENSION 16384        /* pixels, width or height */
#define LIMIT_SLOT_BYTES (1ull << 30)
#define LIMIT_RING_BYTES (64ull << 30)
#define LIMIT_METADATA (64 * 1024)   /* bytes of user metadata in one frame */
#define LIMIT_CONFIG_BYTES (4 << 20) /* of one configuration file */
#define LIMIT_CONFIG_FILES 256       /* files that one configuration includes */
#define LIMIT_CONFIG_INCLUDES 8      /* files that include one another, one inside the other */
#define LIMIT_CONFIG_DEPTH 32        /* mappings and lists inside one another */
#define LIMIT_CONFIG_NODES 100000    /* keys and values of one file */
#define LIMIT_CONFIG_STRING 4096     /* bytes of one value */
#define LIMIT_CONFIG_ERRORS 100      /* lines that tell what is wrong */
#define LIMIT_STREAMS 1024

#endif
