import { adminOperations } from '../support/faults/fault-operations-admin.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(adminOperations)
