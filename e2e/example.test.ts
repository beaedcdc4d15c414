import { describe } from 'node:test'
import { accounts } from './example/accounts.ts'
import { joining } from './example/joining.ts'
import { ownForm } from './example/own-form.ts'
import { safety } from './example/safety.ts'

// The suites are independent and mostly wait for the browser, so they run in parallel.
describe('the example site', { concurrency: 3 }, () => {
  joining()
  accounts()
  ownForm()
  safety()
})
