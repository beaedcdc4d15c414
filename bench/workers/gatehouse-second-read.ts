import gatehouse from '../../src/index.ts'

/** Gatehouse with one superfluous read of D1 before every reply, which `npm run floor` has to notice. */
export default {
  async fetch(request, env, ctx) {
    await env.DB.prepare('select * from users where id = ?').bind('nobody').first()
    return gatehouse.fetch(request, env, ctx)
  },
} satisfies ExportedHandler<Env>
