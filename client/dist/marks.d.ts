import type { TokenStore } from './stores.ts';
/**
 * What can be known of who is signed in without asking the service. `turn` changes with every log-in and refresh. `user`
 * is an id, null where nobody is signed in, and undefined where nothing is known.
 */
export type Mark = {
    turn: string | undefined;
    user: string | null | undefined;
};
export type Marks = {
    /** At once for cookies, so that between two looks there is no other tab's turn. */
    read: () => Mark | Promise<Mark>;
    /** That this client logged somebody in or out, or refreshed. */
    write: (user: string | null | undefined) => void;
};
/** Where this client keeps the tokens, whoever shares the place shares these. */
export declare const marksOfTokens: (tokens: TokenStore) => Marks;
/**
 * The cookies, which no tab can read, and this entry that all tabs can: when they were last set, and for whom. It is no
 * secret.
 * @param onChange another tab wrote, or may have while this one was asleep
 */
export declare const marksOfTabs: (name: string, onChange: (mark: Mark) => void) => Marks;
