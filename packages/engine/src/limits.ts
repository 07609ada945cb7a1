/**
 * The numbers that bound guessing and waiting, in one place, and the names of the budgets they feed.
 * Promises: every name carries its unit; nothing here counts, the store does (`countTry`).
 */
export interface Limits {
  /** Life of the ticket between password and code. Default 300. */
  readonly ticketSeconds: number
  /** Wrong codes that end a ticket. Default 5. */
  readonly triesPerTicket: number
  /** Wrong codes of authenticators an account may have per window, over all its tickets. Default 10. */
  readonly codeTriesPerWindow: number
  /** Length of that window. Default 86,400. */
  readonly codeWindowSeconds: number
  /** Wrong recovery codes per account and window; 80 bits need no tight cap. Default 50. */
  readonly recoveryTriesPerWindow: number
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
  codeTriesPerWindow: 10,
  codeWindowSeconds: 86_400,
  recoveryTriesPerWindow: 50,
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

export function codeBudget(limits: Limits, accountId: string): Budget {
  return {
    key: `code/${accountId}`,
    tries: limits.codeTriesPerWindow,
    windowSeconds: limits.codeWindowSeconds,
  }
}

export function recoveryBudget(limits: Limits, accountId: string): Budget {
  return {
    key: `recovery/${accountId}`,
    tries: limits.recoveryTriesPerWindow,
    windowSeconds: limits.codeWindowSeconds,
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
