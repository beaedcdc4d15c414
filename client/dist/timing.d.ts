/** Rejects when the signal aborts. The underlying work continues for others. */
export declare const abortable: <T>(promise: Promise<T>, signal: AbortSignal | null | undefined) => Promise<T>;
/** Aborts work that takes longer than `milliseconds`. React Native has no `AbortSignal.timeout`. */
export declare const inTime: <T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
/**
 * Runs the work under a Web Lock, which covers all tabs and workers of an origin. Where Web Locks are missing, as in
 * React Native and on pages without TLS, it runs at once.
 */
export declare const exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T>;
