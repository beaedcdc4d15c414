/**
 * Why no test can show a requirement.
 * - `second factor`: it is about one, and there is none yet.
 * - `zone`: what Cloudflare's edge and the operator's account do decides it.
 * - `document`: it asks for one; the page or heading is checked to be there.
 * - `decision`: we decided otherwise, and say so.
 */
export type Instead = {
  because: 'second factor' | 'zone' | 'document' | 'decision'
  /** Path from the root of the project, with a heading if it is a part of a page. */
  see?: string
}

/** `asks` is the requirement in our words, `does` what this project does about it. A test shows it unless `instead` is there. */
export type Requirement = { id: string; level?: 1 | 2 | 3; asks: string; does: string; instead?: Instead }

/** Ids that do not concern this service, and why: there is nothing of the kind in it. */
export type Absent = { why: string; ids: string[] }

export type Group = {
  heading: string
  /** A sentence or two above the table. */
  about?: string
  requirements: Requirement[]
  absent?: Absent[]
}

/** A chapter of ASVS 5.0.0 has this many requirements of Levels 1 and 2; each is in the table or absent. */
export type Chapter = Group & { chapter: number; levels: { 1: number; 2: number } }

export const secondFactor: Instead = { because: 'second factor' }
export const zone = (see = 'docs/operate/operations.md#the-zone'): Instead => ({ because: 'zone', see })
export const document = (see: string): Instead => ({ because: 'document', see })
export const decision = (see?: string): Instead => ({ because: 'decision', see })
