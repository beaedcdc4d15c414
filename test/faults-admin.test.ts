import { adminOperations } from './fault-operations-admin.ts'
import { faultSuites } from './fault-suites.ts'

await faultSuites(adminOperations)
