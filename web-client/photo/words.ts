import { makeTranslator } from '../parts/language';
import { en } from './words.en';
import { zh } from './words.zh';
import type { Key } from './words.zh';

export type { Key };
export const { language, t, toggle, ready } = makeTranslator<Key>(zh, en, 'title');
