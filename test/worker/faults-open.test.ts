import { openOperations } from '../support/faults/fault-operations.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(openOperations)
