import { Misconfigured } from './misconfigured.ts'
import type { Settings } from './settings.ts'

/** Bindings that a deployment may omit. */
export type OptionalBindings = {
  EVENTS?: AnalyticsEngineDataset
  MIGRATION?: Fetcher
  BACKUPS?: R2Bucket
  AUDIT_ARCHIVE?: R2Bucket
}

/** Every binding of the service, as docs/reference/settings.md lists them. */
const names = [
  ...['DB', 'DENYLIST', 'AVATARS', 'IMAGES', 'SHIELD', 'EMAIL', 'ASSETS'],
  ...['MIGRATION', 'AUDIT_ARCHIVE', 'BACKUPS', 'EVENTS'],
]

/** Returns for each binding whether the deployment has it. */
export const presentBindings = (env: object): Record<string, boolean> =>
  Object.fromEntries(names.map((name) => [name, !!env[name as keyof typeof env]]))

/** Checks that every bucket that a setting needs is bound. @throws {Misconfigured} */
export const requireBuckets = (
  env: OptionalBindings,
  { backups, auditArchiveAfterDays }: Pick<Settings, 'backups' | 'auditArchiveAfterDays'>,
) => {
  const require = (wanted: boolean, binding: 'BACKUPS' | 'AUDIT_ARCHIVE', setting: string) => {
    if (wanted && !env[binding]) throw new Misconfigured([`${binding}: must be bound to a bucket if ${setting} is set`])
  }
  require(backups.everyHours > 0, 'BACKUPS', 'BACKUP_EVERY_HOURS')
  require(auditArchiveAfterDays > 0, 'AUDIT_ARCHIVE', 'AUDIT_ARCHIVE_AFTER_DAYS')
}
