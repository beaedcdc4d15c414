import type { Mark, Marks } from './marks.ts';
export type Told = {
    /** A refresh was refused, or somebody logged out elsewhere. */
    onSignedOut: (() => void) | undefined;
    /** Somebody logged in elsewhere; with the id. */
    onUserChanged: ((userId: string) => void) | undefined;
};
/**
 * Who is signed in, in three voices: whom this client has shown, what it was told last, and what the mark says now. Where
 * they differ somebody else has logged in meanwhile, and what the first user is shown must not write into the account of
 * the second.
 */
export declare const users: (marks: Marks, { onSignedOut, onUserChanged }: Told, told: Mark['user']) => {
    /** Looks at the mark, and tells what is new. The first look only learns. */
    notice: ({ user }: Mark) => void;
    /** @throws GatehouseError `user_changed` */
    require: (expected: string | undefined, acts: boolean, mark: Mark) => void;
    /** Something of the user of the mark was shown. */
    showed: ({ user }: Mark) => void;
    /** This client logged them in. */
    loggedIn: (id: string) => void;
    /** The service said who is signed in: whoever asked shows it. */
    learned: (id: string, mark: Mark) => void;
    /** New tokens, for whom the reply names; where it names nobody, for the same as before. */
    turned: (id: string | undefined, mark: Mark) => void;
    /** This client logged out, or deleted the account. */
    left: () => void;
    /** The session is dead. What this client shows is still its user's. */
    ended: () => void;
};
