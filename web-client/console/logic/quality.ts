/** A line's quality in words, for people who point at it: the level, whose fault it is, and the figures behind both. */
import type { Quality } from '@rtc/protocol';

type Translate = (key: string, named?: Record<string, unknown>) => string;

export function figures(quality: Quality): [key: string, value: string][] {
    const rows: [string, string | undefined][] = [
        ['up', `${quality.up_kbps} kbit/s`],
        ['missing', `${quality.up_loss}%`],
        ['lost', quality.up_lost === undefined ? undefined : `${quality.up_lost}%`],
        ['jitter', quality.jitter_ms === undefined ? undefined : `${quality.jitter_ms} ms`],
        ['down', `${quality.down_kbps} kbit/s`],
        ['downLoss', `${quality.down_loss}%`],
        ['carries', quality.estimate_kbps ? `${quality.estimate_kbps} kbit/s` : undefined],
        ['wanted', quality.wanted_kbps ? `${quality.wanted_kbps} kbit/s` : undefined],
        ['rtt', quality.rtt_ms > 0 ? `${quality.rtt_ms} ms` : undefined],
        ['ourLoss', quality.our_loss ? `${quality.our_loss}%` : undefined],
        ['ourLoad', quality.our_load === undefined ? undefined : `${quality.our_load}%`],
    ];
    return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

export function describe(t: Translate, quality: Quality | undefined): string {
    if (!quality) return t('visits.quality.none');
    const head = `${t(`visits.quality.${quality.level}`)} · ${t(`visits.why.${quality.why}`)}`;
    if (quality.level === 'gone') return head;
    const stills = quality.stills ? [t('visit.quality.stills')] : [];
    return [head, ...stills, ...figures(quality).map(([key, value]) => `${t(`visit.quality.${key}`)} ${value}`)].join(
        '\n',
    );
}
