import { makeTranslator } from '../parts/language';
import { zh } from './words.zh';
import type { Key } from './words.zh';

export type { Key };
const english = (): Promise<Record<Key, string>> => import('./words.en').then(({ en }) => en);
export const { language, t, toggle, ready } = makeTranslator<Key>(zh, english, 'title');
