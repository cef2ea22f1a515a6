/* A line of some length: what viewers receive is looked at only after --delay-ms. */
#include "wl.h"

struct held { struct held *next; uint64_t due, at_real; struct pc *pc; struct sockaddr_in from; int n; uint8_t b[]; };

void delay_put(struct delay *d, struct pc *pc, const uint8_t *b, int n, const struct sockaddr_in *from, uint64_t now, uint64_t at_real)
{
	uint64_t late = (uint64_t)C.delay_ms * 1000000;
	struct held *h = malloc(sizeof *h + (size_t)n);
	*h = (struct held){ .due = now + late, .at_real = at_real + late, .pc = pc, .from = *from, .n = n };
	memcpy(h->b, b, (size_t)n);
	if(d->last)
		d->last->next = h;
	else
		d->first = h;
	d->last = h;
}

uint64_t delay_due(const struct delay *d) { return d->first ? d->first->due : UINT64_MAX; }

void delay_take(struct delay *d, uint64_t now)
{
	while(d->first && d->first->due <= now) {
		struct held *h = d->first;
		d->first = h->next;
		if(!d->first)
			d->last = NULL;
		on_packet(h->pc, h->b, h->n, &h->from, h->due, h->at_real);
		free(h);
	}
}
