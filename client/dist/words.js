import { sentences } from './sentences.js';
/** A span of time as people say it, rounded up, so that waiting as long as it says suffices. */
const span = (seconds) => {
    if (seconds <= 90)
        return seconds === 1 ? '1 second' : `${seconds} seconds`;
    const minutes = Math.ceil(seconds / 60);
    return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
};
/** Of a limit, and of a service that is busy. Where a reply says more than usual, that is kept. */
const wait = (error, begin, usual) => {
    if (error.message !== usual)
        return error.message;
    return error.retryAfter === undefined ? usual : `${begin} Try again in ${span(error.retryAfter)}.`;
};
/** In English. `satisfies` fails to compile where a code has no words. */
export const words = {
    ...sentences,
    rate_limited: (error) => wait(error, 'Too many attempts.', sentences.rate_limited),
    busy: (error) => wait(error, 'The service is busy.', sentences.busy),
};
/**
 * What to say of a refusal: in `own` words where they have the code, else in the sentence that came with it.
 * @param own a translation, whole or in part
 */
export const wordsFor = (error, own = {}) => {
    const said = own[error.code] ?? words[error.code];
    if (typeof said === 'function')
        return said(error);
    return own[error.code] === undefined ? error.message : (said ?? error.message);
};
