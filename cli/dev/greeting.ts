type Greeting = {
  /** The service, as browsers reach it and as this computer does. */
  url: string
  here: string
  /** Whether browsers are on another computer, where the mailbox cannot be opened. */
  forwarded: boolean
  /** The link that makes the first admin; undefined if there is an admin, or the link would not work. */
  firstAdmin: string | undefined
  /** The password of the people whom `--demo` made. */
  demoPassword: string | undefined
}

/** Returns what the command prints once the service answers: at most ten lines, the addresses last. */
export const greeting = ({ url, here, forwarded, firstAdmin, demoPassword }: Greeting): string => {
  const mailbox = `${here}/cdn-cgi/local/explorer/email/sending`
  const lines = [
    'Gatehouse is running, and its cron is called once a minute. No mail leaves this computer.',
    ...(demoPassword ? [`A hundred people have the password ${demoPassword}`] : []),
    'Ctrl-C ends it.',
    `API      ${url}`,
    `Docs     ${url}/docs`,
    forwarded ? `Mails    printed below; on this computer also at ${mailbox}` : `Mailbox  ${mailbox}`,
    `Console  ${url}/console`,
    ...(firstAdmin ? [`Admin    ${firstAdmin}`, '         makes you the first admin: once, within 30 minutes.'] : []),
  ]
  return ['', ...lines.map((line) => `  ${line}`), ''].join('\n')
}
