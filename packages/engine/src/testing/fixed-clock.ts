/** A clock that moves only when a test moves it. */
import type { Clock } from '../ports.ts'

export interface FixedClock extends Clock {
  /** Lets that many seconds pass; negative ones go back. */
  wait(seconds: number): void
}

/** @param startSeconds Unix seconds; by default the first second of a 240 s step in 2026 */
export function fixedClock(startSeconds = 1_790_000_160): FixedClock {
  let now = startSeconds
  return {
    nowSeconds: () => now,
    wait: (seconds) => {
      now += seconds
    },
  }
}
