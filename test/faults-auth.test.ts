import { authOperations } from './fault-operations-auth.ts'
import { faultSuites } from './fault-suites.ts'

await faultSuites(authOperations)
