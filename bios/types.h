/*
 * The BIOS's own small types and the three address spaces that its code lives in.
 *
 * Every C function of the BIOS runs with the segment registers set by entry.S:
 *
 *   DS = ES = SS   the stack (so that pointers to locals work)
 *   FS = 0040h     the BIOS data area, through BDA (bda.h)
 *   GS = CS        the ROM: constants and strings, through ROM / ROMSTR
 *
 * Anything else (the caller's buffers, the EBDA, the vectors) goes through farmem.h.
 */
#ifndef BIOS_TYPES_H
#define BIOS_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define ROM __seg_gs
#define ROMSTR(text) ((const char ROM *)(u32)(text))
#define PACKED __attribute__((packed))
#define NOINLINE __attribute__((noinline))
#define NORETURN __attribute__((noreturn))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OFFSET(type, member) __builtin_offsetof(type, member)

/*
 * The caller's registers as entry.S saves them on the stack; a handler answers by changing them. The tail is what the
 * INT instruction pushed.
 */
struct regs {
	union { u32 edi; u16 di; };
	union { u32 esi; u16 si; };
	union { u32 ebp; u16 bp; };
	u32 esp;
	union { u32 ebx; u16 bx; struct { u8 bl, bh; }; };
	union { u32 edx; u16 dx; struct { u8 dl, dh; }; };
	union { u32 ecx; u16 cx; struct { u8 cl, ch; }; };
	union { u32 eax; u16 ax; struct { u8 al, ah; }; };
	u16 gs, fs, es, ds;
	u16 handler;
	u16 ip, cs, flags;
};

#define FLAG_CF 0x0001
#define FLAG_ZF 0x0040
#define FLAG_IF 0x0200

static inline void set_cf(struct regs *r) { r->flags |= FLAG_CF; }
static inline void clear_cf(struct regs *r) { r->flags &= (u16)~FLAG_CF; }

/* Run a software interrupt with the registers of *r (not its esp); its answers and flags come back in *r. entry.S */
void call_int(u32 vector, struct regs *r);

#endif
