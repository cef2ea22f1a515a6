#include "media/sink.h"

#include "media/prefetch.h"

void
media_sinks_prefetch(const GPtrArray *sinks, guint turn)
{
    if (turn + MEDIA_PREFETCH_AHEAD < sinks->len)
        media_prefetch(sinks->pdata[turn + MEDIA_PREFETCH_AHEAD], sizeof(MediaSink));
    for (unsigned ahead = 1; ahead < MEDIA_PREFETCH_AHEAD && turn + ahead < sinks->len; ahead++) {
        const MediaSink *sink = sinks->pdata[turn + ahead];
        if (sink->klass->prefetch != NULL)
            sink->klass->prefetch(sink, ahead);
    }
}
