import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { eventually, freePort, makePlace, type Service, startService } from './service.ts'
import { someone } from './visitor.ts'

const host = 'fluffy-7-8787.app.example.dev'
const url = `https://${host}`

describe('npm start behind a forwarded https address', () => {
  const place = makePlace()
  let service: Service
  let port: number

  /** As the proxy of a container sends it: by http, with its own name or that of this computer. */
  const forward = (path: string, sentHost: string, body?: object) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = {
        Host: sentHost,
        Origin: url,
        'Sec-Fetch-Site': 'same-origin',
        ...(body && { 'Content-Type': 'application/json' }),
      }
      const sent = request({ host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', headers }, (reply) => {
        let text = ''
        reply.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        reply.on('end', () => resolve({ status: reply.statusCode!, text }))
      })
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })

  before(async () => {
    port = await freePort()
    service = await startService(place, port, '--public-url', url)
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  for (const sentHost of [host, 'localhost:8787'])
    it(`lets a page of that address register, if the proxy names ${sentHost}, and prints the mail`, async () => {
      const { email, password } = someone()

      const { status, text } = await forward('/api/auth/register', sentHost, { email, password })
      const link = await eventually(
        'the mail in the output',
        30_000,
        async () => new RegExp(`Mail to ${email}: .*\\n  (https://\\S+)`).exec(service.log())?.[1],
      )
      const token = /token=([\w.-]+)/.exec(link)![1]
      const verified = await forward('/api/auth/verify-email', sentHost, { token })

      assert.equal(status, 201, text)
      assert.ok(link.startsWith(`${url}/`), link)
      assert.equal(verified.status, 200, verified.text)
    })

  it('names that address, and is that issuer', async () => {
    const { status, text } = await forward('/.well-known/oauth-authorization-server', host)

    assert.equal(status, 200)
    assert.equal(JSON.parse(text).issuer, url)
    assert.match(service.log(), new RegExp(`API +${url}`))
  })
})
