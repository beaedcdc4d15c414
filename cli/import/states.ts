import { isNo, isYes, momentOf, word } from './values.ts'

/** What a column says of whether its user may log in. */
export type StateKind = 'word' | 'on' | 'off' | 'until' | 'deleted'

/** What a value of it means. `unknown` stops the run: nobody is let in by a word that was not understood. */
export type State = 'active' | 'disabled' | 'deleted' | 'unknown'

const off =
  'disabled|blocked|banned|suspended|locked|lockedout|deactivated|archived|frozen|inactive|closed|terminated|spam'
const gone = 'deleted|removed|erased|trashed|discarded|softdeleted|anonymi[sz]ed'
const when = '(?:at|on|date|time|since)?'

/** Names without case, `_` and spaces. The first kind that fits. */
const names: [StateKind, RegExp][] = [
  [
    'until',
    /^(?:account)?(?:locked|banned|blocked|suspended|disabled|lockout|ban|lock|suspension)(?:until|ends?|endsat|expires|expiresat|expiry|expiration|enddate|enddateutc|endtime)$/,
  ],
  ['on', /^(?:is|user|account)?(?:active|enabled)$|^accountnon(?:locked|expired)$|^(?:is)?approved$/],
  ['off', new RegExp(`^(?:is|was|user|account|isaccount)?(?:${off})${when}$`)],
  ['deleted', new RegExp(`^(?:is|was|user|account)?(?:${gone})${when}$`)],
  ['word', /^(?:user|account|member|lifecycle)?(?:status|state)$/],
]

/** @param name as `plain` of ./columns.ts makes it */
export const stateKind = (name: string): StateKind | undefined => names.find(([, form]) => form.test(name))?.[0]

const words: Record<Exclude<State, 'unknown'>, Set<string>> = {
  active: new Set(
    'active activated enabled confirmed verified unconfirmed unverified ok okay normal approved registered live open current valid good regular complete completed available online offline unlocked unblocked recovery password_expired reset_required force_change_password external_provider'.split(
      ' ',
    ),
  ),
  disabled: new Set(
    'disabled inactive blocked banned suspended suspend locked locked_out lockedout deactivated deprovisioned closed archived frozen terminated rejected denied compromised spam expired revoked cancelled canceled paused'.split(
      ' ',
    ),
  ),
  deleted: new Set(['deleted', 'removed', 'erased', 'trashed', 'soft_deleted', 'anonymized', 'anonymised']),
}

/** Enumerations put their own name first: Zitadel's USER_STATE_LOCKED. */
const bare = (value: unknown) => word(value).replace(/^(?:user|account)_(?:state|status)_/, '')

/**
 * @param meanings what the operator says that words mean
 * @param now what a time has passed by
 */
export const stateOf = (kind: StateKind, value: unknown, meanings: Map<string, State>, now: Date): State => {
  if (value === undefined) return 'active'
  const text = bare(value)
  const said = meanings.get(text)
  if (said) return said
  const time = momentOf(value)
  if (kind === 'until') {
    if (isNo(value) || text === '-infinity') return 'active'
    if (text === 'infinity') return 'disabled'
    return time ? (time > now ? 'disabled' : 'active') : 'unknown'
  }
  const set = isYes(value) || (kind !== 'on' && kind !== 'word' && time !== undefined)
  const known = Object.entries(words).find(([, each]) => each.has(text))?.[0] as State | undefined
  if (set) return kind === 'off' ? 'disabled' : kind === 'deleted' ? 'deleted' : 'active'
  if (isNo(value)) return kind === 'off' || kind === 'deleted' ? 'active' : 'disabled'
  return known ?? 'unknown'
}

/** The strictest of several: whoever is locked in one column is locked. */
export const strictest = (states: State[]): State =>
  (['deleted', 'unknown', 'disabled'] as const).find((state) => states.includes(state)) ?? 'active'
