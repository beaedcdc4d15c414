/** The key of a row, by which a table is walked through. */
export type RowKey = (string | number)[]

/** What a backup copies. */
export type BackupSource = {
  /** The names of its tables, in the order in which a restore needs them. */
  tables: readonly string[]
  /** The names of the migrations that the database has. */
  migrations(): Promise<string[]>
  /** Returns at most `limit` rows after the one with the key `after`, and the key of the last of them. */
  page(
    table: string,
    after: RowKey | undefined,
    limit: number,
  ): Promise<{ columns: string[]; rows: unknown[][]; last: RowKey | undefined }>
}

/** Where backups are kept: values by their names, each encrypted. */
export type BackupVault = {
  /** `value` is undefined if no key decrypts it. */
  read(name: string): Promise<{ value: unknown; version: string } | undefined>
  /** Writes the value, and returns how many bytes that took. */
  write(name: string, value: unknown): Promise<number>
  /**
   * Writes the value if the stored one still has this version, or if there is none and `version` is undefined.
   * @returns the new version; undefined if another run was faster
   */
  replace(name: string, value: unknown, version: string | undefined): Promise<string | undefined>
  /** The first names in alphabetical order, as many as can be removed at once. */
  names(): Promise<string[]>
  remove(names: string[]): Promise<void>
}

/** A complete backup. It was copied from `at` to `until` (milliseconds), so it is not the state of one moment. */
export type BackupManifest = {
  name: string
  at: number
  until: number
  migrations: string[]
  portions: string[]
  counts: Record<string, number>
}

export type BackupPortion = { table: string; columns: string[]; rows: unknown[][] }

/** What the cron remembers: the backups that are kept, oldest first, and the one that is being written. */
export type BackupState = {
  kept: { name: string; at: number; until: number; rows: number }[]
  running?: BackupManifest & { table: number; after?: RowKey }
}
