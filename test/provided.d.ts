import 'vitest'

/** The values that vitest.config.ts reads from the environment for `inject()`. */
declare module 'vitest' {
  interface ProvidedContext {
    /** SOAK_SEED: everything random in a test comes from it, so that a failure can be repeated. */
    seed: number
    /** FUZZ_RUNS: how many cases each property is tried with. */
    fuzzRuns: number
    /** RACE_RUNS: how often a race is run, each time in another order. */
    raceRuns: number
    /**
     * LIFE_CYCLE_RUNS: how many sequences of requests are compared with the model.
     *
     */
    lifeCycleRuns: number
  }
}
