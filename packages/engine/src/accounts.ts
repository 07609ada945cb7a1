/**
 * Logins as people type them and accounts as the store keeps them.
 * Promises: "Ada@Example.com " and "ada@example.com" are one login; a login can stand in an otpauth
 * URI, so it has no colon. Leaves to `sessions.ts`: letting anybody in.
 */
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { newNotice } from './notices.ts'
import { acceptablePassword } from './passwords.ts'
import type { Client, Ports } from './ports.ts'
import type { Account } from './store.ts'
import { newId } from './tokens.ts'

const MOST_CHARACTERS = 254

/** How two spellings are seen to be one login: NFKC, trimmed, lower case. */
export function loginKey(login: string): string {
  return login.normalize('NFKC').trim().toLowerCase()
}

/** @throws EngineError LOGIN_INVALID */
function acceptableLogin(login: string): string {
  const text = login.normalize('NFC').trim()
  const length = Array.from(text).length
  if (length === 0 || length > MOST_CHARACTERS || /[:\p{Cc}\p{Cf}\p{Cs}]/u.test(loginKey(text))) {
    throw new EngineError('LOGIN_INVALID')
  }
  return text
}

/**
 * A login that is an address is where its person is reached. Enough to tell an address from a name;
 * whether it exists only a message can show.
 */
export function emailOf(login: string): string | undefined {
  const shape = /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@"(),:;<>[\\\]]+\.[^\s@"(),:;<>[\\\].]{2,}$/u
  return shape.test(login) ? login : undefined
}

/**
 * Makes an account with a login and a password.
 * @throws EngineError LOGIN_INVALID, PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_COMMON, LOGIN_TAKEN
 *   (told only after the hash was made, so that it takes as long as a registration; R29), BUSY
 */
export async function register(
  ports: Ports,
  input: { login: string; password: string; client: Client },
): Promise<Account> {
  const login = acceptableLogin(input.login)
  const password = acceptablePassword(input.password, ports, login)
  const passwordHash = await ports.passwords.hash(password)
  const id = newId(ports.random)
  const event = newEvent(ports, { accountId: id, kind: 'account.registered', client: input.client })
  const email = emailOf(login)
  const account = { id, login, loginKey: loginKey(login), passwordHash, email }
  if (!(await ports.store.createAccount(account, event))) {
    await tellOwner(ports, account.loginKey, input.client)
    throw new EngineError('LOGIN_TAKEN')
  }
  const nothingYet = { passwordSuspectSince: null, adminSince: null, enrolUntil: null }
  return { id, login, passwordHash, passwordVersion: 1, hasSecondFactor: false, ...nothingYet }
}

/** Somebody else, or the owner who forgot: told once a day. */
async function tellOwner(ports: Ports, key: string, client: Client): Promise<void> {
  const owner = await ports.store.accountByLogin(key)
  const message = owner && newNotice(ports, { accountId: owner.id, kind: 'login-taken', client })
  if (message === undefined) return
  const rate = { key: `told/login-taken/${message.accountId}`, windowSeconds: 86_400, alarmAt: 1 }
  const now = ports.clock.nowSeconds()
  await ports.store.recordFailure({ now, events: [], rates: [{ ...rate, message }] })
}
