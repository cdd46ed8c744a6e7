/* fetch.h - asking early for what is read soon, where hardware does not foresee it. For processors
 * alone, where all memories are one, and compilers that have a word for it. */
#ifndef CLCONV_FETCH_H
#define CLCONV_FETCH_H

/* Bytes that come together; where they are to be. */
enum { CACHE_LINE = 64, FIRST_CACHE = 3, SECOND_CACHE = 2 };

/* FETCH(x, count, cache): elements from x on. */
#if defined(__has_builtin) && (defined(__x86_64__) || defined(__aarch64__))
#if __has_builtin(__builtin_prefetch)
#define FETCH(x, count, cache)                                                                     \
    do {                                                                                           \
        _Pragma("unroll") for (int i_ = 0; i_ < (count); i_ += CACHE_LINE / (int)sizeof(*(x)))     \
            __builtin_prefetch((private const void *)(ulong)((x) + i_), 0, cache);                 \
    } while (0)
#endif
#endif
#ifndef FETCH
#define FETCH(x, count, cache) (void)(x)
#endif

#endif
