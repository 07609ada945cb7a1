/** The rows that the contract's tests work with, complete and ordinary unless a test says otherwise. */
import type { Pool, Rule } from '../../pools.ts'
import type {
  CountedTry,
  NewAccount,
  NewAuthenticator,
  NewEvent,
  NewMessage,
  NewSession,
  NewTicket,
  RecoveryCodeRow,
  SessionGrant,
  Store,
} from '../../store.ts'

export const NOW = 1_790_000_160
export const ACCOUNT = 'account-1'
export const AUTHENTICATOR = 'authenticator-1'
/** The step that confirms the authenticator of `enrolledAccount`. */
export const CONFIRMED_STEP = 59_666_672
export const FAR_IDLE_SECONDS = 1_000_000
export const POOL_KEY = 'code/account-1'
/** What `enrolledAccount` and the tickets here go by. */
const BROWSER = 'browser-1'

export function newPool(key: string, tries: number, over: Partial<Rule> = {}): Pool {
  return { key, rules: [{ name: 'hour', tries, windowSeconds: 3_600, ...over }] }
}

let marks = 0
/** Another one each time. */
export const newMark = (): string => String(++marks).padStart(8, '0')

export function newAccount(over: Partial<NewAccount> = {}): NewAccount {
  return { id: ACCOUNT, login: 'Ada', loginKey: 'ada', passwordHash: '$hash', ...over }
}

export function newEvent(over: Partial<NewEvent> = {}): NewEvent {
  return {
    accountId: ACCOUNT,
    at: NOW,
    kind: 'test',
    result: 'accepted',
    factor: null,
    source: null,
    ...over,
  }
}

/** A notice to the account's own address. */
export function newMessage(id: string, over: Partial<NewMessage> = {}): NewMessage {
  return {
    id,
    accountId: ACCOUNT,
    channel: 'email',
    lane: 'notice',
    kind: 'test',
    data: {},
    at: NOW,
    expiresAt: NOW + 86_400,
    ...over,
  }
}

type NewTotp = Extract<NewAuthenticator, { kind: 'totp' }>
type NewHotp = Extract<NewAuthenticator, { kind: 'hotp' }>

export function newAuthenticator(over: Partial<NewTotp> = {}): NewTotp {
  return {
    id: AUTHENTICATOR,
    accountId: ACCOUNT,
    kind: 'totp',
    name: 'phone',
    algorithm: 'SHA1',
    digits: 6,
    periodSeconds: 30,
    keyId: 'key-1',
    sealedSecret: Uint8Array.of(0, 1, 127, 128, 255),
    createdAt: NOW,
    expiresAt: NOW + 600,
    ...over,
  }
}

/** One that counts. */
export function newToken(over: Partial<NewHotp> = {}): NewHotp {
  return { ...newAuthenticator(), kind: 'hotp', periodSeconds: null, ...over }
}

/** 32 bytes that belong to that name alone, as a hash would. */
export function hashOf(name: string): Uint8Array {
  const bytes = new Uint8Array(32)
  new TextEncoder().encodeInto(name, bytes)
  return bytes
}

export function newSession(id: string, over: Partial<NewSession> = {}): NewSession {
  return {
    id,
    accountId: ACCOUNT,
    tokenHash: hashOf(id),
    aal: 2,
    amr: ['pwd', 'otp', 'mfa'],
    authTime: NOW,
    createdAt: NOW,
    lastSeenAt: NOW,
    expiresAt: NOW + 86_400,
    source: '192.0.2.1',
    userAgent: 'Test/1',
    trustedBrowserId: null,
    ...over,
  }
}

/** A grant of the session of that name; everything else as the test says. */
export function newGrant(sessionId: string, over: Partial<SessionGrant> = {}): SessionGrant {
  return {
    session: newSession(sessionId),
    event: newEvent({ kind: 'sign-in' }),
    passwordVersion: 1,
    ...over,
  }
}

export function newTicket(name: string, over: Partial<NewTicket> = {}): NewTicket {
  return {
    accountId: ACCOUNT,
    tokenHash: hashOf(name),
    passwordVersion: 1,
    browser: BROWSER,
    createdAt: NOW,
    expiresAt: NOW + 300,
    ...over,
  }
}

export const ticketOf = (name: string) => ({
  accountId: ACCOUNT,
  tokenHash: hashOf(name),
  browser: BROWSER,
})

/** A box of another key for the secret of `newAuthenticator`, told apart by its number. */
export const boxOf = (keyId: string, number: number) => ({
  keyId,
  sealedSecret: Uint8Array.of(number, 128, 255),
})

export function recoveryRows(...lookups: readonly string[]): RecoveryCodeRow[] {
  return lookups.map((lookup) => ({ lookup, hash: `$hash of ${lookup}` }))
}

export const spendOf = (step: number) =>
  ({ kind: 'step', authenticatorId: AUTHENTICATOR, step }) as const

export const useOf = (returnTry?: CountedTry) => ({
  accountId: ACCOUNT,
  now: NOW,
  event: newEvent({ kind: 'verification' }),
  ...(returnTry && { returnTry }),
})

export function activationOf(authenticatorId = AUTHENTICATOR) {
  return {
    accountId: ACCOUNT,
    authenticatorId,
    step: CONFIRMED_STEP,
    now: NOW,
    event: newEvent({ kind: 'authenticator.confirmed' }),
    recoveryCodes: recoveryRows('AAAA', 'BBBB', 'CCCC'),
  }
}

/** An account with one active authenticator and three recovery codes. */
export async function enrolledAccount(store: Store): Promise<void> {
  await store.createAccount(newAccount(), newEvent({ kind: 'account.registered' }))
  await store.addAuthenticator(newAuthenticator(), 10)
  await store.activateAuthenticator(activationOf())
}
