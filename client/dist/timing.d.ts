/** Rejects when the signal does. What the promise stands for goes on for others. */
export declare const abortable: <T>(promise: Promise<T>, signal: AbortSignal | null | undefined) => Promise<T>;
/** Aborts what takes longer. React Native has no `AbortSignal.timeout`. */
export declare const inTime: <T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
/** Web Locks reach over tabs and workers of an origin. Where there are none, there are no tabs. */
export declare const exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T>;
