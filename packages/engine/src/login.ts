/**
 * Signing in: password, then ticket, then code, then session.
 *
 * Promises: the state between password and code has no rights (R32); the second factor's counters can
 * be reached only with a ticket, so only after the right password (R15); an unknown login and a wrong
 * password are one answer (R29). Leaves to `sessions.ts`: making the session.
 */
import { loginKey, register as registerAccount } from './accounts.ts'
import { browserOf, knownDevice } from './devices.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { methodsOf } from './methods.ts'
import type { CodeMethod, SignInMethod } from './methods.ts'
import { passwordPool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import { recoveryCodesToTell } from './recovery.ts'
import { isChannel, proveSentCode, readSentCode } from './sent-codes.ts'
import {
  endPresent,
  establishSession,
  provenByBoth,
  provenByMail,
  provenByPassword,
} from './sessions.ts'
import type { SignedIn } from './sessions.ts'
import type { Account, CountedTry } from './store.ts'
import { hashOf, newToken, readToken } from './tokens.ts'
import { checked, countTry, NOBODY, recordFailure } from './tries.ts'
import { signInByTrust, trustToGive } from './trusted-browsers.ts'
import { isCodeShaped, proveSecondFactor, refuseCode } from './verify.ts'
import type { Refusal } from './verify.ts'

export type PasswordOutcome =
  | {
      readonly status: 'second_factor'
      /** To be given back with the code, by the same browser. Five minutes, five wrong codes. */
      readonly ticket: string
      /** Those first that are best. */
      readonly methods: readonly SignInMethod[]
      /** Unix seconds. */
      readonly expiresAt: number
      /** For how long the person may have this browser trusted; absent where that is switched off. */
      readonly trustBrowserDays?: number
    }
  | ({ readonly status: 'signed_in'; readonly recoveryCodesLeft?: number } & SignedIn)
  | { readonly status: 'refused'; readonly code: 'LOGIN_REFUSED' }

export type CodeOutcome =
  | ({
      readonly status: 'signed_in'
      readonly method: SignInMethod
      /** After a recovery code, and whenever three or fewer are left. */
      readonly recoveryCodesLeft?: number
    } & SignedIn)
  | ({ readonly status: 'refused' } & Omit<Refusal, 'ok'>)

/** Makes the account and signs it in at aal 1. @throws as `accounts.register` */
export async function register(
  ports: Ports,
  input: { login: string; password: string; present?: unknown; client: Client },
): Promise<SignedIn> {
  const account = await registerAccount(ports, input)
  const signedIn = await establishSession(ports, {
    account,
    proven: provenByPassword(ports),
    kind: 'sign-in',
    factor: 'password',
    client: input.client,
  })
  if (signedIn === undefined) throw new EngineError('SESSION_REQUIRED')
  await endPresent(ports, input.present, input.client)
  return signedIn
}

export async function password(
  ports: Ports,
  input: { login: string; password: string; present?: unknown; client: Client },
): Promise<PasswordOutcome> {
  const { client } = input
  const key = loginKey(input.login)
  const account = await ports.store.accountByLogin(key)
  const deviceId = account && (await knownDevice(ports, account.id, client))
  const counted = await countTry(ports, passwordPool(ports.limits, hashOf(key), deviceId))
  const returnTry = counted.status === 'counted' ? counted.try : undefined
  // A closed pool looks at nothing, takes the time of a look, and answers like a wrong password. As it
  // counted nothing, there is nothing to give back either.
  const matches = returnTry
    ? await checked(ports, returnTry, () =>
        ports.passwords.verify(account?.passwordHash, input.password),
      )
    : await ports.passwords.verify(undefined, input.password)
  // Whoever has had the password all along must not find a reset of last year waiting.
  const right = matches && !resetLapsed(ports, account)
  if (account === undefined || returnTry === undefined || !right) {
    // For unknown logins too, and a closed pool leaves out one event only: as good as the same work (R29).
    await recordFailure(ports, {
      accountId: account?.id ?? NOBODY,
      kind: 'password',
      client,
      counted: counted.status === 'counted' ? counted : undefined,
    })
    return wrong
  }
  await renewHash(ports, account, input.password)
  const signedIn = account.hasSecondFactor
    ? await checked(ports, returnTry, () => signInByTrust(ports, { account, client, returnTry }))
    : await establishSession(ports, {
        account,
        proven: provenByPassword(ports),
        kind: 'sign-in',
        factor: 'password',
        client,
        with: { returnTry },
      })
  if (signedIn === undefined) {
    if (!account.hasSecondFactor) return wrong
    return issueTicket(ports, { account, client, deviceId, returnTry })
  }
  await endPresent(ports, input.present, client)
  return { status: 'signed_in', ...signedIn }
}

/** The time is over in which the password alone opened a session, for enrolling anew. */
function resetLapsed({ clock }: Ports, account: Account | undefined): boolean {
  if (account === undefined || account.hasSecondFactor) return false
  return (account.enrolUntil ?? Infinity) <= clock.nowSeconds()
}

/** A right password is the moment to hash it at the present cost, where that was raised (R27). */
async function renewHash(ports: Ports, { id, passwordHash }: Account, text: string): Promise<void> {
  if (passwordHash === null || !ports.passwords.isOutdated(passwordHash)) return
  try {
    await ports.store.rehashPassword(id, passwordHash, await ports.passwords.hash(text))
  } catch (error) {
    // It can wait for the next sign-in; this one is right.
    if (!(error instanceof EngineError && error.code === 'BUSY')) throw error
  }
}

const wrong: PasswordOutcome = { status: 'refused', code: 'LOGIN_REFUSED' }

async function issueTicket(
  ports: Ports,
  asked: { account: Account; client: Client; deviceId: string | undefined; returnTry: CountedTry },
): Promise<PasswordOutcome> {
  const { account, client, deviceId, returnTry } = asked
  const { token, ...reference } = newToken(ports.random, account.id)
  const createdAt = ports.clock.nowSeconds()
  const expiresAt = createdAt + ports.limits.ticketSeconds
  const { passwordVersion } = account
  const browser = browserOf(deviceId, client)
  const event = newEvent(ports, { accountId: account.id, kind: 'password', client })
  await ports.store.createTicket(
    { ...reference, passwordVersion, browser, createdAt, expiresAt },
    event,
    returnTry,
  )
  const methods = await methodsOf(ports, account.id)
  const days = ports.trustedBrowserDays
  const trust = days > 0 && { trustBrowserDays: days }
  return { status: 'second_factor', ticket: token, methods, expiresAt, ...trust }
}

/** A ticket that is in time, of the present password and of this browser. Its tries are counted later. */
export async function liveTicket(ports: Ports, token: unknown, client: Client) {
  const reference = readToken(token)
  if (reference === undefined) return undefined
  const deviceId = await knownDevice(ports, reference.accountId, client)
  const ticket = { ...reference, browser: browserOf(deviceId, client) }
  const account = await ports.store.ticketAccount(ticket, ports.clock.nowSeconds())
  return account && { ticket, account, deviceId, bearer: { ...reference, token: String(token) } }
}

export async function code(
  ports: Ports,
  input: {
    ticket?: unknown
    method: CodeMethod
    code?: unknown
    present?: unknown
    trustBrowser?: unknown
    client: Client
  },
): Promise<CodeOutcome> {
  const { method, client } = input
  const shaped = isChannel(method)
    ? readSentCode(input.code) !== undefined
    : isCodeShaped(method, input.code)
  if (!shaped) return { status: 'refused', code: 'CODE_MALFORMED' }
  if (isChannel(method) && !ports.sentCodes[method]) {
    return { status: 'refused', code: 'METHOD_UNAVAILABLE' }
  }
  const found = await liveTicket(ports, input.ticket, client)
  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const { ticket, account, deviceId, bearer } = found
  const accountId = account.id
  const attempt = { accountId, code: input.code, client, ticket, deviceId }
  const proven = isChannel(method)
    ? await proveSentCode(ports, { ...attempt, method, bearer })
    : await proveSecondFactor(ports, { ...attempt, method })
  if (!proven.ok) return refusal(proven)
  const { spend, counted, means } = proven.proof
  const left = await checked(ports, counted.try, () =>
    recoveryCodesToTell(ports.store, accountId, spend.kind === 'recovery'),
  )
  const trust = trustToGive(ports, {
    accountId: account.id,
    method,
    client,
    trustBrowser: input.trustBrowser,
  })
  const signedIn = await establishSession(ports, {
    account,
    proven: method === 'email' ? provenByMail(ports) : provenByBoth(ports, means),
    kind: 'sign-in',
    factor: method,
    client,
    with: { ticket, spend, returnTry: counted.try, ...trust.grant },
  })
  if (signedIn === undefined) {
    return refusal(await refuseCode(ports, { accountId, method, client }, counted))
  }
  await endPresent(ports, input.present, client)
  return { status: 'signed_in', method, ...signedIn, ...left, ...trust.given }
}

export function refusal({ ok: _, ...rest }: Refusal): CodeOutcome {
  return { status: 'refused', ...rest }
}
