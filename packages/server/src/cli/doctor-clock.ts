/**
 * Is the server's clock right? Every code hangs on it.
 * Promises: without a network only what is at hand is compared, and nothing is concluded from its silence:
 * a clock that is behind none of it may be wrong all the same. With an address its `Date` is compared.
 */
import { statSync } from 'node:fs'
import type { Finding } from './doctor.ts'
import type { Io } from './io.ts'
import { timeOf } from './server-store.ts'

/** 2025-01-01: before this program. */
const FIRST_SECONDS = 1_735_689_600
/** What was written this much later than now was written by another clock. */
const TOLERANCE_SECONDS = 60
/** Of half a minute. */
const MOST_SECONDS_OFF = 5
const PATIENCE_MILLISECONDS = 10_000
const ADVICE =
  'Let the system keep its clock by itself (timedatectl set-ntp true), and check again.'

/** Something that carries a time: what it is, and when that was. */
export interface Trace {
  readonly what: string
  /** Unix seconds. */
  readonly at: number
}

export function clockFinding(traces: readonly Trace[], nowSeconds: number): Finding {
  const check = 'clock'
  const now = `It is ${timeOf(nowSeconds)} here`
  if (nowSeconds < FIRST_SECONDS) {
    return { check, ok: false, text: `${now}, which cannot be.`, advice: ADVICE }
  }
  const [latest] = traces.toSorted((one, other) => other.at - one.at)
  if (latest !== undefined && latest.at > nowSeconds + TOLERANCE_SECONDS) {
    const text = `${now}, but ${latest.what} is of ${timeOf(latest.at)}, ${spanWords(latest.at - nowSeconds)} from now.`
    return { check, ok: false, text, advice: ADVICE }
  }
  return { check, ok: true, text: `${now}, and nothing at hand is newer.` }
}

/** When a file was written last; nothing where there is none. */
export function traceOf(what: string, path: string): Trace[] {
  const status = statSync(path, { throwIfNoEntry: false })
  return status === undefined ? [] : [{ what, at: Math.floor(status.mtimeMs / 1_000) }]
}

export async function timeFinding(address: string, io: Io): Promise<Finding> {
  const check = 'time'
  const before = io.nowSeconds()
  const date = await dateOf(address)
  const after = io.nowSeconds()
  if (date === undefined) {
    const advice = 'Check the address, and that this machine reaches it.'
    return { check, ok: false, text: `${address} does not say what time it is.`, advice }
  }
  const off = date < before ? before - date : Math.max(0, date - after)
  if (off <= MOST_SECONDS_OFF) {
    return { check, ok: true, text: `The clock is at most ${off + 1} s off that of ${address}.` }
  }
  const direction = date < before ? 'ahead of' : 'behind'
  const text = `The clock is ${spanWords(off)} ${direction} that of ${address}.`
  return { check, ok: false, text, advice: ADVICE }
}

/** Unix seconds, by the `Date` of its answer, whatever that answer is. */
async function dateOf(address: string): Promise<number | undefined> {
  try {
    const { headers } = await fetch(address, {
      method: 'HEAD',
      redirect: 'manual',
      headers: { 'cache-control': 'no-cache' },
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    })
    // A cache on the way gives the old date and says how old.
    const age = Number(headers.get('age') ?? 0)
    const seconds = Date.parse(headers.get('date') ?? '') / 1_000 + age
    return Number.isNaN(seconds) ? undefined : seconds
  } catch {
    return undefined
  }
}

function spanWords(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} minutes`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} hours`
  return `${Math.round(seconds / 86_400)} days`
}
