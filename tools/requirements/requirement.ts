/**
 * Why no test can show a requirement.
 * - `zone`: Cloudflare's edge and the operator's account decide it.
 * - `document`: it requires a document; the page or heading is checked to exist.
 * - `decision`: we decided otherwise, and say so.
 */
export type Instead = {
  because: 'zone' | 'document' | 'decision'
  /** Path from the root of the project, with an anchor if it is part of a page. */
  see?: string
}

/**
 * `asks` is the requirement in our words, `does` what this project does about it. A test shows it, unless `instead` is
 * set.
 */
export type Requirement = { id: string; level?: 1 | 2 | 3; asks: string; does: string; instead?: Instead }

/** Ids that do not apply to this service, and why. */
export type Absent = { why: string; ids: string[] }

export type Group = {
  heading: string
  /** A sentence or two above the table. */
  about?: string
  requirements: Requirement[]
  absent?: Absent[]
}

/** A chapter of ASVS 5.0.0 with the number of its requirements at Levels 1 and 2; each is in the table or absent. */
export type Chapter = Group & { chapter: number; levels: { 1: number; 2: number } }

export const zone = (see = 'docs/operate/operations.md#the-zone'): Instead => ({ because: 'zone', see })
export const document = (see: string): Instead => ({ because: 'document', see })
export const decision = (see?: string): Instead => ({ because: 'decision', see })
