/* cd_sector.c - what a CD has around the user data of a mode 1 sector (ECMA-130 clause 14
 * and annexes A, B).
 *
 *   0     12     16                 2064  2068     2076      2248      2352
 *   sync  M S F 1   user data       EDC   zeros    P parity  Q parity
 *
 * EDC is a CRC over sync, header and data. P and Q are Reed-Solomon codes over
 * GF(256): bytes 12..2075 as 43 columns of 24 words (two bytes wide) are the P code words,
 * (26, 24); with the P parity, 26 diagonals of 43 words are the Q code words, (45, 43).
 * Scrambling (annex B) belongs to the disc; a drive returns plain sectors.
 */
#include "devices/cd_sector.h"

#include <string.h>

#include "base/bits.h"

#define EDC_AT 2064
#define P_AT 2076
#define Q_AT 2248

void cd_msf(u8 msf[3], u32 lba)
{
	u32 f = lba + CD_PREGAP;
	msf[0] = (u8)(f / (60 * 75));
	msf[1] = (u8)(f / 75 % 60);
	msf[2] = (u8)(f % 75);
}

u32 cd_lba(const u8 msf[3])
{
	return ((u32)msf[0] * 60 + msf[1]) * 75 + msf[2] - CD_PREGAP;
}

static u8 bcd(u8 v)
{
	return (u8)(v / 10 << 4 | v % 10);
}

/* 14.3: P(x) = (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1), least significant bit first. */
static u32 edc(const u8 *p, int len)
{
	u32 crc = 0;
	for (int i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xd8018001u : 0);
	}
	return crc;
}

/* Multiplication by alpha; the field's polynomial is x^8 + x^4 + x^3 + x^2 + 1. */
static u8 times_alpha(u8 v)
{
	return (u8)(v << 1 ^ (v & 0x80 ? 0x1d : 0));
}

/* Division by alpha + 1. */
static u8 over_alpha_plus_1(u8 v)
{
	u8 x = 0; /* x = v / (alpha + 1): x + alpha x = v, bit by bit from below, with x7 guessed */
	for (int guess = 0; guess < 2; guess++) {
		u8 carry = guess ? 0x1d : 0, below = 0;
		x = 0;
		for (int bit = 0; bit < 8; bit++) {
			below = (u8)((v >> bit ^ carry >> bit ^ below) & 1);
			x |= (u8)(below << bit);
		}
		if (x >> 7 == guess)
			break;
	}
	return x;
}

/* The two parity bytes of a code word that starts at `at` of the bytes behind the sync
 * field and goes on by `step`, around `modulus`: sum of all = 0, sum with weights alpha^i = 0. */
static void parity(const u8 *in, int at, int step, int modulus, int words, u8 *p0, u8 *p1)
{
	u8 sum = 0, weighted = 0;
	for (int i = 0; i < words; i++) {
		u8 v = in[at];
		sum ^= v;
		weighted = times_alpha((u8)(weighted ^ v));
		at += step;
		if (at >= modulus)
			at -= modulus;
	}
	/* weighted = sum of v_i alpha^(n-i), so with p0 at alpha^1 and p1 at alpha^0:
	 * p0 + p1 = sum, alpha p0 + p1 = weighted alpha */
	*p0 = over_alpha_plus_1((u8)(times_alpha(weighted) ^ sum));
	*p1 = (u8)(*p0 ^ sum);
}

static void ecc(u8 *frame)
{
	u8 *in = frame + CD_SYNC;
	for (int column = 0; column < 86; column++)
		parity(in, column, 86, 86 * 24, 24, frame + P_AT + column, frame + P_AT + 86 + column);
	for (int diagonal = 0; diagonal < 52; diagonal++)
		parity(in, (diagonal >> 1) * 86 + (diagonal & 1), 88, 86 * 26, 43, frame + Q_AT + diagonal, frame + Q_AT + 52 + diagonal);
}

void cd_frame(u8 frame[CD_FRAME], u32 lba)
{
	u8 msf[3];
	memset(frame, 0xff, CD_SYNC);
	frame[0] = frame[CD_SYNC - 1] = 0;
	cd_msf(msf, lba);
	for (int i = 0; i < 3; i++)
		frame[CD_SYNC + i] = bcd(msf[i]);
	frame[CD_SYNC + 3] = 1; /* mode */
	store32(frame + EDC_AT, edc(frame, EDC_AT));
	memset(frame + EDC_AT + 4, 0, 8);
	ecc(frame);
}
