// Names of spot checks, supervisees and photos: a part of protocol.ts.
import { event, method, post } from './method';
import type {
    Candidate,
    CheckAnswer,
    CheckKind,
    CheckOutcome,
    CheckReplay,
    CheckWeighting,
    Photo,
    PhotoOpening,
    PhotoVerdict,
    Spotcheck,
    Supervisee,
    SuperviseeImport,
} from './spotcheck-types';

type Nothing = Record<string, never>;
type OfCheck = { spotcheck: string };

export const spotchecks = {
    list: method<Nothing, { spotchecks: Spotcheck[] }>('spotchecks.list'),
    get: method<OfCheck, CheckAnswer>('spotchecks.get'),
    preview: method<{ unit: string; kind: CheckKind; weighting: CheckWeighting }, { items: Candidate[] }>(
        'spotchecks.preview',
    ),
    /** `client`: one's own name of it; asked twice with the same, it is made once. */
    create: method<
        {
            client: string;
            name: string;
            unit: string;
            kind: CheckKind;
            weighting: CheckWeighting;
            n: number;
            weights?: Record<string, number>;
            excluded?: Record<string, string>;
            opens_ms?: number;
        },
        CheckAnswer
    >('spotchecks.create'),
    draw: method<OfCheck, CheckAnswer>('spotchecks.draw'),
    replay: method<OfCheck, CheckReplay>('spotchecks.replay'),
    outcome: method<OfCheck & { item: string; outcome: CheckOutcome; text?: string; photo?: string }, CheckAnswer>(
        'spotchecks.outcome',
    ),
    withdraw: method<OfCheck & { reason: string }, CheckAnswer>('spotchecks.withdraw'),
};

export const spotcheckEvents = { changed: event<{ spotcheck: Spotcheck }>('spotcheck.changed') };

export const supervisees = {
    list: method<{ unit?: string; search?: string }, { supervisees: Supervisee[]; total: number }>('supervisees.list'),
    import: method<{ text: string; apply: boolean }, SuperviseeImport>('supervisees.import'),
};

export const superviseePicturePath = (id: string): string => `/api/v1/supervisees/${encodeURIComponent(id)}/picture`;

export const photos = {
    ask: method<{ subject: string; reason: string; minutes?: number }, { photo: Photo; url: string }>('photos.ask'),
    list: method<{ subject?: string }, { photos: Photo[] }>('photos.list'),
    get: method<{ photo: string }, { photo: Photo }>('photos.get'),
    withdraw: method<{ photo: string }, { photo: Photo }>('photos.withdraw'),
    judge: method<{ photo: string; verdict: PhotoVerdict; note?: string }, { photo: Photo }>('photos.judge'),
};

export const photoEvents = { changed: event<{ photo: Photo }>('photo.changed') };

/** Of the phone's page, which has no seat. */
export const phone = {
    open: post<{ code: string }, PhotoOpening>('/api/v1/photo'),
    picturePath: (ticket: string): string => `/api/v1/photo/${encodeURIComponent(ticket)}`,
};
