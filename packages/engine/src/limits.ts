/**
 * The numbers that bound guessing and waiting, in one place, and the names of the budgets they feed.
 * Promises: every name carries its unit; nothing here counts, the store does (`countTry`).
 */
export interface Limits {
  /** Life of the ticket between password and code. Default 300. */
  readonly ticketSeconds: number
  /** Wrong codes that end a ticket. Default 5. */
  readonly triesPerTicket: number
  /** Wrong codes from all browsers that an account does not know, in 24 hours. Default 10. */
  readonly codeFailuresPerDay: number
  /** Wrong codes from all browsers that an account does not know, in 30 days. Default 24. */
  readonly codeFailuresPerMonth: number
  /** Wrong codes from one browser that the account knows, in 15 minutes. Default 5. */
  readonly deviceFailuresPerQuarter: number
  /** Wrong codes from one known browser in a year; after them it counts as unknown. Default 20. */
  readonly deviceFailuresPerYear: number
  /** Wrong passwords for a login from all browsers that it does not know, in 24 hours. Default 100. */
  readonly passwordFailuresPerDay: number
  /** Wrong passwords for a login from one browser that it knows, in an hour. Default 20. */
  readonly devicePasswordFailuresPerHour: number
  /** Wrong recovery codes per account in 24 hours; 80 bits need no tight cap. Default 50. */
  readonly recoveryFailuresPerDay: number
  /** Wrong passwords of a signed-in person who re-authenticates, per hour. Default 10. */
  readonly reauthenticationsPerHour: number
  /** Wrong codes while an authenticator waits for its first right one. Default 20. */
  readonly triesPerConfirmation: number
  /** How long a new authenticator waits for its first right code. Default 600. */
  readonly pendingSeconds: number
  /** Authenticators an account may have, pending ones included. Default 10. */
  readonly authenticatorsPerAccount: number
  /** A session unused for this long is over. Default 3,600. */
  readonly sessionIdleSeconds: number
  /** A session is over this long after its start, used or not. Default 86,400. */
  readonly sessionAbsoluteSeconds: number
  /** How old a full sign-in may be when factors, codes or the password are changed. Default 300. */
  readonly freshSeconds: number
}

export const DEFAULT_LIMITS: Limits = {
  ticketSeconds: 300,
  triesPerTicket: 5,
  codeFailuresPerDay: 10,
  codeFailuresPerMonth: 24,
  deviceFailuresPerQuarter: 5,
  deviceFailuresPerYear: 20,
  passwordFailuresPerDay: 100,
  devicePasswordFailuresPerHour: 20,
  recoveryFailuresPerDay: 50,
  reauthenticationsPerHour: 10,
  triesPerConfirmation: 20,
  pendingSeconds: 600,
  authenticatorsPerAccount: 10,
  sessionIdleSeconds: 3_600,
  sessionAbsoluteSeconds: 86_400,
  freshSeconds: 300,
}

/**
 * The defaults with some of them replaced.
 * @throws RangeError naming the limit that is not a whole number of 1 or more
 */
export function acceptableLimits(own: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULT_LIMITS, ...own }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`limits.${name}: expected a whole number of 1 or more`)
    }
  }
  return limits
}

/** One budget of tries: a name in the store, how many it holds, how long its window is. */
export interface Budget {
  readonly key: string
  readonly tries: number
  readonly windowSeconds: number
}

/** The short window of a known browser; who must wait longer has used up the long one. */
export const QUARTER_SECONDS = 15 * 60
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 24 * HOUR_SECONDS

/**
 * Codes: one pool for all browsers that the account does not know, one for each that it knows. So
 * somebody who has the password closes the pool of the unknown ones, and the owner still signs in.
 * No pool is ever emptied by a success.
 */
export function codeBudgets(limits: Limits, accountId: string, deviceId?: string): Budget[] {
  if (deviceId === undefined) {
    const key = `code/unknown/${accountId}`
    return [
      { key: `${key}/day`, tries: limits.codeFailuresPerDay, windowSeconds: DAY_SECONDS },
      { key: `${key}/month`, tries: limits.codeFailuresPerMonth, windowSeconds: 30 * DAY_SECONDS },
    ]
  }
  const key = `code/device/${accountId}/${deviceId}`
  return [
    {
      key: `${key}/quarter`,
      tries: limits.deviceFailuresPerQuarter,
      windowSeconds: QUARTER_SECONDS,
    },
    { key: `${key}/year`, tries: limits.deviceFailuresPerYear, windowSeconds: 365 * DAY_SECONDS },
  ]
}

/**
 * Passwords, likewise. The pool of the unknown browsers is named by the login, so that one that does not
 * exist is counted like any other.
 *
 * @param loginHash of the normalised login
 */
export function passwordBudget(limits: Limits, loginHash: string, deviceId?: string): Budget {
  return deviceId === undefined
    ? {
        key: `password/unknown/${loginHash}`,
        tries: limits.passwordFailuresPerDay,
        windowSeconds: DAY_SECONDS,
      }
    : {
        key: `password/device/${loginHash}/${deviceId}`,
        tries: limits.devicePasswordFailuresPerHour,
        windowSeconds: HOUR_SECONDS,
      }
}

export function recoveryBudget(limits: Limits, accountId: string): Budget {
  return {
    key: `recovery/${accountId}`,
    tries: limits.recoveryFailuresPerDay,
    windowSeconds: DAY_SECONDS,
  }
}

export function reauthenticationBudget(limits: Limits, accountId: string): Budget {
  return {
    key: `reauthenticate/${accountId}`,
    tries: limits.reauthenticationsPerHour,
    windowSeconds: 3_600,
  }
}

export function confirmationBudget(
  limits: Limits,
  accountId: string,
  authenticatorId: string,
): Budget {
  return {
    key: `confirm/${accountId}/${authenticatorId}`,
    tries: limits.triesPerConfirmation,
    windowSeconds: limits.pendingSeconds,
  }
}
