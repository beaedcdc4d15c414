import type { TokenStore } from './stores.ts';
/**
 * What is known about the signed-in user without asking the service. `turn` changes with every log-in and refresh.
 * `user` is an id, null if nobody is signed in, and undefined if that is unknown.
 */
export type Mark = {
    turn: string | undefined;
    user: string | null | undefined;
};
export type Marks = {
    /** Synchronous for cookies, so that no other tab can act between two reads. */
    read: () => Mark | Promise<Mark>;
    /** Records that this client logged somebody in or out, or refreshed. */
    write: (user: string | null | undefined) => void;
};
/** The mark of a token store, shared by everybody who shares the store. */
export declare const marksOfTokens: (tokens: TokenStore) => Marks;
/**
 * The mark for cookies, which no tab can read: an entry of `localStorage` that says when they were last set, and for
 * whom. It is not secret.
 * @param onChange called when another tab wrote, or may have written while this one was suspended
 */
export declare const marksOfTabs: (name: string, onChange: (mark: Mark) => void) => Marks;
