/** Returns a span of time in words, rounded up, so that waiting that long suffices. */
const span = (seconds, tag) => {
    const minutes = Math.ceil(seconds / 60);
    const [unit, count] = seconds <= 90 ? ['second', seconds] : minutes <= 90 ? ['minute', minutes] : ['hour', Math.ceil(minutes / 60)];
    return new Intl.NumberFormat(tag, { style: 'unit', unit: String(unit), unitDisplay: 'long' }).format(Number(count));
};
/**
 * Returns the words of a language.
 * @param waits sentences with `{time}`, for refusals that say how long to wait
 */
export const translation = (tag, sentences, waits) => {
    const timed = Object.entries(waits).map(([code, sentence]) => [
        code,
        ({ retryAfter }) => retryAfter === undefined ? sentences[code] : sentence.replace('{time}', () => span(retryAfter, tag)),
    ]);
    return { ...sentences, ...Object.fromEntries(timed) };
};
