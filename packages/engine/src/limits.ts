/**
 * The numbers that bound guessing and waiting, in one place.
 * Promises: every name carries its unit. Leaves to `pools.ts` what they close, to the store the counting.
 */
export interface Limits {
  /** Life of the ticket between password and code. Default 300. */
  readonly ticketSeconds: number
  /** Wrong codes that end a ticket. Default 5. */
  readonly triesPerTicket: number
  /** Wrong codes in 24 hours, from browsers that an account does not know, that go without a wait. Default 3. */
  readonly codeFailuresBeforeWait: number
  /** The first wait; each further wrong code doubles it. Default 30. */
  readonly codeWaitSeconds: number
  /** The longest of these waits. Default 3,600. */
  readonly codeWaitMostSeconds: number
  /** Wrong codes in 24 hours, from all browsers that an account does not know, that shut them out for 24 hours. Default 10. */
  readonly codeFailuresPerDay: number
  /** Wrong codes from all browsers that an account does not know, in any 30 days. Default 24. */
  readonly codeFailuresPerMonth: number
  /** Wrong codes from one browser that the account knows, in any 15 minutes. Default 5. */
  readonly deviceFailuresPerQuarter: number
  /** Wrong codes from one browser after which the account knows it no more. Default 20. */
  readonly deviceFailuresPerLife: number
  /** Wrong codes in a row that disable an authenticator, whoever gave them. Default and most 100 (63B §3.2.2). */
  readonly consecutiveFailures: number
  /** Wrong passwords for a login from all browsers that it does not know, in any 24 hours. Default 100. */
  readonly passwordFailuresPerDay: number
  /** Wrong passwords for a login from one browser that it knows, in any hour. Default 20. */
  readonly devicePasswordFailuresPerHour: number
  /** Wrong recovery codes per account in any 24 hours; 80 bits need no tight cap. Default 50. */
  readonly recoveryFailuresPerDay: number
  /** Wrong passwords of a signed-in person who re-authenticates, in any hour. Default 10. */
  readonly reauthenticationsPerHour: number
  /** Wrong codes while an authenticator waits for its first right one, or in 24 hours for new addresses. Default 20. */
  readonly triesPerConfirmation: number
  /** How long a code that was sent by mail or SMS is good for. Default and most 600 (63B §3.1.3.2). */
  readonly sentCodeSeconds: number
  /** Codes sent by each of these for one sign-in. Default 3. */
  readonly sendsPerTicket: number
  /** Codes by mail for one account in any 15 minutes. Default 5. */
  readonly emailCodesPerQuarter: number
  /** Codes by mail for one account in any 24 hours. Default 20. */
  readonly emailCodesPerDay: number
  /** Codes by SMS for one account in any 15 minutes. Default 3. */
  readonly smsCodesPerQuarter: number
  /** Codes by SMS for one account in any 24 hours. Default 5. */
  readonly smsCodesPerDay: number
  /** Wrong passwords and codes from one address (IPv6: one /64) in an hour that raise an alarm. Default 100. */
  readonly sourceFailuresPerHour: number
  /** Wrong passwords and codes from everywhere in an hour that raise an alarm. Default 1,000. */
  readonly globalFailuresPerHour: number
  /** Mails with a link to a new password, per login, in any hour. Default 3. */
  readonly resetsPerHour: number
  /** Such requests from one address (IPv6: one /64) in any hour, whatever the login. Default 20. */
  readonly sourceResetsPerHour: number
  /**
   * Notices that an account is sent in an hour to an address that was confirmed; the first of each kind goes
   * out beyond it, and what is more stands in its list of events only. Default 20.
   */
  readonly noticesPerHour: number
  /** The same in a day, to an address that nobody has confirmed; two of a kind at most. Default 5. */
  readonly unconfirmedNoticesPerDay: number
  /** How long a new authenticator waits for its first right code. Default 600. */
  readonly pendingSeconds: number
  /** How long after a reset of the second factor the password alone opens a session, for enrolling. Default 86,400. */
  readonly enrolAfterResetSeconds: number
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
  codeFailuresBeforeWait: 3,
  codeWaitSeconds: 30,
  codeWaitMostSeconds: 3_600,
  codeFailuresPerDay: 10,
  codeFailuresPerMonth: 24,
  deviceFailuresPerQuarter: 5,
  deviceFailuresPerLife: 20,
  consecutiveFailures: 100,
  passwordFailuresPerDay: 100,
  devicePasswordFailuresPerHour: 20,
  recoveryFailuresPerDay: 50,
  reauthenticationsPerHour: 10,
  triesPerConfirmation: 20,
  sentCodeSeconds: 600,
  sendsPerTicket: 3,
  emailCodesPerQuarter: 5,
  emailCodesPerDay: 20,
  smsCodesPerQuarter: 3,
  smsCodesPerDay: 5,
  sourceFailuresPerHour: 100,
  globalFailuresPerHour: 1_000,
  resetsPerHour: 3,
  sourceResetsPerHour: 20,
  noticesPerHour: 20,
  unconfirmedNoticesPerDay: 5,
  pendingSeconds: 600,
  enrolAfterResetSeconds: 86_400,
  authenticatorsPerAccount: 10,
  sessionIdleSeconds: 3_600,
  sessionAbsoluteSeconds: 86_400,
  freshSeconds: 300,
}

/** The tries of a pool are kept one by one, so there is an end to how many a pool may hold. */
const MOST_TRIES = 1_000
/** 63B §3.2.2 allows no more. */
const MOST_CONSECUTIVE = 100
/** Nor does 63B §3.1.3.2. */

const MOST_SENT_CODE_SECONDS = 600

const COUNTS_OF_TRIES: readonly (keyof Limits)[] = [
  'codeFailuresBeforeWait',
  'codeFailuresPerDay',
  'codeFailuresPerMonth',
  'deviceFailuresPerQuarter',
  'deviceFailuresPerLife',
  'passwordFailuresPerDay',
  'devicePasswordFailuresPerHour',
  'recoveryFailuresPerDay',
  'reauthenticationsPerHour',
  'triesPerConfirmation',
  'resetsPerHour',
  'sourceResetsPerHour',
  'emailCodesPerQuarter',
  'emailCodesPerDay',
  'smsCodesPerQuarter',
  'smsCodesPerDay',
]

/**
 * The defaults with some of them replaced.
 * @throws RangeError naming the limit that is not a whole number of 1 or more, or over its most: 1,000 tries
 *   in a pool, 100 consecutive failures, 600 seconds for a sent code
 */
export function acceptableLimits(own: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULT_LIMITS, ...own }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`limits.${name}: expected a whole number of 1 or more`)
    }
  }
  for (const name of COUNTS_OF_TRIES) {
    if (limits[name] > MOST_TRIES) throw tooMany(name, MOST_TRIES)
  }
  if (limits.consecutiveFailures > MOST_CONSECUTIVE) {
    throw tooMany('consecutiveFailures', MOST_CONSECUTIVE)
  }
  if (limits.sentCodeSeconds > MOST_SENT_CODE_SECONDS) {
    throw tooMany('sentCodeSeconds', MOST_SENT_CODE_SECONDS)
  }
  return limits
}

function tooMany(name: keyof Limits, most: number): RangeError {
  return new RangeError(`limits.${name}: expected a whole number of at most ${most}`)
}
