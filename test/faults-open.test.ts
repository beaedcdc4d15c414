import { openOperations } from './fault-operations.ts'
import { faultSuites } from './fault-suites.ts'

await faultSuites(openOperations)
