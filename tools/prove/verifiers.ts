import { globSync } from 'node:fs'
import { readArguments, runCommand } from '../../cli/lib/command.ts'
import { ended, root, run, startNode } from '../../cli/lib/process.ts'
import { installParts } from '../packages/parts.ts'

const help = `
Runs the snippets of docs/guides/verify-tokens.md that need packages which the project does not: Express, Fastify, Next. nginx and Caddy
too, where they are installed, or where NGINX and CADDY say. And libraries of OAuth log in and refresh at a local service:
oauth4webapi, openid-client, and Authlib where a Python has it.

  npm run verifiers
  npm run verifiers -- --help
`

const main = async (args: string[]) => {
  if (readArguments('verifiers', args, {}).values.help) {
    console.log(help.trim())
    return 0
  }
  // What is optional are binaries of Next that build sites.
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
  // Else Express prints every refusal.
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
