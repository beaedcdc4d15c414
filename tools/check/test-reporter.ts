import type { TestEvent } from 'node:test/reporters'
import type { Result } from './test-results.ts'

/** A reporter for Node's test runner: writes each finished test as a line of JSON. Suites end after their tests. */
export default async function* report(events: AsyncIterable<TestEvent>) {
  const begun: string[] = []
  for await (const event of events) {
    if (event.type === 'test:start') begun.splice(event.data.nesting, Number.POSITIVE_INFINITY, event.data.name)
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, nesting, file = '', details, skip, todo } = event.data
    if (details.type === 'suite') continue
    const outcome = skip || todo ? 'skipped' : event.type === 'test:pass' ? 'passed' : 'failed'
    const message = event.type === 'test:fail' && outcome === 'failed' ? event.data.details.error.message : undefined
    const result: Result = { file, titles: [...begun.slice(0, nesting), name], outcome, message }
    yield `${JSON.stringify(result)}\n`
  }
}
