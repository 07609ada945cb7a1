/**
 * Pools of tries, and the rules that close them. Pure: the counting is the store's (`countTry`).
 *
 * Promises: windows roll, so that no moment lets two windows' worth of tries through; what closed a
 * pool is derived from the times of its tries, so that a try that is given back leaves no trace.
 */
import type { Limits } from './limits.ts'
import type { Channel } from './store.ts'

/** What closed a pool, for whoever has to act on it. */
export type RuleName = 'wait' | 'hour' | 'day' | 'month' | 'life'

/** Once so many tries lie within so long, the pool is closed. */
export interface Rule {
  readonly name: RuleName
  readonly tries: number
  readonly windowSeconds: number
  /** For so long after the newest of them; without it, until the oldest of them leaves the window. */
  readonly waitSeconds?: number
}

export interface Pool {
  /** Its name in the store; names the account, or a login that need not exist. */
  readonly key: string
  readonly rules: readonly Rule[]
}

const QUARTER_SECONDS = 15 * 60
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 24 * HOUR_SECONDS
const CLAIMS_PER_HOUR = 10
/** Three thousand years. */
const LIFE_SECONDS = 1e11
/** As long as browsers keep the cookie that such a pool belongs to. */
const LONGEST_MEMORY_SECONDS = 400 * DAY_SECONDS

/**
 * When the rule lets the next try in.
 * @param times Unix seconds of the pool's tries, newest first
 * @returns Unix seconds, or 0 where the rule does not close the pool
 */
function closedUntil(
  { tries, windowSeconds, waitSeconds }: Rule,
  times: readonly number[],
): number {
  const [newest = 0] = times
  const oldest = times[tries - 1]
  if (oldest === undefined) return 0
  if (waitSeconds === undefined) return oldest + windowSeconds
  return newest - oldest < windowSeconds ? newest + waitSeconds : 0
}

export interface Closure {
  readonly opensAt: number
  /** The rules that close it now. */
  readonly by: readonly RuleName[]
}

/** @returns undefined while the pool takes a try */
export function closureOf(
  rules: readonly Rule[],
  times: readonly number[],
  now: number,
): Closure | undefined {
  const closing = rules.filter((rule) => closedUntil(rule, times) > now)
  if (closing.length === 0) return undefined
  const opensAt = Math.max(...closing.map((rule) => closedUntil(rule, times)))
  return { opensAt, by: closing.map(({ name }) => name) }
}

/** For how long after its newest try a pool is kept: as long as it can say no, but 400 days at the most. */
export function memorySeconds({ rules }: Pool): number {
  const longest = Math.max(
    ...rules.map(({ windowSeconds, waitSeconds = 0 }) => Math.max(windowSeconds, waitSeconds)),
  )
  return Math.min(longest, LONGEST_MEMORY_SECONDS)
}

/** The most tries that any rule looks back on. */
export function memoryTries({ rules }: Pool): number {
  return Math.max(...rules.map(({ tries }) => tries))
}

/**
 * Codes: one pool for all browsers that the account does not know, one for each that it knows. So
 * somebody who has the password closes the pool of the unknown ones, and the owner still signs in.
 * No pool is ever emptied by a success. All authenticators of the account share them.
 */
export function codePool(limits: Limits, accountId: string, deviceId?: string): Pool {
  if (deviceId === undefined) {
    const day = { tries: limits.codeFailuresPerDay, windowSeconds: DAY_SECONDS }
    return {
      key: `code/unknown/${accountId}`,
      rules: [
        ...waits(limits),
        { name: 'day', ...day, waitSeconds: DAY_SECONDS },
        { name: 'month', tries: limits.codeFailuresPerMonth, windowSeconds: 30 * DAY_SECONDS },
      ],
    }
  }
  return {
    key: `code/device/${accountId}/${deviceId}`,
    rules: [
      { name: 'wait', tries: limits.deviceFailuresPerQuarter, windowSeconds: QUARTER_SECONDS },
      { name: 'life', tries: limits.deviceFailuresPerLife, windowSeconds: LIFE_SECONDS },
    ],
  }
}

/** Each wrong code of a day from the third on doubles the wait for the next. */
function waits(limits: Limits): Rule[] {
  const { codeFailuresBeforeWait: first, codeWaitSeconds, codeWaitMostSeconds: most } = limits
  const rules: Rule[] = []
  for (let tries = first, wait = 0; tries < limits.codeFailuresPerDay && wait < most; tries++) {
    wait = Math.min(codeWaitSeconds * 2 ** (tries - first), most)
    rules.push({ name: 'wait', tries, windowSeconds: DAY_SECONDS, waitSeconds: wait })
  }
  return rules
}

