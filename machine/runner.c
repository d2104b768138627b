/* runner.c - a machine on a thread of its own; see runner.h.
 *
 *   other threads ── keys, calls, quit, pause ──> serve() ─┐
 *                 <── picture, samples, speed ───── feed() ─┤ one turn
 *                                                   step() ─┘ <= 3 ms
 *
 * Paced: virtual time is kept at (host time - anchor). When the processor is ahead or
 * halts, the thread sleeps; the governor makes an instruction as long as the host needs for one,
 * or longer where the user set a limit.
 * After a stall of the host the anchor moves: lost time is not caught up.
 * With -icount nothing is paced and the rate never changes.
 */
#include "machine/runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLICE_NS 3000000u
#define GOVERNOR_NS 10000000u   /* virtual time between two decisions */
#define GOVERNOR_BUSY 2000000u  /* host time that a decision needs to rest on */
#define STALL_NS 200000000
#define SPEED_NS 1000000000u
#define NEVER (~0ull)
#define FIRST_MIPS 100 /* until the host's speed is known */
#define MOST_MIPS 10000
#define RATE_ONE 65536u /* of machine_set_rate: one nanosecond */
#define KEY_QUEUE 256
#define MOUSE_QUEUE 64
#define SAMPLES 8192

struct call {
	void (*fn)(struct machine *m, void *arg);
	void *arg;
	struct call *next;
	bool done;
};

struct key {
	u8 usage;
	bool down;
};

struct mouse_move {
	int dx, dy, dz;
	u8 buttons;
};

/* Two pictures: one is shown to the others, one is drawn. */
struct pictures {
	pthread_mutex_t lock;
	atomic_bool wanted;
	struct frame front, back;
	u64 serial;     /* of front; 0: none yet */
	u64 machine_id; /* machine_picture_id of front */
};

struct sound {
	pthread_mutex_t lock;
	atomic_int rate; /* 0: nobody listens */
	s16 ring[SAMPLES];
	int head, count;
	bool primed; /* enough was collected to begin */
};

/* The runner's thread only. */
struct pace {
	s64 anchor; /* host ns - virtual ns when in step */
	u64 rate, nominal; /* 1/65536 ns per instruction */
	u64 cost;          /* host ns per instruction, averaged, same unit; 0: not known yet */
	u64 busy_ns, busy_insns, last_decision;
	u64 slice; /* instructions, with -icount */
};

struct meter {
	u64 host_ns, virtual_ns, count, exits;
};

struct runner {
	struct machine *m;
	struct runner_config config;
	bool icount;
	pthread_t thread;

	pthread_mutex_t lock; /* guards the next block */
	pthread_cond_t wake, done;
	bool quit, paused, posted, over;
	struct call *calls, **last_call;
	struct key keys[KEY_QUEUE];
	int nkeys;
	struct mouse_move moves[MOUSE_QUEUE];
	int nmoves;
	enum runner_end why;
	struct runner_speed speed;

	pthread_mutex_t direct; /* calls after the end */
	struct pictures pictures;
	struct sound sound;
	struct pace pace;
	struct meter meter;
};

static u64 host_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* ---- time --------------------------------------------------------------------------------------------- */

static void pace_anchor(struct runner *r)
{
	r->pace.anchor = (s64)host_ns() - (s64)machine_now_ns(r->m);
}

/* How far virtual time is ahead of the host's, in ns. */
static s64 pace_ahead(const struct runner *r)
{
	return (s64)machine_now_ns(r->m) + r->pace.anchor - (s64)host_ns();
}

static u64 slice_insns(const struct runner *r)
{
	if (r->icount)
		return r->pace.slice;
	u64 n = (u64)SLICE_NS * RATE_ONE / r->pace.rate;
	return n < 1000 ? 1000 : n;
}

