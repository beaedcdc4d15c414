import { authOperations } from '../support/faults/fault-operations-auth.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(authOperations)
