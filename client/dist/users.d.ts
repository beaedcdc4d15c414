import type { Mark, Marks } from './marks.ts';
export type Told = {
    /** Called when a refresh was refused, or the user logged out elsewhere. */
    onSignedOut: (() => void) | undefined;
    /** Called with the id when somebody logged in elsewhere. */
    onUserChanged: ((userId: string) => void) | undefined;
};
/**
 * Tracks who is signed in, in three values: the user whose data this client has shown, the user last reported to the
 * page, and the user of the current mark. If they differ, somebody else has logged in meanwhile, and data shown to the
 * first user must not be written into the account of the second.
 */
export declare const users: (marks: Marks, { onSignedOut, onUserChanged }: Told, told: Mark['user']) => {
    /** Reads the mark and calls back if it changed. The first read only stores it. */
    notice: ({ user }: Mark) => void;
    /** @throws GatehouseError `user_changed` */
    require: (expected: string | undefined, acts: boolean, mark: Mark) => void;
    /** Records that data of the mark's user was shown. */
    showed: ({ user }: Mark) => void;
    /** Records that this client logged the user in. */
    loggedIn: (id: string) => void;
    /** Records the signed-in user that a reply names: the page now shows their data. */
    learned: (id: string, mark: Mark) => void;
    /** Records new tokens, for the user whom the reply names, or else for the same user. */
    turned: (id: string | undefined, mark: Mark) => void;
    /** Records that this client logged out or deleted the account. */
    left: () => void;
    /** Records that the session has ended. What the page shows still belongs to its user. */
    ended: () => void;
};
