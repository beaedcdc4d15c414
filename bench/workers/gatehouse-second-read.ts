import gatehouse from '../../src/index.ts'

/** Gatehouse with one read of D1 too many before every reply: what `npm run floor` is there to notice. */
export default {
  async fetch(request, env, ctx) {
    await env.DB.prepare('select * from users where id = ?').bind('nobody').first()
    return gatehouse.fetch(request, env, ctx)
  },
} satisfies ExportedHandler<Env>
