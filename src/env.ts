import type { AuthError, ErrorCode } from './domain/errors.ts'
import type { Visitor } from './domain/model.ts'
import type { Principal } from './domain/proof.ts'
import type { Services } from './services.ts'

/** What a handler finds in `c.env` and `c.var`. */
export type AppEnv = {
  Bindings: Env
  Variables: {
    requestId: string
    services: Services
    /** Where the request comes from. */
    visitor: Visitor
    /** Behind `signedIn`: what the access token says. Whether its session still lives is for the database to say. */
    principal: Principal
    /** Behind `signedIn`: which way the access token came. */
    via: 'bearer' | 'cookie'
    /** Of a request that passed the cross-site rule by its bearer alone: thrown as soon as one of its cookies is read. */
    ifCookieRead: AuthError | undefined
    /** Of members that other services would have heeded: they go into the reply. */
    warnings: string[] | undefined
    /** Of a form of OAuth, where the operation takes one; and whether it names its grant. */
    oauth: 'form' | 'grant' | undefined
    /** Whose tokens the reply gives. */
    userId: string | undefined
    /** Of a refusal. */
    code: ErrorCode | undefined
  }
}
