import type { Fields } from '../reading/entry.ts'
import { clouds } from './clouds.ts'
import { frameworks } from './frameworks.ts'
import { servers } from './servers.ts'
import type { Source } from './source.ts'

/** All sources. The first one that recognises a file reads it. */
export const sources = {
  ...clouds,
  ...servers,
  ...frameworks,
  table: { title: 'any other table, whose columns are found by their names or by --mapping', recognises: () => true },
} satisfies Record<string, Source>

export type SourceName = keyof typeof sources

export const sourceNames = Object.keys(sources) as SourceName[]

/** Returns the source of a user. */
export const recognise = (fields: Fields): SourceName =>
  sourceNames.find((name) => (sources[name] as Source).recognises?.(fields)) ?? 'table'
