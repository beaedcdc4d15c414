import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { clients } from './jar-clients.ts'
import { steps } from './jar-steps.ts'
import { freePort, makePlace, type Service, startService } from './service.ts'
import { call, member, someone } from './visitor.ts'

/** Returns an answer as the table writes it: the status alone, or with the `code` of a refusal. */
const answerOf = ({ status, body }: { status: number; body: string }, like: string) =>
  like.includes(' ') ? `${status} ${JSON.parse(body).code}` : `${status}`

/** Real clients against the running service. They keep cookies, and send neither `Origin` nor `Sec-Fetch-Site`. */
describe('a client that keeps cookies and is no browser', () => {
  const place = makePlace()
  let service: Service

  before(async () => {
    // All clients are one network, which may send 20 requests in ten seconds; with a factor above 1 it may send more.
    service = await startService(place, await freePort(), '--var', 'THROTTLE_FACTOR:1.9')
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  for (const { name, missing, client } of clients)
    it(`does what others do, and is refused with a foreign origin: ${name}`, { skip: missing }, async () => {
      const [who, newcomer] = [await member(service.url), someone()]
      const table = steps(who, newcomer)

      const answers = await client(service.url, table)

      assert.deepEqual(
        answers.map((answer, i) => `${table[i]!.what}: ${answerOf(answer, table[i]!.answer)}`),
        table.map(({ what, answer }) => `${what}: ${answer}`),
      )
      assert.equal((await call(service.url, 'POST /api/auth/login', { json: who })).status, 200)
    })
})
