/**
 * Passwords: their rules (NIST SP 800-63B-4 §3.1.1.2) and their hashes (argon2id, PHC strings).
 *
 * Promises: NFC before hashing, nothing cut off, case kept (R24); hashing runs off the event loop, a
 * bounded number at a time, and beyond a bounded queue it refuses instead of piling up (R28); an
 * absent hash costs as much as a wrong password (R29). The rules are for new passwords: one that is in
 * use keeps signing in.
 */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { isListed, isNamedAfter } from './common-passwords.ts'
import { EngineError } from './errors.ts'
import type { Ports, Random, SecondFactorPolicy } from './ports.ts'
import type { Account } from './store.ts'

/** argon2id, by its number in the library: RFC 9106's type y = 2. */
const ARGON2ID = 2
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const LEAST_WITH_SECOND_FACTOR = 8
const LEAST_ALONE = 15
const MOST = 1_024
/** Longer input is refused unread: NFC can shrink text, but not this far. */
const MOST_UNITS = MOST * 8
/** Hashes handed over beyond one per core, so that no core waits for the event loop to give it the next. */
const READY = 2
/** Hashes that may wait: about three seconds of work for one core. */
const QUEUE = 128

export interface Passwords {
  /** @throws EngineError BUSY */
  hash(text: string): Promise<string>
  /** @param phc undefined when there is no such account; takes as long, answers false */
  verify(phc: string | null | undefined, text: string): Promise<boolean>
  /** Was this hash made at a lower cost than the present one? */
  isOutdated(phc: string): boolean
}

/**
 * The password as it is hashed.
 * @throws EngineError PASSWORD_TOO_SHORT (8 characters beside a required second factor, else 15;
 *   63B §3.1.1.2), PASSWORD_TOO_LONG (over 1,024), PASSWORD_COMMON (listed, or named after the login or
 *   the issuer)
 */
export function acceptablePassword(
  text: string,
  { secondFactor, issuer }: Pick<Ports, 'secondFactor' | 'issuer'>,
  login: string | null,
): string {
  if (text.length > MOST_UNITS) throw new EngineError('PASSWORD_TOO_LONG')
  const length = Array.from(text.normalize('NFC')).length
  const least = leastPasswordLength(secondFactor)
  if (length < least) {
    throw new EngineError('PASSWORD_TOO_SHORT', { detail: `fewer than ${least} characters` })
  }
  if (length > MOST) throw new EngineError('PASSWORD_TOO_LONG')
  if (isListed(text) || isNamedAfter(text, [issuer, ...(login === null ? [] : [login])])) {
    throw new EngineError('PASSWORD_COMMON')
  }
  return text
}

/**
 * As `acceptablePassword`, for an account that has one already.
 * @throws EngineError PASSWORD_UNCHANGED: the one that somebody else seems to know will not do
 */
export async function acceptableNewPassword(
  ports: Pick<Ports, 'secondFactor' | 'issuer' | 'passwords'>,
  account: Pick<Account, 'login' | 'passwordHash' | 'passwordSuspectSince'>,
  text: string,
): Promise<string> {
  const accepted = acceptablePassword(text, ports, account.login)
  const { passwordHash, passwordSuspectSince } = account
  if (passwordSuspectSince !== null && (await ports.passwords.verify(passwordHash, accepted))) {
    throw new EngineError('PASSWORD_UNCHANGED')
  }
  return accepted
}

/** Fewest characters a password has under this policy; for forms that say so. */
export function leastPasswordLength(policy: SecondFactorPolicy): number {
  return policy === 'always' ? LEAST_WITH_SECOND_FACTOR : LEAST_ALONE
}

export function argon2idPasswords(random: Random): Passwords {
  const turn = boundedGate(availableParallelism() + READY, QUEUE)
  const nobody = unmatchable(random)
  return {
    hash: (text) => turn(() => hash(text.normalize('NFC'), COST)),
    async verify(phc, text) {
      if (text.length > MOST_UNITS) return false
      const right = await turn(() => verify(phc ?? nobody, text.normalize('NFC')))
      return right && typeof phc === 'string'
    },
    isOutdated(phc) {
      const cost = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(phc)
      if (cost === null) return true
      return Number(cost[1]) < COST.memoryCost || Number(cost[2]) < COST.timeCost
    },
  }
}

/** A well-formed hash of the present cost that no password has. */
function unmatchable(random: Random): string {
  const base64 = (length: number) =>
    Buffer.from(random(length)).toString('base64').replaceAll('=', '')
  const { memoryCost, timeCost, parallelism } = COST
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(16)}$${base64(32)}`
}

/** At most `concurrency` at a time, at most `queue` waiting in order, BUSY beyond. */
function boundedGate(concurrency: number, queue: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (running >= concurrency) {
      if (waiting.length >= queue) throw new EngineError('BUSY', { detail: 'hash queue is full' })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
