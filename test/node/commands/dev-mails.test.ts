import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { printMails } from '../../../cli/dev/mails.ts'
import { eventually } from '../blackbox/service.ts'

/** Prints the mails of a mailbox that answers the n-th request as told, and returns what was printed. */
const printed = async (ids: string[], fails: (request: number, query: string) => boolean, wanted: number) => {
  let request = 0
  const server = createServer((asked, reply) => {
    const { search, searchParams } = new URL(asked.url!, 'http://localhost')
    if (fails(++request, search)) return void reply.writeHead(503).end('busy')
    const id = searchParams.get('email_id')
    const mail = (messageId: string) => ({ messageId, to: ['a@b.test'], subject: messageId })
    reply.end(JSON.stringify({ result: id ? { text: `https://x.test/#token=${id}` } : ids.map(mail) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { log } = console
  const lines: string[] = []
  console.log = (line: string) => void lines.push(line)
  try {
    await printMails(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    ids.unshift('new')
    await eventually('the mails', 20_000, async () => lines.length >= wanted || undefined)
  } finally {
    console.log = log
    server.close()
    server.closeAllConnections()
  }
  return lines.map((line) => /: (\w+)\n/.exec(line)?.[1])
}

describe('the mails that npm start prints', () => {
  it('are those that came after the start', async () => {
    assert.deepEqual(await printed(['old'], () => false, 1), ['new'])
  })

  it('include new ones if the mailbox does not answer at the start', async () => {
    assert.deepEqual(await printed(['old'], (request) => request === 1, 2), ['old', 'new'])
  })

  it('include one whose text cannot be read at first', async () => {
    let failed = false
    const once = (_: number, query: string) => {
      const fails = !failed && query.includes('email_id')
      failed ||= fails
      return fails
    }
    assert.deepEqual(await printed([], once, 1), ['new'])
  })
})
