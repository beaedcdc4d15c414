import { sentences } from './sentences.js';
/** Returns a span of time in words, rounded up, so that waiting that long suffices. */
const span = (seconds) => {
    if (seconds <= 90)
        return seconds === 1 ? '1 second' : `${seconds} seconds`;
    const minutes = Math.ceil(seconds / 60);
    return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
};
/** Returns the sentence for a limit or a busy service. A reply's more specific sentence is kept. */
const wait = (error, begin, usual) => {
    if (error.message !== usual)
        return error.message;
    return error.retryAfter === undefined ? usual : `${begin} Try again in ${span(error.retryAfter)}.`;
};
/** In English. `satisfies` fails to compile if a code has no words. */
export const words = {
    ...sentences,
    rate_limited: (error) => wait(error, 'Too many attempts.', sentences.rate_limited),
    busy: (error) => wait(error, 'The service is busy.', sentences.busy),
};
/**
 * Returns the sentence to show for a refusal: from `own` if it has the code, otherwise the one in the reply.
 * @param own a translation, complete or partial
 */
export const wordsFor = (error, own = {}) => {
    const said = own[error.code] ?? words[error.code];
    if (typeof said === 'function')
        return said(error);
    return own[error.code] === undefined ? error.message : (said ?? error.message);
};
