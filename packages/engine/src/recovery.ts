/**
 * Recovery codes: ten of 80 random bits each, in Crockford's base32 as 4×4 characters (R18).
 *
 * Promises: stored only as argon2id hashes, found by their first four characters, so that a try costs
 * exactly one hash whether such a code exists or not (R19); each works once, the store decides (R20).
 */
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import type { Passwords } from './passwords.ts'
import type { Client, Ports, Random } from './ports.ts'
import type { RecoveryCodeRow, Store } from './store.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const COUNT = 10
const LENGTH = 16
const LOOKUP_LENGTH = 4
/** From so few on, every sign-in says how many are left (R20). */
export const FEW_RECOVERY_CODES = 3

/** A fresh set: the codes to show once, and the rows to keep. */
export async function newRecoveryCodes(
  passwords: Passwords,
  random: Random,
): Promise<{ codes: string[]; rows: RecoveryCodeRow[] }> {
  const byLookup = new Map<string, string>()
  while (byLookup.size < COUNT) {
    const code = randomCode(random)
    byLookup.set(code.slice(0, LOOKUP_LENGTH), code)
  }
  const rows = await Promise.all(
    [...byLookup].map(async ([lookup, code]) => ({ lookup, hash: await passwords.hash(code) })),
  )
  return { codes: [...byLookup.values()].map(grouped), rows }
}

/**
 * What a person typed, as it was made: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
 * @returns undefined when it cannot be a recovery code
 */
export function readRecoveryCode(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined
  const code = typed
    .replaceAll(/[ -]/g, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  const shaped =
    code.length === LENGTH && Array.from(code).every((letter) => ALPHABET.includes(letter))
  return shaped ? code : undefined
}

/** @returns the lookup to use up, or undefined when there is no such unused code */
export async function matchRecoveryCode(
  store: Store,
  passwords: Passwords,
  accountId: string,
  code: string,
): Promise<string | undefined> {
  const lookup = code.slice(0, LOOKUP_LENGTH)
  const hash = await store.recoveryCodeHash(accountId, lookup)
  return (await passwords.verify(hash, code)) ? lookup : undefined
}

/**
 * How many are left, where a sign-in should say so: after one was used, and when they run low. To be asked
 * before it is settled, so that a store that fails lets nobody in.
 * @param used one is about to be used up
 */
export async function recoveryCodesToTell(
  store: Store,
  accountId: string,
  used: boolean,
): Promise<{ recoveryCodesLeft?: number }> {
  const left = (await store.recoveryCodesLeft(accountId)) - (used ? 1 : 0)
  return used || left <= FEW_RECOVERY_CODES ? { recoveryCodesLeft: Math.max(left, 0) } : {}
}

/**
 * A new set in place of the old one, which is void from then on (R20).
 * @throws EngineError ENROLMENT_REQUIRED: without an authenticator there is nothing to recover, and a
 *   recovery code must not be a factor by itself
 */
export async function replaceRecoveryCodes(
  ports: Ports,
  { accountId, client, session }: { accountId: string; client: Client; session?: string },
): Promise<string[]> {
  const account = await ports.store.account(accountId)
  if (account?.hasSecondFactor !== true) throw new EngineError('ENROLMENT_REQUIRED')
  const { codes, rows } = await newRecoveryCodes(ports.passwords, ports.random)
  const event = newEvent(ports, { accountId, kind: 'recovery-codes.replaced', client })
  const replaced = await ports.store.replaceRecoveryCodes(accountId, rows, event, session)
  if (!replaced) throw new EngineError('ENROLMENT_REQUIRED')
  return codes
}

function randomCode(random: Random): string {
  let bits = 0n
  for (const byte of random((LENGTH * 5) / 8)) bits = (bits << 8n) | BigInt(byte)
  let code = ''
  for (let at = 0; at < LENGTH; at++, bits >>= 5n) code += ALPHABET[Number(bits & 31n)]
  return code
}

function grouped(code: string): string {
  return (code.match(/.{4}/g) ?? []).join('-')
}
