/** Ends a command with a sentence instead of a stack trace. */
export class Stop extends Error {}
