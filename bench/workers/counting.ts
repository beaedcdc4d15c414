import { counted, nothing } from '../../test/support/app/counting-bindings.ts'

type Handler<E> = { fetch(request: Request, env: E, ctx: ExecutionContext): Response | Promise<Response> }

/**
 * A Worker whose D1 counts what is asked of it. Each reply says in headers how many round trips and rows it took until
 * then, so it is asked one request at a time; what goes on after a reply is in the headers of `/counted`.
 * @param made the Worker, from bindings that stay the same object for as long as the isolate lives
 */
export const counting = <E extends { DB: D1Database }>(made: (env: E) => Handler<E>) => {
  const counter = nothing()
  let kept: { env: E; worker: Handler<E> } | undefined

  return {
    async fetch(request: Request, bindings: E, ctx: ExecutionContext): Promise<Response> {
      if (!kept) {
        // The peer takes an object for D1 by its `exec`, which is used for nothing else.
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
