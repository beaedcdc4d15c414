type Mail = { messageId: string; to: string[] | string; subject: string }

/** Milliseconds. */
const everyMs = 2000

const links = /https?:\/\/[^\s"'<>]*token=[\w.~-]+/g

/**
 * Prints each new mail with its links. With a public URL, the browser may be on another computer, where the mailbox
 * cannot be opened.
 */
export const printMails = async (origin: string): Promise<void> => {
  const box = `${origin}/cdn-cgi/local/explorer/api/local/email/sending`
  const read = async (query: string): Promise<unknown> => {
    const response = await fetch(`${box}?${query}`, { signal: AbortSignal.timeout(10_000) })
    return ((await response.json()) as { result: unknown }).result
  }
  let seen: Set<string> | undefined
  const look = async () => {
    const mails = (await read('per_page=100')) as Mail[]
    if (!seen) {
      seen = new Set(mails.map(({ messageId }) => messageId))
      return
    }
    for (const { messageId, to, subject } of mails.reverse()) {
      if (seen.has(messageId)) continue
      const { text } = (await read(`email_id=${encodeURIComponent(messageId)}`)) as { text: string }
      console.log([`Mail to ${[to].flat().join(', ')}: ${subject}`, ...(text.match(links) ?? [])].join('\n  '))
      seen.add(messageId)
    }
  }
  let busy = false
  // What is there at the start was sent by an earlier run. If the mailbox cannot be read, mails of earlier runs are
  // printed again: losing a new one would be worse.
  await look().catch(() => {
    seen = new Set()
  })
  setInterval(() => {
    if (busy) return
    busy = true
    // Fails while the service restarts because its files have changed.
    look()
      .catch(() => {})
      .finally(() => {
        busy = false
      })
  }, everyMs).unref()
}