/* Measures the processor and, now and then, fits the length of an instruction to it. */
static void pace_govern(struct runner *r, u64 insns, u64 ns)
{
	struct pace *p = &r->pace;
	u64 now = machine_now_ns(r->m);
	p->busy_ns += ns;
	p->busy_insns += insns;
	if (now - p->last_decision < GOVERNOR_NS || p->busy_ns < GOVERNOR_BUSY || !p->busy_insns)
		return;
	u64 cost = p->busy_ns * RATE_ONE / p->busy_insns;
	p->cost = p->cost ? (3 * p->cost + cost) / 4 : cost;
	p->busy_ns = p->busy_insns = 0;
	p->last_decision = now;
	u64 want = p->cost + p->cost / 16;
	want = want < p->nominal ? p->nominal : want > UINT32_MAX ? UINT32_MAX : want;
	u64 off = want > p->rate ? want - p->rate : p->rate - want;
	if (off > p->rate / 16 || (off && want == p->nominal)) {
		p->rate = want;
		machine_set_rate(r->m, (u32)want);
	}
}

/* Slices of about SLICE_NS of host time. */
static void pace_icount(struct runner *r, u64 insns, u64 ns)
{
	struct pace *p = &r->pace;
	if (insns < p->slice)
		return;
	if (ns < SLICE_NS / 2 && p->slice < 1u << 26)
		p->slice *= 2;
	else if (ns > SLICE_NS * 2 && p->slice > 1000)
		p->slice /= 2;
}

static void measure(struct runner *r)
{
	struct meter *k = &r->meter;
	u64 at = host_ns();
	if (at - k->host_ns < SPEED_NS)
		return;
	struct meter now = {at, machine_now_ns(r->m), machine_count(r->m), machine_exits(r->m)};
	double ns = (double)(now.host_ns - k->host_ns);
	pthread_mutex_lock(&r->lock);
	r->speed.mips = (double)(now.count - k->count) * 1e3 / ns;
	r->speed.exits_per_s = (double)(now.exits - k->exits) * 1e9 / ns;
	r->speed.time_ratio = (double)(now.virtual_ns - k->virtual_ns) / ns;
	pthread_mutex_unlock(&r->lock);
	*k = now;
}

/* ---- what others get ------------------------------------------------------------------------------------ */

static void draw(struct runner *r)
{
	struct pictures *p = &r->pictures;
	u64 id = machine_picture_id(r->m);
	atomic_store(&p->wanted, false);
	if (p->serial && id == p->machine_id)
		return;
	p->back.on = machine_render(r->m, &p->back);
	pthread_mutex_lock(&p->lock);
	struct frame f = p->front;
	p->front = p->back;
	p->back = f;
	p->serial++;
	p->machine_id = id;
	pthread_mutex_unlock(&p->lock);
}

/* More than a tenth of a second in store is delay: then what follows is skipped. */
static void fill_sound(struct runner *r)
{
	struct sound *s = &r->sound;
	s16 buf[512];
	int n, rate = atomic_load(&s->rate);
	pthread_mutex_lock(&s->lock);
	int room = rate / 10 - s->count;
	pthread_mutex_unlock(&s->lock);
	if (room > SAMPLES / 2)
		room = SAMPLES / 2;
	while (room > 0 && (n = machine_audio(r->m, buf, room < 512 ? room : 512, rate)) > 0) {
		pthread_mutex_lock(&s->lock);
		for (int i = 0; i < n && s->count < SAMPLES; i++)
			s->ring[(s->head + s->count++) % SAMPLES] = buf[i];
		pthread_mutex_unlock(&s->lock);
		room -= n;
	}
	if (room <= 0)
		machine_audio_catch_up(r->m);
}

static void feed(struct runner *r)
{
	if (atomic_load(&r->pictures.wanted))
		draw(r);
	if (atomic_load(&r->sound.rate))
		fill_sound(r);
	measure(r);
}

/* ---- what others ask for -------------------------------------------------------------------------------- */

