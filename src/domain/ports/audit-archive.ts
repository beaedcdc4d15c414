import type { AuditRow } from '../model.ts'

/** The secret of a user; or of nobody (`userId` is null), for entries that are about no user. */
export type ArchiveKey = { userId: string | null; pseudonym: string; secret: string }

/** An object of the archive, with the number of its entries and bytes. */
export type ArchivePortion = { name: string; entries: number; bytes: number }

/** A day (UTC, `2026-01-31`) with entries in the archive. `manifest`: null until all entries of the day are there. */
export type ArchivedDay = { day: string; entries: number; bytes: number; manifest: string | null }

export type AuditArchiveStore = {
  /**
   * Gives a key to those of `people` who are users and have no key. Returns the oldest entries below the id `before`,
   * with the keys of the people in them and of nobody. All is read in one transaction, so an entry names a user without
   * a key only if that user has been deleted or was not among `people`.
   */
  oldest(input: { before: string; limit: number; people: ArchiveKey[] }): Promise<{
    entries: AuditRow[]
    keys: ArchiveKey[]
  }>
  /** The portions of a day, in their order. */
  portions(day: string): Promise<ArchivePortion[]>
  /**
   * Adds a portion to a day and removes its entries, if all of them are still there and the day has `known` portions.
   * Otherwise another run was faster, and nothing changes.
   */
  move(input: {
    day: string
    known: number
    portions: ArchivePortion[]
    manifest: string | null
    ids: string[]
  }): Promise<void>
  /** The days before `before`, newest first; undefined: from the newest on. */
  days(input: { before: string | undefined; limit: number }): Promise<ArchivedDay[]>
  /** The oldest day of the archive. */
  oldestDay(): Promise<string | undefined>
  forgetDay(day: string): Promise<void>
}

/** Where the archive is kept. Objects are never overwritten. */
export type ArchiveVault = {
  write(name: string, bytes: Uint8Array): Promise<void>
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Removes objects whose names begin with `prefix`, as many as one call can. @returns whether none is left */
  remove(prefix: string): Promise<boolean>
}
