import type { Code } from './errors.ts';
import type { Words } from './words.ts';
/**
 * Returns the words of a language.
 * @param waits sentences with `{time}`, for refusals that say how long to wait
 */
export declare const translation: (tag: string, sentences: Partial<Record<Code, string>>, waits: Partial<Record<Code, string>>) => Partial<Words>;