/* Called and returns with the lock held; lets go of it while a call runs. */
static void take_posts(struct runner *r)
{
	r->posted = false;
	for (int i = 0; i < r->nkeys; i++)
		machine_key(r->m, r->keys[i].usage, r->keys[i].down);
	r->nkeys = 0;
	for (int i = 0; i < r->nmoves; i++)
		machine_mouse(r->m, r->moves[i].dx, r->moves[i].dy, r->moves[i].dz, r->moves[i].buttons);
	r->nmoves = 0;
	while (r->calls) {
		struct call *c = r->calls;
		r->calls = c->next;
		if (!r->calls)
			r->last_call = &r->calls;
		pthread_mutex_unlock(&r->lock);
		c->fn(r->m, c->arg);
		pthread_mutex_lock(&r->lock);
		c->done = true;
		pthread_cond_broadcast(&r->done);
	}
}

/* Sleeps until something is posted or the host's clock shows `deadline`. */
static void doze(struct runner *r, u64 deadline)
{
	struct timespec t = {.tv_sec = (time_t)(deadline / 1000000000u), .tv_nsec = (long)(deadline % 1000000000u)};
	pthread_mutex_lock(&r->lock);
	while (!r->posted && !r->quit) {
		if (deadline == NEVER)
			pthread_cond_wait(&r->wake, &r->lock);
		else if (pthread_cond_timedwait(&r->wake, &r->lock, &t))
			break;
	}
	pthread_mutex_unlock(&r->lock);
}

/* Does what is posted; while paused, nothing else. Returns false when the run is over. */
static bool serve(struct runner *r)
{
	bool was_paused = false;
	pthread_mutex_lock(&r->lock);
	take_posts(r);
	while (r->paused && !r->quit) {
		was_paused = true;
		r->speed = (struct runner_speed){0};
		pthread_mutex_unlock(&r->lock);
		if (atomic_load(&r->pictures.wanted))
			draw(r);
		doze(r, NEVER);
		pthread_mutex_lock(&r->lock);
		take_posts(r);
	}
	bool go_on = !r->quit;
	pthread_mutex_unlock(&r->lock);
	if (was_paused)
		pace_anchor(r);
	return go_on;
}

/* ---- the turn ---------------------------------------------------------------------------------------------- */

static void end(struct runner *r, enum runner_end why)
{
	pthread_mutex_lock(&r->lock);
	if (r->config.no_shutdown) {
		r->paused = true;
	} else {
		r->why = why;
		r->quit = true;
	}
	pthread_mutex_unlock(&r->lock);
}

static void triple_fault(struct runner *r)
{
	if (r->config.triple_fault)
		r->config.triple_fault(r->config.opaque, r->m);
	if (r->config.no_reboot)
		end(r, RUNNER_TRIPLE_FAULT);
	else
		machine_reset(r->m);
}

/* The guest halts: sleep, or with -icount jump, to the next event. */
static void idle(struct runner *r)
{
	u64 next = machine_next_event_ns(r->m);
	if (r->icount) {
		if (next == NEVER)
			doze(r, NEVER);
		else
			machine_skip_to(r->m, next);
		return;
	}
	doze(r, next == NEVER ? NEVER : (u64)((s64)next + r->pace.anchor));
	s64 now = (s64)host_ns() - r->pace.anchor;
	if (now > 0)
		machine_skip_to(r->m, (u64)now < next ? (u64)now : next);
}

static void step(struct runner *r)
{
	if (!r->icount) {
		s64 ahead = pace_ahead(r);
		if (ahead > 0) {
			doze(r, host_ns() + (u64)ahead);
			return;
		}
		if (ahead < -STALL_NS)
			pace_anchor(r);
	}
	u64 count = machine_count(r->m), before = host_ns();
	enum machine_state state = machine_run(r->m, slice_insns(r));
	u64 insns = machine_count(r->m) - count, ns = host_ns() - before;
	if (r->icount)
		pace_icount(r, insns, ns);
	else
		pace_govern(r, insns, ns);
	if (state == MACHINE_IDLE)
		idle(r);
	else if (state == MACHINE_STOPPED)
		triple_fault(r);
	else if (state == MACHINE_EXITED || (state == MACHINE_RESET && r->config.no_reboot))
		end(r, RUNNER_GUEST_EXIT);
}

