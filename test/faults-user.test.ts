import { userOperations } from './fault-operations-user.ts'
import { faultSuites } from './fault-suites.ts'

await faultSuites(userOperations)
