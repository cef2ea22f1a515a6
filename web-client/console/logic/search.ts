/** A search of the archive as the address bar keeps it: every filter is a word in the query, so that a link shows it again. */
import type { RecordingFilters, RecordingSort } from '@rtc/protocol';
import { dayOf, wallToMs } from './time';

export const TEXT_FILTERS = ['text', 'person', 'officer', 'note'] as const;
export const CHOICE_FILTERS = ['unit', 'kind', 'cause', 'review', 'state'] as const;
export const SORTS: readonly RecordingSort[] = ['began', 'duration', 'missing', 'bytes', 'until'];
export const KINDS = ['visit', 'inspection', 'roll-call', 'spot-check', 'talk', 'lesson', 'meeting'] as const;
export const STATES = ['recording', 'sealing', 'sealed', 'failed', 'none', 'destroyed'] as const;
export const REVIEWS = ['none', 'open', 'taken', 'in-order', 'remarks', 'breach'] as const;
export const MISSING = [1, 5, 30, 120] as const;
export const PAGE = 50;
const LONGEST = 200;

/** All as text, as it stands in a form and in the address; '' is not set. */
export type FilterName =
    (typeof TEXT_FILTERS)[number] | (typeof CHOICE_FILTERS)[number] | 'from' | 'to' | 'missing' | 'held';
export type Filters = Record<FilterName, string>;
export interface Search {
    filters: Filters;
    sort: RecordingSort;
    order: 'up' | 'down';
    /** From 0. */
    page: number;
}

export const FILTERS: readonly FilterName[] = [...TEXT_FILTERS, 'from', 'to', ...CHOICE_FILTERS, 'missing', 'held'];
export const noFilters = (): Filters => Object.fromEntries(FILTERS.map((name) => [name, ''])) as Filters;

type Query = Readonly<Record<string, unknown>>;
const word = (query: Query, name: string): string => {
    const value = query[name];
    return typeof value === 'string' ? value.slice(0, LONGEST) : '';
};

/** Whatever somebody has put into the address; what makes no sense is not set. */
export function fromQuery(query: Query): Search {
    const filters = noFilters();
    for (const name of FILTERS) filters[name] = word(query, name);
    for (const name of ['from', 'to'] as const) if (!/^\d{4}-\d\d-\d\d$/.test(filters[name])) filters[name] = '';
    if (!/^\d{1,5}$/.test(filters.missing)) filters.missing = '';
    if (filters.held !== 'yes' && filters.held !== 'no') filters.held = '';
    const page = Number(word(query, 'page'));
    return {
        filters,
        sort: SORTS.find((one) => one === word(query, 'sort')) ?? 'began',
        order: word(query, 'order') === 'up' ? 'up' : 'down',
        page: Number.isInteger(page) && page > 1 && page < 100_000 ? page - 1 : 0,
    };
}

/** Only what is set and not the default: a plain search has a plain address. */
export function toQuery(search: Search): Record<string, string> {
    const query: Record<string, string> = {};
    for (const name of FILTERS) {
        const value = search.filters[name].trim();
        if (value) query[name] = value;
    }
    if (search.sort !== 'began') query['sort'] = search.sort;
    if (search.order !== 'down') query['order'] = search.order;
    if (search.page > 0) query['page'] = String(search.page + 1);
    return query;
}

export function toParams(
    search: Search,
    zone: string,
): RecordingFilters & { sort: RecordingSort; order: 'up' | 'down'; limit: number; offset: number } {
    const { filters } = search;
    const params: RecordingFilters = {};
    for (const name of [...TEXT_FILTERS, ...CHOICE_FILTERS]) {
        const value = filters[name].trim();
        if (value) params[name] = value;
    }
    if (filters.from) params.from_ms = wallToMs(filters.from, '00:00', zone);
    if (filters.to) params.to_ms = dayOf(wallToMs(filters.to, '12:00', zone), zone).to;
    if (filters.missing) params.min_missing_s = Number(filters.missing);
    if (filters.held) params.held = filters.held === 'yes';
    return { ...params, sort: search.sort, order: search.order, limit: PAGE, offset: search.page * PAGE };
}

export const setFilters = (filters: Filters): FilterName[] => FILTERS.filter((name) => filters[name].trim() !== '');
