import { faultGroups } from '../support/faults/fault-groups.ts'
import { faultSuites } from '../support/faults/fault-suites.ts'

await faultSuites(faultGroups.factors)
