import 'vitest'

/** What vitest.config.ts takes from the environment for `inject()`. */
declare module 'vitest' {
  interface ProvidedContext {
    /** SOAK_SEED: whatever is random in a test comes from it, so that a failure can be had again. */
    seed: number
    /** FUZZ_RUNS: cases of each property. */
    fuzzRuns: number
    /** RACE_RUNS: how often a race is run, each time in another order. */
    raceRuns: number
    /** LIFE_CYCLE_RUNS: sequences of requests that are compared with the model. */
    lifeCycleRuns: number
  }
}
