import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Stop } from '../lib/database.ts'
import { ended, track } from '../lib/process.ts'

/** Returns the link of the mail that verifies an address. @throws {Stop} if it does not come in time */
export type Mailbox = (address: string) => Promise<string>

const links = /https?:\/\/[^\s"'<>]*token=[\w.~-]+/g

/** Mails have two links: the second one reports that somebody else registered. */
const verifying = (text: string) => text.match(links)?.find((link) => !/reject/.test(link))

const until = async (seconds: number, find: () => Promise<string | undefined>): Promise<string> => {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const link = await find()
    if (link) return link
    if (Date.now() > end) throw new Stop(`No mail with a link came within ${seconds} s.`)
    await sleep(Math.min(2000, seconds * 100))
  }
}

/** The mailbox of `npm start`. */
export const localMailbox =
  (url: string, seconds: number): Mailbox =>
  (address) => {
    const box = `${url}/cdn-cgi/local/explorer/api/local/email/sending`
    const read = async (query: string) => {
      const response = await fetch(`${box}?${query}`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
      if (!response?.ok)
        throw new Stop('The mailbox of the local service does not answer: was it started by npm start?')
      return ((await response.json()) as { result: unknown }).result
    }
    return until(seconds, async () => {
      const mails = (await read('per_page=100')) as { messageId: string; to: string[] | string }[]
      for (const { messageId, to } of mails) {
        if (!to.includes(address)) continue
        const { text } = (await read(`email_id=${encodeURIComponent(messageId)}`)) as { text: string }
        const link = verifying(text)
        if (link) return link
      }
    })
  }

/** A command of the operator that prints mails. */
export const commandMailbox =
  (command: string, seconds: number): Mailbox =>
  (address) =>
    until(seconds, async () => {
      const child = track(
        spawn(command, {
          shell: true,
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, SMOKE_ADDRESS: address },
        }),
      )
      const { status, output } = await ended(child, seconds * 1000)
      if (status !== 0) throw new Stop(`The command of --mailbox ended with ${status}.`)
      return verifying(output)
    })

/** Asks for the link on the terminal. */
export const typedMailbox =
  (seconds: number): Mailbox =>
  async (address) => {
    const prompt = createInterface({ input: process.stdin, output: process.stderr })
    prompt.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    try {
      const signal = AbortSignal.timeout(seconds * 1000)
      const typed = await prompt.question(`Paste the link of the mail to ${address}: `, { signal })
      const link = verifying(typed)
      if (!link) throw new Stop('That is not the link of the mail.')
      return link
    } catch (error) {
      if (error instanceof Stop) throw error
      throw new Stop(`No link was pasted within ${seconds} s.`)
    } finally {
      prompt.close()
    }
  }
