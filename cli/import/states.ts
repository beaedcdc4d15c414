import { isNo, isYes, momentOf, word } from './values.ts'

/** How a column says whether its user may log in. */
export type StateKind = 'word' | 'on' | 'off' | 'until' | 'deleted'

/** What a value of such a column means. `unknown` stops the import: an unknown word must not let anybody in. */
export type State = 'active' | 'disabled' | 'deleted' | 'unknown'

const off =
  'disabled|blocked|banned|suspended|locked|lockedout|deactivated|archived|frozen|inactive|closed|terminated|spam'
const gone = 'deleted|removed|erased|trashed|discarded|softdeleted|anonymi[sz]ed'
const when = '(?:at|on|date|time|since)?'

/** The names of each kind, without case, `_` and spaces. The first match counts. */
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

/** Returns the kind of a column. @param name as `plain` of ./columns.ts returns it */
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

/** Stands for a value of a status column that is an object instead of a word. */
export const anObject = 'an object'

/** Returns a word without the name of its enumeration, as in Zitadel's USER_STATE_LOCKED. */
const bare = (value: unknown) => word(value).replace(/^(?:user|account)_(?:state|status)_/, '')

/**
 * Returns what a value of a status column means.
 * @param meanings the operator's meanings of words, which come first
 * @param now decides whether a time has passed
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

/** Returns the strictest of several states: a user who is locked in one column is locked. */
export const strictest = (states: State[]): State =>
  (['deleted', 'unknown', 'disabled'] as const).find((state) => states.includes(state)) ?? 'active'
