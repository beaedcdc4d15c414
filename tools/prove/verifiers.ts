import { globSync } from 'node:fs'
import { readArguments, runCommand } from '../../cli/lib/command.ts'
import { ended, root, run, startNode } from '../../cli/lib/process.ts'
import { installParts } from '../packages/parts.ts'

const help = `
Runs the snippets of docs/guides/verify-tokens.md that need further packages: Express, Fastify and Next, and also nginx and
Caddy, if they are installed or named in NGINX and CADDY. OAuth libraries log in and refresh at a local service:
oauth4webapi, openid-client, and Authlib if a Python has it.

  npm run verifiers
  npm run verifiers -- --help
`

const main = async (args: string[]) => {
  if (readArguments('verifiers', args, {}).values.help) {
    console.log(help.trim())
    return 0
  }
  // The optional packages are binaries of Next that build sites.
  const steps = [
    () => installParts(['verifiers'], '--omit=optional', '--ignore-scripts'),
    () => run('tsc', ['-p', 'verifiers']),
  ]
  for (const step of steps) {
    const { status, output } = await step()
    if (status === 0) continue
    console.error(output)
    return status
  }
  // Otherwise Express prints every refusal.
  const env = { NODE_ENV: 'test' }
  return (
    await ended(
      startNode(
        [
          '--test',
          '--test-force-exit',
          '--test-timeout=120000',
          ...globSync('verifiers/*.test.ts', { cwd: root }).sort(),
        ],
        { env },
      ),
    )
  ).status
}

await runCommand(main)
