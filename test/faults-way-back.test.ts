import { wayBackOperations } from './fault-operations-way-back.ts'
import { faultSuites } from './fault-suites.ts'

await faultSuites(wayBackOperations)
