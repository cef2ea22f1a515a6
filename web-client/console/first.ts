/** Imported before everything else: a one-time code is no place for the router, and is not to stay in the address bar. */
import { takeLinkCode } from './logic/link';

export const code = takeLinkCode(location, history);
