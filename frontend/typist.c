/* typist.c - a queue of key movements; see typist.h.
 *
 * One movement a tick: a character takes 20 ms, with Shift 40 ms.
 */
#include "frontend/typist.h"

#include <stdlib.h>

#include "frontend/keymap.h"

void typist_init(struct typist *t)
{
	*t = (struct typist){.size = 0};
	pthread_mutex_init(&t->lock, NULL);
}

void typist_free(struct typist *t)
{
	free(t->moves);
	pthread_mutex_destroy(&t->lock);
}

/* Room for n more; with the lock held. */
static bool reserve(struct typist *t, u32 n)
{
	u32 size = t->size ? t->size : 256;
	while (size < t->count + n)
		size *= 2;
	if (size > TYPIST_MAX)
		return false;
	if (size == t->size)
		return true;
	struct key_move *moves = malloc(size * sizeof *moves);
	if (!moves)
		return false;
	for (u32 i = 0; i < t->count; i++)
		moves[i] = t->moves[(t->head + i) & (t->size - 1)];
	free(t->moves);
	t->moves = moves;
	t->size = size;
	t->head = 0;
	return true;
}

static void put(struct typist *t, u8 usage, bool down)
{
	t->moves[(t->head + t->count++) & (t->size - 1)] = (struct key_move){usage, down};
}

bool typist_chord(struct typist *t, const u8 *usages, int n)
{
	pthread_mutex_lock(&t->lock);
	bool ok = reserve(t, 2 * (u32)n);
	for (int i = 0; ok && i < n; i++)
		put(t, usages[i], true);
	for (int i = n - 1; ok && i >= 0; i--)
		put(t, usages[i], false);
	pthread_mutex_unlock(&t->lock);
	return ok;
}

bool typist_release(struct typist *t, u8 usage)
{
	pthread_mutex_lock(&t->lock);
	bool ok = reserve(t, 1);
	if (ok)
		put(t, usage, false);
	pthread_mutex_unlock(&t->lock);
	return ok;
}

/* Alt held, the number's digits on the keypad: the BIOS makes the character when Alt is let go. */
static bool type_by_number(struct typist *t, int code)
{
	int digits[3] = {code / 100, code / 10 % 10, code % 10};
	pthread_mutex_lock(&t->lock);
	bool ok = reserve(t, 8);
	if (ok)
		put(t, KEY_ALT, true);
	for (int i = 0; ok && i < 3; i++) {
		u8 key = (u8)(digits[i] ? KEY_PAD_1 + digits[i] - 1 : KEY_PAD_0);
		put(t, key, true);
		put(t, key, false);
	}
	if (ok)
		put(t, KEY_ALT, false);
	pthread_mutex_unlock(&t->lock);
	return ok;
}

static bool type_char(struct typist *t, u32 c)
{
	bool shift;
	u8 usage = keymap_char(c, &shift);
	if (usage) {
		u8 keys[2] = {shift ? KEY_SHIFT : usage, usage};
		return typist_chord(t, keys, shift ? 2 : 1);
	}
	int code = cp437_find(c);
	return code >= 0 && type_by_number(t, code);
}

int typist_text(struct typist *t, const char *utf8)
{
	int lost = 0;
	u32 c, before = 0;
	while ((c = utf8_next(&utf8))) {
		if (!(c == '\n' && before == '\r') && !type_char(t, c))
			lost++;
		before = c;
	}
	return lost;
}

bool typist_tick(struct typist *t, struct machine *m)
{
	struct key_move move;
	pthread_mutex_lock(&t->lock);
	bool any = t->count > 0;
	if (any) {
		move = t->moves[t->head];
		t->head = (t->head + 1) & (t->size - 1);
		t->count--;
	}
	pthread_mutex_unlock(&t->lock);
	if (any)
		machine_key(m, move.usage, move.down);
	return any;
}

/* What is pressed is still released. */
void typist_clear(struct typist *t)
{
	pthread_mutex_lock(&t->lock);
	u32 kept = 0;
	for (u32 i = 0; i < t->count; i++) {
		struct key_move move = t->moves[(t->head + i) & (t->size - 1)];
		if (!move.down)
			t->moves[(t->head + kept++) & (t->size - 1)] = move;
	}
	t->count = kept;
	pthread_mutex_unlock(&t->lock);
}

/* ---- characters ---------------------------------------------------------------------------------------- */

u32 utf8_next(const char **text)
{
	const u8 *p = (const u8 *)*text;
	int more = *p < 0x80 ? 0 : *p >= 0xf0 && *p < 0xf8 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : -1;
	u32 c = more == 0 ? *p : more == 3 ? *p & 7u : more == 2 ? *p & 15u : *p & 31u;
	if (*p == 0)
		return 0;
	p++;
	for (int i = 0; i < more; i++, p++) {
		if ((*p & 0xc0) != 0x80) {
			more = -1;
			break;
		}
		c = c << 6 | (*p & 0x3fu);
	}
	*text = (const char *)p;
	return more < 0 || c == 0 ? 0xfffd : c;
}

bool utf8_locale(void)
{
	wchar_t c;
	return mbtowc(&c, "\xe2\x82\xac", 3) == 3 && c == 0x20ac;
}

int utf8_put(u16 c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

int cp437_find(u32 c)
{
	for (int i = 1; i < 256; i++)
		if (machine_cp437((u8)i) == c)
			return i;
	return -1;
}
