import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../../cli/lib/process.ts'
import type { Budget } from '../../test/support/budgets/budget.ts'

/** Operation → the cost of each of its cases, or the operation of which it is another name. */
export type Budgets = Record<string, Record<string, Budget> | string>

type Operation = { like?: string; costs?: Record<string, Budget & { request: unknown }> }

/** Modules that exist only in workerd. Nothing here calls what is imported from them. */
const missing = /^(cloudflare:|vitest$)/

/**
 * Reads what every operation may cost from `test/operations/`. Those files also arrange the requests of each case, so
 * they import modules that exist only in workerd; here they are bundled without those.
 */
const readBudgets = async (): Promise<Budgets> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test', 'operations', 'index.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    loader: { '.wasm': 'empty' },
    plugins: [
      {
        name: 'without workerd',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: missing }, ({ path }) => ({ path, namespace: 'missing' }))
          onLoad({ filter: /^/, namespace: 'missing' }, () => ({ contents: 'module.exports = {}' }))
        },
      },
    ],
  })
  const source = Buffer.from(outputFiles[0]!.contents).toString('base64')
  const { operations } = (await import(`data:text/javascript;base64,${source}`)) as {
    operations: Record<string, Operation>
  }
  return Object.fromEntries(
    Object.entries(operations).map(([operation, { like, costs = {} }]) => [
      operation,
      like ?? Object.fromEntries(Object.entries(costs).map(([what, { request: _, ...budget }]) => [what, budget])),
    ]),
  )
}

export const budgets = await readBudgets()

/** Returns what one case of an operation may cost. */
export const budgetOf = (operation: string, what: string): Budget => {
  const cases = budgets[operation]
  const budget = typeof cases === 'object' ? cases[what] : undefined
  if (!budget) throw new Error(`no case "${what}" of ${operation}`)
  return budget
}
