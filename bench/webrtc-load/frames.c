/* What a viewer would have seen: which frames came whole and in time, and for how long the picture stood still. */
#include "wl.h"

/* Shows the frames that are whole, in the order of their numbers; a keyframe may be jumped to. */
static void show(struct frames *fs, uint32_t no, uint64_t at)
{
	if(fs->shown_at && at > fs->shown_at) {
		uint64_t w0 = atomic_load_explicit(&WIN0, memory_order_relaxed), w1 = atomic_load_explicit(&WIN1, memory_order_relaxed);
		uint64_t still = at - fs->shown_at;
		if(fs->shown_at >= w0 && at < w1) {
			if(still > fs->longest_still)
				fs->longest_still = still;
			if(still > FREEZE_NS)
				fs->freezes++;
		}
	}
	if(at > fs->shown_at)
		fs->shown_at = at;
	fs->next = no + 1;
	fs->started = true;
}

static bool whole(const struct frame *f, uint32_t no) { return f->count && f->no == no && f->got == f->count; }

bool frames_add(struct frames *fs, const struct piece *p, uint64_t at)
{
	struct frame *f = &fs->f[p->frame % FRAMES_N];
	if(f->count && f->no != p->frame) {
		if((int32_t)(p->frame - f->no) < 0)
			return false;                       /* older than all that is remembered */
		f->count = 0;
	}
	if(!f->count)
		*f = (struct frame){ .no = p->frame, .count = p->count, .key = p->key };
	f->got++;
	if(p->sent > f->sent) f->sent = p->sent;
	if(at > f->at) f->at = at;
	if(f->got != f->count)
		return false;
	uint64_t w0 = atomic_load_explicit(&WIN0, memory_order_relaxed), w1 = atomic_load_explicit(&WIN1, memory_order_relaxed);
	if(f->sent >= w0 && f->sent < w1) {
		fs->whole++;
		fs->in_time += f->at <= f->sent + IN_TIME_NS;
	}
	bool first = !fs->started;
	if(f->key && (first || (int32_t)(f->no - fs->next) > 0))
		fs->next = f->no;
	else if(first)
		return false;
	while(whole(&fs->f[fs->next % FRAMES_N], fs->next))
		show(fs, fs->next, f->at);
	return first && fs->started;
}

uint64_t frames_longest_still(const struct frames *fs, uint64_t until)
{
	uint64_t last = fs->shown_at && fs->shown_at < until ? until - fs->shown_at : 0;
	return last > fs->longest_still ? last : fs->longest_still;
}
