import { wayBackOperations } from '../support/faults/fault-operations-way-back.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(wayBackOperations)