static void *thread_main(void *arg)
{
	struct runner *r = arg;
	pthread_mutex_lock(&r->lock); /* runner_start lets go of it when r is complete */
	pthread_mutex_unlock(&r->lock);
	pace_anchor(r);
	r->meter = (struct meter){host_ns(), machine_now_ns(r->m), machine_count(r->m), machine_exits(r->m)};
	while (serve(r)) {
		step(r);
		feed(r);
	}
	draw(r);
	pthread_mutex_lock(&r->lock);
	take_posts(r);
	enum runner_end why = r->why;
	r->over = true;
	pthread_cond_broadcast(&r->done);
	pthread_mutex_unlock(&r->lock);
	if (r->config.ended)
		r->config.ended(r->config.opaque, why);
	return NULL;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static bool alloc_frame(struct frame *f)
{
	f->stride_pixels = f->max_width = RUNNER_MAX_WIDTH;
	f->max_height = RUNNER_MAX_HEIGHT;
	f->pixels = calloc((size_t)RUNNER_MAX_WIDTH * RUNNER_MAX_HEIGHT, sizeof *f->pixels);
	return f->pixels != NULL;
}

static void free_runner(struct runner *r)
{
	free(r->pictures.front.pixels);
	free(r->pictures.back.pixels);
	pthread_mutex_destroy(&r->lock);
	pthread_mutex_destroy(&r->direct);
	pthread_mutex_destroy(&r->pictures.lock);
	pthread_mutex_destroy(&r->sound.lock);
	pthread_cond_destroy(&r->wake);
	pthread_cond_destroy(&r->done);
	free(r);
}

static void init_locks(struct runner *r)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &monotonic);
	pthread_cond_init(&r->done, NULL);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->direct, NULL);
	pthread_mutex_init(&r->pictures.lock, NULL);
	pthread_mutex_init(&r->sound.lock, NULL);
}

struct runner *runner_start(struct machine *m, const struct runner_config *config)
{
	struct runner *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->m = m;
	r->config = *config;
	r->icount = config->icount;
	r->paused = config->paused;
	r->last_call = &r->calls;
	r->why = RUNNER_QUIT;
	r->pace.nominal = 1000u * RATE_ONE / (config->mips ? config->mips : MOST_MIPS);
	r->pace.rate = 1000u * RATE_ONE / (config->mips ? config->mips : FIRST_MIPS);
	r->pace.slice = 100000;
	init_locks(r);
	bool frames = alloc_frame(&r->pictures.front) && alloc_frame(&r->pictures.back);
	pthread_mutex_lock(&r->lock);
	int error = frames ? pthread_create(&r->thread, NULL, thread_main, r) : -1;
	pthread_mutex_unlock(&r->lock);
	if (error) {
		free_runner(r);
		return NULL;
	}
	return r;
}