/**
 * Passwords, likewise. The pool of the unknown browsers is named by the login, so that one that does not
 * exist is counted like any other.
 *
 * @param loginHash of the normalised login
 */
export function passwordPool(limits: Limits, loginHash: string, deviceId?: string): Pool {
  return deviceId === undefined
    ? daily(`password/unknown/${loginHash}`, limits.passwordFailuresPerDay)
    : hourly(`password/device/${loginHash}/${deviceId}`, limits.devicePasswordFailuresPerHour)
}

/** Recovery codes, likewise: whoever has the password must not shut the owner out of these either. */
export function recoveryPool(limits: Limits, accountId: string, deviceId?: string): Pool {
  const whose = deviceId === undefined ? 'unknown' : `device/${deviceId}`
  return daily(`recovery/${accountId}/${whose}`, limits.recoveryFailuresPerDay)
}

/**
 * Codes sent to one account on one way: each costs its person a message, and those by SMS money. Apart for
 * each known browser, so that whoever has the password does not use up its owner's.
 */
export function sendPool(
  limits: Limits,
  accountId: string,
  channel: Channel,
  deviceId?: string,
): Pool {
  const whose = deviceId === undefined ? 'unknown' : `device/${deviceId}`
  return sends(limits, channel, `${accountId}/${whose}`)
}

/**
 * Codes to an address that nobody has shown to be theirs yet: accounts cost nothing, so it is the address
 * and the network that count. An address that is confirmed has no part in it, or strangers could use it up.
 */
export function strangerPools(
  limits: Limits,
  channel: Channel,
  { addressHash, network }: { addressHash: string; network: string | undefined },
): Pool[] {
  const toAddress = sends(limits, channel, `address/${addressHash}`)
  if (network === undefined) return [toAddress]
  const tries = NETWORKS_ACCOUNTS * perDay(limits, channel)
  return [toAddress, daily(`send/${channel}/network/${network}`, tries)]
}

/** As many accounts as many people behind one address may set up in a day, at their fullest. */
const NETWORKS_ACCOUNTS = 5

function sends(limits: Limits, channel: Channel, whose: string): Pool {
  const perQuarter = channel === 'email' ? limits.emailCodesPerQuarter : limits.smsCodesPerQuarter
  return {
    key: `send/${channel}/${whose}`,
    rules: [
      { name: 'wait', tries: perQuarter, windowSeconds: QUARTER_SECONDS },
      { name: 'day', tries: perDay(limits, channel), windowSeconds: DAY_SECONDS },
    ],
  }
}

function perDay(limits: Limits, channel: Channel): number {
  return channel === 'email' ? limits.emailCodesPerDay : limits.smsCodesPerDay
}

/** Codes that show whose an address is. */
export function contactPool(limits: Limits, accountId: string, channel: Channel): Pool {
  return daily(`contact/${channel}/${accountId}`, limits.triesPerConfirmation)
}

export function reauthenticationPool(limits: Limits, accountId: string): Pool {
  return hourly(`reauthenticate/${accountId}`, limits.reauthenticationsPerHour)
}

/** Asking for a new password, which sends mail. Named by the login, as above. */
export function resetPool(limits: Limits, loginHash: string): Pool {
  return hourly(`reset/${loginHash}`, limits.resetsPerHour)
}

export function resetSourcePool(limits: Limits, network: string): Pool {
  return hourly(`reset/source/${network}`, limits.sourceResetsPerHour)
}

/** Guessing 256 bits is hopeless; this keeps whoever tries it from filling the log. */
export function claimPool(accountId: string): Pool {
  return hourly(`admin-claim/${accountId}`, CLAIMS_PER_HOUR)
}

export function confirmationPool(limits: Limits, accountId: string, authenticatorId: string): Pool {
  const tries = limits.triesPerConfirmation
  // As long as it waits for its first code, so for the first tries it never opens again.
  const windowSeconds = limits.pendingSeconds
  return {
    key: `confirm/${accountId}/${authenticatorId}`,
    rules: [{ name: 'life', tries, windowSeconds }],
  }
}

function daily(key: string, tries: number): Pool {
  return { key, rules: [{ name: 'day', tries, windowSeconds: DAY_SECONDS }] }
}

function hourly(key: string, tries: number): Pool {
  return { key, rules: [{ name: 'hour', tries, windowSeconds: HOUR_SECONDS }] }
}
