import { userOperations } from '../support/faults/fault-operations-user.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(userOperations)
