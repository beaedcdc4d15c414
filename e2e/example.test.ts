import { describe } from 'node:test'
import { accounts } from './example/accounts.ts'
import { admins } from './example/admins.ts'
import { joining } from './example/joining.ts'
import { safety } from './example/safety.ts'

// The suites have nothing to do with each other. What is waited for is the browser, so they wait beside each other.
describe('the example site', { concurrency: 3 }, () => {
  joining()
  accounts()
  admins()
  safety()
})
