import type { Context } from 'hono'
import type { AuthError } from './domain/errors.ts'
import type { Visitor } from './domain/model.ts'
import type { ErrorCode } from './domain/problems.ts'
import type { Principal } from './domain/proof.ts'
import type { Services } from './services.ts'

/**
 * The types of `c.env` and `c.var` in a handler. `c.var` copies all variables each time, so what runs in every request
 * reads one by `c.get`.
 */
export type AppEnv = {
  Bindings: Env
  Variables: {
    requestId: string
    services: Services
    /** The origin of the request. */
    visitor: Visitor
    /**
     * Set if the request passed the cross-site rule by its bearer token alone: thrown as soon as one of its cookies is
     * read.
     */
    ifCookieRead: AuthError | undefined
    /** Warnings for the reply: members that have an effect in other services but not here. */
    warnings: string[] | undefined
    /** Set if the request is an OAuth form and the operation accepts one; `grant` if the form names its grant type. */
    oauth: 'form' | 'grant' | undefined
    /** The caller, or the user whose tokens the reply contains. */
    userId: string | undefined
    /** The code of a refusal. */
    code: ErrorCode | undefined
  }
}

/** The types behind the guard `signedIn`. */
export type SignedInEnv = AppEnv & {
  Variables: {
    /** The content of the access token. Whether its session is still live is checked by the database. */
    principal: Principal
    /** How the access token was sent. */
    via: 'bearer' | 'cookie'
  }
}

/** A context of any request, signed in or not: for helpers. `set` makes the two types incompatible with each other. */
export type AppContext = Context<AppEnv> | Context<SignedInEnv>
