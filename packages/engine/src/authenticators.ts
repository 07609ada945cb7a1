/**
 * Authenticators: made pending, active after their first right code, several to an account.
 *
 * Promises: a pending one never disturbs an active one (make before break); its secret can be read
 * again only while it waits, at most ten minutes, and never afterwards (R2); the code that confirms is
 * spent, so that it signs nobody in (R9).
 * Leaves to the caller: who may ask. `self-service.ts` asks for a fresh session; an app asks its own.
 */
import type { ClockHelp } from './clock-help.ts'
import { clockOf } from './drift.ts'
import { acceptableChoice, appWarnings } from './enrolment-choices.ts'
import type { EnrolmentRequest } from './enrolment-choices.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { sealForRow } from './keys.ts'
import { matchFirstCode } from './match-codes.ts'
import { openAuthenticator } from './open-authenticator.ts'
import { confirmationPool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import { qrSvg } from './qr.ts'
import { newRecoveryCodes } from './recovery.ts'
import type { Authenticator, SessionGrant } from './store.ts'
import { newId } from './tokens.ts'
import { checked, countTry } from './tries.ts'
import { readDigits, refuseCode, turnedAway } from './verify.ts'
import type { Refusal } from './verify.ts'

const SECRET_BYTES = 20
const MOST_LABEL_CHARACTERS = 128

/** What a person scans or types. Shown while the authenticator is pending, never again. */
export interface Enrolment {
  readonly id: string
  readonly name: string
  /** Base32 without padding. */
  readonly secret: string
  readonly uri: string
  readonly qr: { readonly svg: string }
  /** Unix seconds. */
  readonly expiresAt: number
  /** Apps known to get such an authenticator wrong; empty with the defaults. */
  readonly warnings: readonly string[]
}

/**
 * An authenticator without its secret, or a passkey. Times are Unix seconds. `phone…Seconds`: how far its
 * clock is known to be off, which its codes are read by.
 */
export interface AuthenticatorView extends ClockHelp {
  readonly id: string
  readonly kind: 'totp' | 'hotp' | 'passkey'
  readonly name: string
  /**
   * `disabled`: too many wrong codes in a row (63B §3.2.2), or a passkey that looks copied. It is refused;
   * set up another one.
   */
  readonly state: 'pending' | 'active' | 'disabled'
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export type Confirmation =
  | {
      readonly ok: true
      /** Ten codes, shown this once; absent when the account has a set already. */
      readonly recoveryCodes?: readonly string[]
    }
  | (Refusal & { readonly recoveryCodes?: undefined })

export async function enrol(
  ports: Ports,
  input: EnrolmentRequest & { accountId: string; client: Client },
): Promise<Enrolment> {
  const { accountId, client } = input
  if (accountId.length === 0 || accountId.length > 255) {
    throw new RangeError('accountId: expected 1 to 255 characters')
  }
  const choice = acceptableChoice(input)
  const name = acceptableName(input.name)
  const now = ports.clock.nowSeconds()
  await ports.store.ensureAccount(accountId, now)
  const id = newId(ports.random)
  const secret = ports.random(SECRET_BYTES)
  const sealed = await sealForRow(ports, secret, { accountId, authenticatorId: id })
  const row = {
    id,
    accountId,
    name,
    ...choice,
    ...sealed,
    createdAt: now,
    expiresAt: now + ports.limits.pendingSeconds,
  }
  if (!(await ports.store.addAuthenticator(row, ports.limits.authenticatorsPerAccount))) {
    throw new EngineError('AUTHENTICATOR_LIMIT')
  }
  const event = { accountId, kind: 'authenticator.added' as const, factor: id, client }
  await ports.store.appendEvent(newEvent(ports, event))
  return pendingEnrolment(ports, { accountId, authenticatorId: id })
}

/**
 * The same secret and picture once more, while the authenticator is pending.
 * @throws EngineError AUTHENTICATOR_UNKNOWN
 */
export async function pendingEnrolment(
  ports: Ports,
  input: { accountId: string; authenticatorId: string },
): Promise<Enrolment> {
  const { accountId } = input
  const authenticator = await findPending(ports, accountId, input.authenticatorId)
  const account = await ports.store.account(accountId)
  const { otp } = await openAuthenticator(ports, authenticator, {
    issuer: ports.issuer,
    account: labelOf(account?.login ?? accountId),
  })
  return {
    id: authenticator.id,
    name: authenticator.name,
    secret: otp.secret.base32,
    uri: otp.uri,
    qr: { svg: qrSvg(otp.uri) },
    expiresAt: authenticator.expiresAt ?? 0,
    warnings: appWarnings(authenticator),
  }
}

/**
 * The first right code makes it active and, for the account's first, makes the recovery codes.
 * @param grant the session to grant in the same moment, for a person who does this signed in
 * @throws EngineError AUTHENTICATOR_UNKNOWN: not pending any more, or out of time
 */
export async function confirm(
  ports: Ports,
  input: { accountId: string; authenticatorId: string; code: unknown; client: Client },
  grant?: SessionGrant,
): Promise<Confirmation> {
  const { accountId, authenticatorId, client } = input
  const authenticator = await findPending(ports, accountId, authenticatorId)
  const digits = readDigits(input.code)
  if (digits?.length !== authenticator.digits) return { ok: false, code: 'CODE_MALFORMED' }
  const now = ports.clock.nowSeconds()
  const pool = confirmationPool(ports.limits, accountId, authenticatorId)
  const counted = await countTry(ports, pool)
  const attempt = { accountId, method: 'totp', client } as const
  if (counted.status !== 'counted') return turnedAway(ports, attempt, counted)
  const opened = await checked(ports, counted.try, () => openAuthenticator(ports, authenticator))
  const outcome = matchFirstCode(opened, digits, now)
  if (!outcome.ok) {
    const { ok: _, ...help } = outcome
    return refuseCode(ports, { ...attempt, enrolling: true }, counted, help)
  }

  const account = await ports.store.account(accountId)
  const fresh = account?.hasSecondFactor
    ? { codes: [], rows: [] }
    : await newRecoveryCodes(ports.passwords, ports.random)
  const activated = await ports.store.activateAuthenticator({
    accountId,
    authenticatorId,
    step: outcome.step,
    now,
    recoveryCodes: fresh.rows,
    event: newEvent(ports, {
      accountId,
      kind: 'authenticator.confirmed',
      factor: authenticatorId,
      client,
      about: authenticator.name,
    }),
    ...(grant && { grant }),
  })
  if (activated === false) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  return activated.recoveryCodesStored ? { ok: true, recoveryCodes: fresh.codes } : { ok: true }
}

/** Oldest first, pending ones included while they are in time. */
export async function list(
  ports: Pick<Ports, 'store' | 'clock' | 'limits'>,
  { accountId }: { accountId: string },
): Promise<AuthenticatorView[]> {
  const rows = await ports.store.authenticators(accountId, ports.clock.nowSeconds())
  const authenticators = rows.map((row): AuthenticatorView => {
    const { id, kind, name, createdAt, lastUsedAt } = row
    const disabled = row.consecutiveFailures >= ports.limits.consecutiveFailures
    const state = disabled ? 'disabled' : row.state
    return { id, kind, name, state, createdAt, lastUsedAt, ...clockOf(row) }
  })
  const passkeys = (await ports.store.passkeys(accountId)).map((row): AuthenticatorView => {
    const { id, name, createdAt, lastUsedAt } = row
    const state = row.copiedAt === null ? 'active' : 'disabled'
    return { id, kind: 'passkey', name, state, createdAt, lastUsedAt }
  })
  return [...authenticators, ...passkeys].toSorted((one, other) => one.createdAt - other.createdAt)
}

/** @throws EngineError NAME_INVALID, AUTHENTICATOR_UNKNOWN */
export async function rename(
  ports: Ports,
  input: { accountId: string; authenticatorId: string; name: string },
): Promise<void> {
  const { accountId, authenticatorId } = input
  const name = acceptableName(input.name)
  if (!(await ports.store.renameAuthenticator(accountId, authenticatorId, name))) {
    throw new EngineError('AUTHENTICATOR_UNKNOWN')
  }
}

/**
 * An authenticator or a passkey, gone at once (R50); with the last active one the recovery codes go too. Ends the account's other
 * sessions (R34).
 * @throws EngineError AUTHENTICATOR_UNKNOWN, ADMIN_LAST_FACTOR
 */
export async function remove(
  ports: Ports,
  input: { accountId: string; authenticatorId: string; keepSession?: string; client: Client },
): Promise<void> {
  const { accountId, authenticatorId, keepSession, client } = input
  const all = await list(ports, { accountId })
  const removed = await ports.store.removeAuthenticator({
    accountId,
    authenticatorId,
    ...(keepSession !== undefined && { keepSession }),
    event: newEvent(ports, {
      accountId,
      kind: 'authenticator.removed',
      factor: authenticatorId,
      client,
      about: all.find(({ id }) => id === authenticatorId)?.name,
    }),
  })
  if (!removed) throw new EngineError('AUTHENTICATOR_UNKNOWN')
}

async function findPending(ports: Ports, accountId: string, id: string): Promise<Authenticator> {
  const all = await ports.store.authenticators(accountId, ports.clock.nowSeconds())
  const found = all.find((one) => one.id === id && one.state === 'pending')
  if (found === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  return found
}

/**
 * The account's name as the phone shows it. An app's own ids may hold colons, which a URI's label may
 * not, and 254 characters of some scripts are more than a QR picture holds.
 */
function labelOf(account: string): string {
  return Array.from(account.replaceAll(':', ' ')).slice(0, MOST_LABEL_CHARACTERS).join('')
}

/** @throws EngineError NAME_INVALID */
export function acceptableName(name: string): string {
  const text = name.normalize('NFC').trim()
  const length = Array.from(text).length
  if (length === 0 || length > 64 || /\p{Cc}/u.test(text)) throw new EngineError('NAME_INVALID')
  return text
}
