import { createAttempt, type Sending } from './attempts.ts'
import { GatehouseError, refusal } from './errors.ts'
import {
  acts,
  deletesAccount,
  givesTokens,
  isLogIn,
  isLogOut,
  isOwn,
  resetsPassword,
  saysWho,
  speaksOfBody,
} from './kinds.ts'
import { type Mark, marksOfTabs, marksOfTokens } from './marks.ts'
import type { Outgoing } from './requests.ts'
import { abortable, exclusively, inTime } from './timing.ts'
import { type Told, users } from './users.ts'

export type Needs = Told & Sending

/**
 * Milliseconds for one attempt of a refresh. A refresh serves every waiting request, so it has its own time limit
 * instead of theirs. If no answer comes it is sent once more: both attempts fit into the 30 seconds in which the
 * service returns the same answer.
 */
const refreshTimeoutMs = 10_000

/** The parts of a reply that concern tokens and their user. */
type Body = {
  access_token?: string
  refresh_token?: string
  device_token?: string
  trust_token?: string
  user?: { id: string }
  id?: string
}

/**
 * Returns `send`, which authenticates requests and throws {@link GatehouseError} for every reply but a success, and
 * `refresh`. If the access token has expired, `send` refreshes once for all waiting requests and sends each of them
 * once more.
 */
export const authorized = ({ onSignedOut, onUserChanged, ...sending }: Needs) => {
  const { url, tokens, device, trust } = sending
  const attempt = createAttempt(sending)
  const lock = `gatehouse ${url}`
  const marks = tokens ? marksOfTokens(tokens) : marksOfTabs(lock, (mark) => who.notice(mark))
  const begin = tokens ? undefined : ((marks.read() as Mark).user ?? null)
  const who = users(marks, { onSignedOut, onUserChanged }, begin)
  let pending: Promise<boolean> | undefined
  /** How often a refused refresh has ended this client's session. */
  let ended = 0

  /** Remembers tokens and users from a successful reply. */
  const learn = async (request: Outgoing, response: Response, mark: Mark) => {
    if (deletesAccount(request)) {
      await tokens?.set(undefined)
      who.left()
    } else if (isOwn(request)) who.showed(mark)
    const gives = givesTokens(request)
    if (!gives && !resetsPassword(request) && !saysWho(request)) return response
    const body = (await response.clone().json()) as Body
    if (tokens && body.device_token) await device.set(body.device_token)
    if (tokens && body.trust_token) await trust.set(body.trust_token)
    if (saysWho(request) && body.id !== undefined) who.learned(body.id, mark)
    if (!gives) return response
    const { access_token: accessToken, refresh_token: refreshToken } = body
    const userId = body.user?.id ?? mark.user ?? undefined
    if (accessToken && refreshToken) await tokens?.set({ accessToken, refreshToken, ...(userId && { userId }) })
    if (isLogIn(request) && body.user) who.loggedIn(body.user.id)
    else who.turned(body.user?.id, mark)
    return response
  }

  const signOut = async () => {
    ended++
    await tokens?.set(undefined)
    who.ended()
    return false
  }

  const refresh = async (seen: Mark['turn'], endedBefore: number): Promise<boolean> => {
    if (ended !== endedBefore) return false
    const held = await tokens?.get()
    if (tokens && !held) return false
    const mark = await marks.read()
    if (mark.turn !== seen) return true
    const request: Outgoing = {
      method: 'POST',
      path: '/api/auth/refresh',
      query: {},
      init: {
        method: 'POST',
        headers: new Headers({ 'Content-Type': 'application/json' }),
        body: JSON.stringify(held ? { refresh_token: held.refreshToken } : {}),
      },
      expectedUser: undefined,
    }
    const ask = () =>
      inTime(refreshTimeoutMs, (signal) =>
        // Without `turn`, no access token is sent: it has expired, and the refresh token authenticates the request.
        attempt({ ...request, init: { ...request.init, signal } }, { ...mark, turn: undefined }),
      )
    const response = await ask()
      .catch(ask)
      .catch((cause) => {
        throw cause instanceof GatehouseError ? cause : new GatehouseError('unreachable', { cause })
      })
    if (response.ok) {
      await learn(request, response, mark)
      return true
    }
    const problem = await refusal(response)
    if (problem.code !== 'invalid_token') throw problem
    // The refusal may arrive after a new log-in, whose tokens are valid. With cookies, the refusal has deleted that of
    // the new access token even so, and another refresh is needed.
    const { turn } = await marks.read()
    if (turn === seen) return signOut()
    return tokens ? true : refresh(turn, endedBefore)
  }

  /** One refresh at a time: within this client by the promise, between tabs by a lock. */
  const refreshOnce = (seen: Mark['turn'], endedBefore: number) => {
    if (!pending) {
      pending = exclusively(lock, () => refresh(seen, endedBefore)).finally(() => {
        pending = undefined
      })
      // All waiting requests may have been aborted.
      pending.catch(() => {})
    }
    return pending
  }

  const logOut = async (request: Outgoing, mark: Mark) => {
    try {
      const response = await attempt(request, mark)
      who.left()
      return response
    } finally {
      // A client that keeps tokens has logged out once it drops them, whatever becomes of the request.
      if (tokens) {
        await tokens.set(undefined)
        who.left()
      }
    }
  }

  const look = async (request: Outgoing) => {
    const mark = await marks.read()
    who.notice(mark)
    who.require(request.expectedUser, acts(request), mark)
    return mark
  }

  const succeeded = async (request: Outgoing, response: Response, mark: Mark) => {
    if (!response.ok) throw await refusal(response)
    return learn(request, response, mark)
  }

  return {
    send: async (request: Outgoing): Promise<Response> => {
      const [mark, endedBefore] = [await look(request), ended]
      const first = await (isLogOut(request) ? logOut(request, mark) : attempt(request, mark))
      if (first.status !== 401 || speaksOfBody(request)) return succeeded(request, first, mark)

      const problem = await refusal(first)
      if (problem.code !== 'not_authenticated' && problem.code !== 'invalid_token') throw problem
      if (!(await abortable(refreshOnce(mark.turn, endedBefore), request.init.signal))) throw problem
      const next = await look(request)
      return succeeded(request, await attempt(request, next), next)
    },

    /** @throws GatehouseError `not_authenticated` if there is no session to refresh */
    refresh: async (): Promise<void> => {
      if (!(await refreshOnce((await marks.read()).turn, ended)))
        throw new GatehouseError('not_authenticated', { status: 401 })
    },
  }
}
