/** Sentences about every code. Translated by a machine; nobody has reviewed them yet. */
export declare const words: Partial<import("./words.ts").Words>;
