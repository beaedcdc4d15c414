import { scrypt as native } from 'node:crypto'
import { scrypt } from '@noble/hashes/scrypt.js'
import { Hono } from 'hono'

/** The least that an operation can cost: the same framework, the same database, and nothing else. */
type Floor = { Bindings: { DB: D1Database; DENYLIST: KVNamespace } }

const salt = new Uint8Array(16)

const nativeScrypt = (password: string, N: number, r: number, p: number) =>
  new Promise<Uint8Array>((resolve, reject) => {
    const done = (error: Error | null, key: Uint8Array) => (error ? reject(error) : resolve(key))
    native(password, salt, 64, { N, r, p, maxmem: 128 * N * r * 2 }, done)
  })

export default new Hono<Floor>()
  .get('/read/:id', async (c) => {
    const row = await c.env.DB.prepare('select * from people where id = ?').bind(c.req.param('id')).first()
    return c.json(row)
  })
  .post('/write/:id', async (c) => {
    const id = c.req.param('id')
    const [written, denied] = await Promise.all([
      c.env.DB.prepare('update people set updated_at = ? where id = ?').bind(Date.now(), id).run(),
      c.env.DENYLIST.get(`sid:${id}`),
    ])
    return c.json({ changes: written.meta.changes, denied })
  })
  .post('/noble/:ln/:r/:p', async (c) => {
    const { ln, r, p } = c.req.param()
    const key = scrypt(await c.req.text(), salt, { N: 2 ** Number(ln), r: Number(r), p: Number(p), dkLen: 32 })
    return c.json({ bytes: key.length })
  })
  .post('/native/:ln/:r/:p', async (c) => {
    const { ln, r, p } = c.req.param()
    const key = await nativeScrypt(await c.req.text(), 2 ** Number(ln), Number(r), Number(p))
    return c.json({ bytes: key.length })
  })
