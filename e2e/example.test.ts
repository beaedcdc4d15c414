import { describe } from 'node:test'
import { accounts } from './example/accounts.ts'
import { admins } from './example/admins.ts'
import { factors } from './example/factors.ts'
import { joining } from './example/joining.ts'
import { mailLogIns } from './example/mail-log-ins.ts'
import { passkeys } from './example/passkeys.ts'
import { safety } from './example/safety.ts'

// The suites are independent and mostly wait for the browser, so they run in parallel.
describe('the example site', { concurrency: 3 }, () => {
  joining()
  accounts()
  admins()
  factors()
  mailLogIns()
  passkeys()
  safety()
})
