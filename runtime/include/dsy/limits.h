/* Every bound of the runtime's base, values and codecs, each with its reason.
 * The tests stand at each bound and one past it. */
#ifndef DSY_LIMITS_H
#define DSY_LIMITS_H

enum {
    /* Containers within containers in one encoded value. The readers and writers recurse once for
     * each level, and a level costs at most some 500 bytes of C stack. */
    DSY_NESTING_MAX = 1000,

    /* Octets of one struct, union or error in memory: an index out of range yields a zero value,
     * which is a view into one static block of this size. The emitter asserts it for each type. */
    DSY_VALUE_BYTES_MAX = 65536,

    /* Octets of a string or bytes value: sizes stay far from the overflow of any sum of two. */
    DSY_TEXT_BYTES_MAX = 1 << 30,

    /* Items of an array and entries of a map: entry numbers fit 32 bits. */
    DSY_LENGTH_MAX = 1 << 30,

    /* Octets of the printed form of any number, time, duration or uuid, which is built in a
     * scratch of this size. The longest is a decimal: sign, 34 digits, point, exponent. */
    DSY_PRINT_BYTES_MAX = 64,

    /* Octets of the text of a number that is read: more digits than any number has. */
    DSY_NUMBER_TEXT_BYTES_MAX = 400,

    /* Calls within calls in one routine or pure function, unless configured. */
    DSY_CALL_DEPTH_MAX = 1000,

    /* Octets of one message of a runtime error; longer ones are cut. */
    DSY_MESSAGE_BYTES_MAX = 512,

    /* Smallest and largest chunk that an arena asks the heap for. */
    DSY_ARENA_CHUNK_BYTES_MIN = 16 * 1024,
    DSY_ARENA_CHUNK_BYTES_MAX = 1024 * 1024,
};

#endif
