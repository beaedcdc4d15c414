/** The mark of a token store, shared by everybody who shares the store. */
export const marksOfTokens = (tokens) => ({
    read: async () => {
        const held = await tokens.get();
        return { turn: held?.accessToken, user: held ? held.userId : null };
    },
    write: () => { },
});
/** Returns a new value each time. `crypto.randomUUID` is missing in React Native and on pages without TLS. */
const another = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;
const parsed = (text) => {
    const [turn, user] = (text ?? '').split(' ');
    return { turn: turn || undefined, user: user === undefined ? undefined : user || null };
};
/**
 * The mark for cookies, which no tab can read: an entry of `localStorage` that says when they were last set, and for
 * whom. It is not secret.
 * @param onChange called when another tab wrote, or may have written while this one was suspended
 */
export const marksOfTabs = (name, onChange) => {
    let own;
    // Node's `localStorage` prints a warning when it is used, and a browser may forbid it.
    const storage = () => (typeof document === 'undefined' ? undefined : localStorage);
    const read = () => {
        try {
            return parsed(storage()?.getItem(name) ?? own);
        }
        catch {
            return parsed(own);
        }
    };
    const changed = () => onChange(read());
    if (typeof document !== 'undefined' && typeof addEventListener === 'function') {
        // The event's value may be older than what this tab has written since.
        addEventListener('storage', ({ key }) => key === name && changed());
        // A page restored from the back-forward cache has missed events.
        addEventListener('pageshow', ({ persisted }) => persisted && changed());
    }
    return {
        read,
        write: (user) => {
            own = [another(), ...(user === undefined ? [] : [user ?? ''])].join(' ');
            try {
                storage()?.setItem(name, own);
            }
            catch { }
        },
    };
};
