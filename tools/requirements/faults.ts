import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'
import { page } from '../docs/markdown.ts'
import { chapters, groups } from './all.ts'
import type { Evidence } from './evidence.ts'
import type { Chapter, Requirement } from './requirement.ts'

/** Checks the tables of requirements and their evidence. Each fault is a sentence. */

const every = groups.flatMap(({ requirements }) => requirements)

/**
 * Checks that a chapter has as many requirements of Levels 1 and 2 as the standard, and only ids of its own.
 */
const counted = ({ chapter, levels, requirements, absent = [] }: Chapter) => {
  const here = [
    ...requirements.filter(({ level }) => level !== 3).map(({ id }) => id),
    ...absent.flatMap(({ ids }) => ids),
  ]
  const expected = levels[1] + levels[2]
  const strangers = here.filter((id) => !id.startsWith(`${chapter}.`))
  return [
    ...(here.length === expected
      ? []
      : [`chapter ${chapter} has ${expected} requirements of Levels 1 and 2, but the table has ${here.length}`]),
    ...strangers.map((id) => `${id} is in the table of chapter ${chapter}`),
  ]
}

const twice = () => {
  const ids = [...every.map(({ id }) => id), ...groups.flatMap(({ absent = [] }) => absent.flatMap(({ ids }) => ids))]
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => `${id} is there twice`)
}

/** Level 1 may be excused only for what the zone decides; Level 2 also for documents. */
const excuses: Record<number, string[]> = { 1: ['zone'], 2: ['zone', 'document'] }

const excused = ({ id, level, instead }: Requirement) => {
  if (!instead) return []
  const allowed = level ? excuses[level] : undefined
  const faults =
    allowed && !allowed.includes(instead.because) ? [`${id}, Level ${level}: ${instead.because} is no reason`] : []
  if (!instead.see) return instead.because === 'document' ? [...faults, `${id}: which document?`] : faults
  const [file = '', anchor] = instead.see.split('#')
  if (!existsSync(join(root, file))) return [...faults, `${id}: there is no ${file}`]
  if (anchor !== undefined && !page(file).sections.some((section) => section.anchor === anchor))
    return [...faults, `${id}: ${file} has no heading #${anchor}`]
  return faults
}

export const tableFaults = () => [...chapters.flatMap(counted), ...twice(), ...every.flatMap(excused)]

export const testFaults = ({ shown, passed, odd }: Evidence) => {
  const known = new Set(every.map(({ id }) => id))
  const unknown = [...shown].filter(([id]) => !known.has(id))
  return [
    ...odd,
    ...unknown.flatMap(([id, tests]) => tests.map(({ file }) => `${file}: (${id}) is in no table of requirements`)),
    ...every
      .filter(({ id, instead }) => !instead && !passed.has(id))
      .map(({ id, asks }) => `no test shows ${id}: ${asks}`),
  ]
}
