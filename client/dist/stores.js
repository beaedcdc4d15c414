const inMemory = (initial) => {
    let kept = initial;
    return {
        get: () => kept,
        set: (next) => {
            kept = next;
        },
    };
};
/** Tokens in memory: gone with the page or the process. */
export const memoryTokens = (initial) => inMemory(initial);
export const memoryDevice = () => inMemory();
