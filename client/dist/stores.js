const inMemory = (initial) => {
    let kept = initial;
    return {
        get: () => kept,
        set: (next) => {
            kept = next;
        },
    };
};
/** Keeps tokens in memory: they are gone with the page or the process. */
export const memoryTokens = (initial) => inMemory(initial);
export const memoryDevice = () => inMemory();
