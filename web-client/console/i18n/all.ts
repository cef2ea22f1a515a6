import { audit, people, terminals, units } from './admin';
import { archive, player } from './archive';
import { common, errors, password, signIn } from './common';
import { sentences } from './sentences';
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
    archive,
    player,
    people,
    terminals,
    units,
    audit,
    sentences,
};
