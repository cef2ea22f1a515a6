import { audit, factor, people, posts, signIns, terminals, units } from './admin';
import { archive, player } from './archive';
import { cameras } from './cameras';
import { cases, emergency, map } from './cases';
import { common, errors, password, signIn } from './common';
import { evidence, exportsWords, keeping, ownLog, purges, recording, remarks, reviews, seen } from './evidence';
import { derivatives } from './derivatives';
import { draws, health, holdsWords, observed } from './proof';
import { lessons } from './lessons';
import { live, monitor } from './monitor';
import { duty, reports } from './reports';
import { rollcall } from './rollcall';
import { platforms, weights } from './settings';
import { sentences } from './sentences';
import { checkDraws, photos, spotchecks, supervisees } from './spotchecks';
import { tickets } from './tickets';
import { visit, wall } from './visit';
import { booking, visits } from './visits';

export const words = {
    common,
    errors,
    signIn,
    password,
    visits,
    booking,
    visit,
    wall,
    live,
    monitor,
    archive,
    player,
    recording,
    evidence,
    keeping,
    exports: exportsWords,
    seen,
    reviews,
    remarks,
    ownLog,
    purges,
    tickets,
    cases,
    map,
    emergency,
    observed,
    draws,
    holds: holdsWords,
    health,
    derivatives,
    rollcall,
    spotchecks,
    checkDraws,
    supervisees,
    photos,
    duty,
    reports,
    lessons,
    people,
    terminals,
    cameras,
    units,
    posts,
    signIns,
    factor,
    audit,
    platforms,
    weights,
    sentences,
};
