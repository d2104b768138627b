/* types.h - the integer and address types every floor uses.
 *
 * Guest quantities are u8..u64; int and size_t are for the host's own counts.
 * Addresses are 64 bits wide everywhere, so that nothing has to be widened for
 * PAE or long mode.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 lin_t; /* linear address: segment base + effective address */
typedef u64 gpa_t; /* guest-physical address */

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
