import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../../cli/lib/process.ts'
import type { Budget } from '../../test/support/budgets/budget.ts'

/** Operation → the cost of each of its cases, or the operation that it is another name of. */
export type Budgets = Record<string, Record<string, Budget> | string>

type Operation = { like?: string; costs?: Record<string, Budget & { request: unknown }> }

/** Modules that only workerd has, with whatever is imported of them. Nothing calls it here. */
const missing = /^(cloudflare:|vitest$)/

/**
 * Reads what every operation may cost out of `test/operations/`. Those files also arrange the requests of each case, and so
 * import what runs in workerd alone; here they are bundled without it.
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

/** What one case of an operation may cost. */
export const budgetOf = (operation: string, what: string): Budget => {
  const cases = budgets[operation]
  const budget = typeof cases === 'object' ? cases[what] : undefined
  if (!budget) throw new Error(`no case "${what}" of ${operation}`)
  return budget
}
