import { counted, nothing } from '../../test/support/app/counting-bindings.ts'

type Handler<E> = { fetch(request: Request, env: E, ctx: ExecutionContext): Response | Promise<Response> }

/**
 * Wraps a Worker so that its round trips to D1 are counted. Headers of each reply have the round trips and rows until
 * then, so requests must be sent one at a time. The headers of `/counted` have those after the reply.
 * @param made creates the Worker from bindings, which stay the same object for as long as the isolate lives
 */
export const counting = <E extends { DB: D1Database }>(made: (env: E) => Handler<E>) => {
  const counter = nothing()
  let kept: { env: E; worker: Handler<E> } | undefined

  return {
    async fetch(request: Request, bindings: E, ctx: ExecutionContext): Promise<Response> {
      if (!kept) {
        // The peer recognises D1 by its `exec`, and uses that for nothing else.
        const exec = (query: string) => bindings.DB.exec(query)
        const env = { ...bindings, DB: Object.assign(counted(bindings.DB, counter), { exec }) }
        kept = { env, worker: made(env) }
      }
      const asked = new URL(request.url).pathname === '/counted'
      if (!asked) Object.assign(counter, nothing())
      const response = asked ? new Response('{}') : await kept.worker.fetch(request, kept.env, ctx)
      const told = new Response(response.body, response)
      for (const [name, value] of Object.entries(counter)) told.headers.set(`Counted-${name}`, `${value}`)
      return told
    },
  }
}