void runner_quit(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	r->quit = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

enum runner_end runner_wait(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	while (!r->over)
		pthread_cond_wait(&r->done, &r->lock);
	enum runner_end why = r->why;
	pthread_mutex_unlock(&r->lock);
	return why;
}

enum runner_end runner_join(struct runner *r)
{
	runner_quit(r);
	pthread_join(r->thread, NULL);
	enum runner_end why = r->why;
	free_runner(r);
	return why;
}

/* ---- from other threads ------------------------------------------------------------------------------------ */

/* With the lock held. */
static void post(struct runner *r)
{
	r->posted = true;
	pthread_cond_signal(&r->wake);
}

void runner_key(struct runner *r, u8 hid_usage, bool down)
{
	pthread_mutex_lock(&r->lock);
	if (r->nkeys < KEY_QUEUE)
		r->keys[r->nkeys++] = (struct key){hid_usage, down};
	post(r);
	pthread_mutex_unlock(&r->lock);
}

/* Movements with the same buttons are added up; when the queue is full, the last place is. */
void runner_mouse(struct runner *r, int dx, int dy, int dz, u8 buttons)
{
	pthread_mutex_lock(&r->lock);
	struct mouse_move *last = r->nmoves ? &r->moves[r->nmoves - 1] : NULL;
	if (!last || (last->buttons != buttons && r->nmoves < MOUSE_QUEUE)) {
		r->moves[r->nmoves++] = (struct mouse_move){dx, dy, dz, buttons};
	} else {
		last->dx += dx;
		last->dy += dy;
		last->dz += dz;
		last->buttons = buttons;
	}
	post(r);
	pthread_mutex_unlock(&r->lock);
}

void runner_pause(struct runner *r, bool paused)
{
	pthread_mutex_lock(&r->lock);
	r->paused = paused;
	post(r);
	pthread_mutex_unlock(&r->lock);
}

bool runner_paused(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	bool paused = r->paused;
	pthread_mutex_unlock(&r->lock);
	return paused;
}

void runner_call(struct runner *r, void (*fn)(struct machine *m, void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};
	if (pthread_equal(pthread_self(), r->thread)) {
		fn(r->m, arg);
		return;
	}
	pthread_mutex_lock(&r->lock);
	bool over = r->over;
	if (!over) {
		*r->last_call = &c;
		r->last_call = &c.next;
		post(r);
		while (!c.done)
			pthread_cond_wait(&r->done, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	if (over) {
		pthread_mutex_lock(&r->direct);
		fn(r->m, arg);
		pthread_mutex_unlock(&r->direct);
	}
}

static void copy_picture(struct frame *to, const struct frame *from)
{
	to->width = from->width < to->max_width ? from->width : to->max_width;
	to->height = from->height < to->max_height ? from->height : to->max_height;
	to->par_num = from->par_num;
	to->par_den = from->par_den;
	to->on = from->on;
	for (int y = 0; y < to->height; y++)
		memcpy(to->pixels + (size_t)y * (size_t)to->stride_pixels, from->pixels + (size_t)y * (size_t)from->stride_pixels,
		       (size_t)to->width * sizeof *to->pixels);
}

bool runner_picture(struct runner *r, struct frame *f, u64 *id)
{
	struct pictures *p = &r->pictures;
	pthread_mutex_lock(&p->lock);
	bool newer = p->serial != *id;
	if (newer) {
		copy_picture(f, &p->front);
		*id = p->serial;
	}
	pthread_mutex_unlock(&p->lock);
	if (!atomic_exchange(&p->wanted, true)) {
		pthread_mutex_lock(&r->lock);
		if (r->paused)
			post(r);
		pthread_mutex_unlock(&r->lock);
	}
	return newer;
}

void runner_audio(struct runner *r, s16 *samples, int n, int rate)
{
	struct sound *s = &r->sound;
	int i = 0;
	pthread_mutex_lock(&s->lock);
	atomic_store(&s->rate, rate);
	if (s->count >= rate / 30)
		s->primed = true;
	for (; i < n && s->primed && s->count; i++) {
		samples[i] = s->ring[s->head];
		s->head = (s->head + 1) % SAMPLES;
		s->count--;
	}
	if (i < n)
		s->primed = false;
	pthread_mutex_unlock(&s->lock);
	for (; i < n; i++)
		samples[i] = 0;
}

struct runner_speed runner_speed(struct runner *r)
{
	pthread_mutex_lock(&r->lock);
	struct runner_speed speed = r->speed;
	pthread_mutex_unlock(&r->lock);
	return speed;
}
