import type { Settings } from '../settings.ts'
import { type AdminWriteNeeds, createAdminWrites } from './admin-writes.ts'
import { type EmailAddress, isAmbiguous, refusedAddress } from './email.ts'
import { AuthError } from './errors.ts'
import { newId, randomId } from './ids.ts'
import type { User, Visitor } from './model.ts'
import { newUser } from './new-users.ts'
import { noticeLifetimeMs } from './outbox.ts'
import type { AdministrationStore } from './ports/administration.ts'
import type { InvitationStore } from './ports/invitations.ts'
import type { UserChange, UserEditingStore } from './ports/user-editing.ts'
import type { Principal } from './proof.ts'
import { refuseIfNoneOffered } from './required-factors.ts'

/** The lifetime of an invitation in milliseconds, whether an admin or the command line creates it. */
export const invitationLifetimeMs = 7 * 86_400_000

type Needs = AdminWriteNeeds & {
  invitationStore: InvitationStore
  userEditingStore: UserEditingStore
  administrationStore: AdministrationStore
  settings: Settings
}

/** The refusal when an admin promotes an account that anybody may have registered. */
const unowned =
  'The address is not verified, so anybody may have chosen the password. Mail a link to set a new one first.'

export type Invited = { email: EmailAddress } & Pick<User, 'name' | 'role' | 'locale' | 'externalId' | 'metadata'>

/**
 * What admins do to other users. Each operation requires a recent token (ASVS 8.4.2), and none sets a password.
 * @throws AuthError `reauthentication_required`, `forbidden`, `not_found`, `own_account`, `last_admin`, `email_taken`,
 * `external_id_taken`, `rate_limited`
 */
export const createAdministration = (needs: Needs) => {
  const { invitationStore, userEditingStore, administrationStore, limits, settings } = needs
  const { asked, done } = createAdminWrites(needs)

  return {
    /**
     * Creates a user without a password and mails an invitation to set one. An account with this address that was never
     * verified is replaced: otherwise anybody could block an invitation by registering the address first.
     * @throws AuthError `registration_closed`
     */
    async create(
      principal: Principal,
      { email, name, role, locale, externalId, metadata }: Invited,
      visitor: Visitor,
    ): Promise<User> {
      if (settings.registration === 'closed') throw new AuthError('registration_closed')
      const request = await asked(principal, visitor)
      const user = newUser(newId(request.now), email, request.now, {
        name,
        role,
        origin: 'invited',
        locale,
        externalId,
        metadata,
      })
      const invite = { ...request, user, mailId: randomId(), lifetimeMs: invitationLifetimeMs }
      const made = done(await invitationStore.create(invite))
      if (!('unread' in made)) return made.user
      const { unread: id } = made
      return done(await invitationStore.takeOver({ ...invite, id })).user
    },

    /**
     * Changes a user's data. A new address must be verified again unless the admin vouches for it. A new address also
     * ends the user's sessions and voids open links, and the old address gets a notice. Sending the current address
     * again changes nothing. If the account was registered by its user and never verified, vouching for its address
     * drops its password, which anybody may have chosen.
     */
    async edit(
      principal: Principal,
      id: string,
      change: UserChange,
      visitor: Visitor,
    ): Promise<{ user: User; passwordDropped: boolean }> {
      if (change.mfaRequired) refuseIfNoneOffered(settings)
      const request = await asked(principal, visitor)
      const edited = await userEditingStore.edit({
        ...request,
        id,
        change,
        onlyIfOnFile: change.email !== undefined && isAmbiguous(change.email),
        verifyId: randomId(),
        noticeId: randomId(),
        lifetimesMs: {
          verify: settings.emailVerificationSeconds * 1000,
          invite: invitationLifetimeMs,
          notice: noticeLifetimeMs,
        },
        // The counters of the previous address stay, because no account uses that address any more.
        cleared: change.email ? limits.mailCounters(change.email.canonical, 'reset') : [],
      })
      if (edited === 'address_refused') throw refusedAddress()
      if (edited === 'metadata_too_long')
        throw new AuthError('validation_failed', {
          errors: [
            { field: 'metadata', code: 'too_long', detail: 'is more than 4 KiB together with the stored metadata' },
          ],
        })
      return done(edited)
    },

    /**
     * Changes the role. An account with a password that a stranger may have chosen cannot become an admin: a later
     * click on a verification link would give that stranger admin rights.
     */
    async setRole(principal: Principal, id: string, role: User['role'], visitor: Visitor): Promise<User> {
      const set = await administrationStore.setRole({ ...(await asked(principal, visitor)), id, role })
      if (set === 'unowned') throw new AuthError('forbidden', { detail: unowned })
      return done(set).user
    },

    /** Enables or disables a user. Disabling ends every session at once. */
    async setStatus(principal: Principal, id: string, status: User['status'], visitor: Visitor): Promise<User> {
      return done(await administrationStore.setStatus({ ...(await asked(principal, visitor)), id, status })).user
    },

    /** Mails the user a link to set a password. Only the owner of the mailbox ever sees it (ASVS 6.4.6). */
    async requestPasswordReset(principal: Principal, id: string, visitor: Visitor): Promise<void> {
      const lifetimesMs = { reset: settings.passwordResetSeconds * 1000, invite: invitationLifetimeMs }
      const request = await asked(principal, visitor)
      done(await administrationStore.requestPasswordReset({ ...request, id, mailId: randomId(), lifetimesMs }))
    },

    async endSessions(principal: Principal, id: string, visitor: Visitor): Promise<void> {
      done(await administrationStore.endSessions({ ...(await asked(principal, visitor)), id }))
    },
  }
}
