/** Where this client keeps the tokens, whoever shares the place shares these. */
export const marksOfTokens = (tokens) => ({
    read: async () => {
        const held = await tokens.get();
        return { turn: held?.accessToken, user: held ? held.userId : null };
    },
    write: () => { },
});
/** Changes each time. `crypto.randomUUID` is missing in React Native and on pages without TLS. */
const another = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;
const parsed = (text) => {
    const [turn, user] = (text ?? '').split(' ');
    return { turn: turn || undefined, user: user === undefined ? undefined : user || null };
};
/**
 * The cookies, which no tab can read, and this entry that all tabs can: when they were last set, and for whom. It is no
 * secret.
 * @param onChange another tab wrote, or may have while this one was asleep
 */
export const marksOfTabs = (name, onChange) => {
    let own;
    // Node has a `localStorage` that warns when it is touched, and a browser may forbid it.
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
        // The value of the event may be older than what this tab has written since.
        addEventListener('storage', ({ key }) => key === name && changed());
        // A page out of the back-forward cache missed the events of its sleep.
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
