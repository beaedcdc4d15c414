import type { Bridge } from './bridge.ts'
import type { Migrated, Proof, User } from './model.ts'
import { bridge as bridgeFormat } from './nobody.ts'
import type { Passwords } from './passwords.ts'
import type { PasswordChangeStore } from './ports/password-changes.ts'

type Needs = {
  passwordChangeStore: Pick<PasswordChangeStore, 'upgradePassword'>
  passwords: Passwords
  /** Asks the system that users were imported from. Undefined without MIGRATION_HOOK. */
  bridge: Bridge | undefined
}

/** The password of a log-in: checked, proven, and stored in our own format. */
export const createLogInPasswords = ({ passwordChangeStore, passwords, bridge }: Needs) => {
  const upgrade = async ({ id, passwordHash: checkedHash }: User, passwordHash: string) => {
    await passwordChangeStore.upgradePassword({ userId: id, checkedHash, passwordHash })
    return passwordHash
  }

  return {
    /**
     * Costs one hash, whether or not a user was found; with the bridge, one question to the old system or an equal
     * wait.
     * @param nobodys what is computed if there is no user or no hash
     */
    check: (user: User | undefined, password: string, nobodys: string | undefined): Promise<boolean> => {
      if (bridge && !user?.passwordHash) {
        if (user?.migrationPending) return bridge.ask(user, password)
        if (nobodys === bridgeFormat) return bridge.askForNobody()
      }
      return passwords.verify(password, user?.passwordHash, nobodys)
    },

    proofOf: async ({ passwordHash }: User, password: string): Promise<Proof | Migrated> =>
      passwordHash === null ? { migrated: await passwords.hash(password) } : { passwordHash },

    outdated: (proof: Proof | Migrated) => 'passwordHash' in proof && passwords.outdated(proof.passwordHash),

    /** Hashes the password with our current settings and stores the hash. */
    renew: async (user: User, password: string) => upgrade(user, await passwords.hash(password)),

    /** Stores a hash whose password the old system accepted, before the session starts. */
    adopt: upgrade,
  }
}
