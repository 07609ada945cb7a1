/**
 * Browsers in which a person has chosen not to be asked for a code, for some days. Off unless the operator
 * switches it on (R49).
 *
 * Promises: it saves the question and lends no level: a session that rests on it is of aal 1, claims the
 * password alone, and changes nothing that asks for a fresh sign-in. It is bound to the account, its
 * password and its factors, which the store compares as it writes. Its token is used once; an older one
 * means that there are two copies of a cookie, so it ends the trust, is recorded, and a code is asked for.
 * Two tabs that send the same one at once are two copies too: one is faster, and the trust ends all the same.
 * Leaves to `sessions.ts`: the session; to `self-trusted-browsers.ts`: showing and ending.
 */
import { newEvent } from './events.ts'
import type { CodeMethod } from './methods.ts'
import type { Client, Ports } from './ports.ts'
import { recoveryCodesToTell } from './recovery.ts'
import { establishSession, provenByPassword } from './sessions.ts'
import type { SignedIn } from './sessions.ts'
import type { Account, CountedTry, SessionGrant } from './store.ts'
import { newRotatingToken, readRotatingToken } from './tokens.ts'
import type { RotatingToken } from './tokens.ts'

/** 63B §2.1.3: a sign-in of aal 1 should last no longer. */
const MOST_DAYS = 30
const DAY_SECONDS = 86_400
/** What somebody has. A slip of paper, a mailbox or a telephone number gives no trust. */
const TRUSTWORTHY: readonly CodeMethod[] = ['totp']

/** @throws RangeError */
export function acceptableTrustedBrowserDays(days = 0): number {
  if (!Number.isSafeInteger(days) || days < 0 || days > MOST_DAYS) {
    throw new RangeError(`trustedBrowserDays: expected a whole number from 0 to ${MOST_DAYS}`)
  }
  return days
}

/** What a sign-in with a code adds where its person asked for trust and may give it; else nothing. */
export function trustToGive(
  ports: Ports,
  asked: { accountId: string; method: CodeMethod; client: Client; trustBrowser?: unknown },
): { grant: Pick<SessionGrant, 'trusts'>; given: Pick<SignedIn, 'trust'> } {
  const { accountId, method, client, trustBrowser } = asked
  const off = ports.trustedBrowserDays === 0
  if (off || trustBrowser !== true || !TRUSTWORTHY.includes(method)) return { grant: {}, given: {} }
  const { id, token, ...made } = newRotatingToken(ports.random, accountId)
  const now = ports.clock.nowSeconds()
  const browser = {
    accountId,
    id,
    tokenHash: made.tokenHash,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + ports.trustedBrowserDays * DAY_SECONDS,
    source: client.source ?? null,
    userAgent: client.userAgent?.slice(0, 256) ?? null,
  }
  const event = newEvent(ports, { accountId, kind: 'browser.trusted', factor: method, client })
  return { grant: { trusts: { browser, event } }, given: { trust: token } }
}

/**
 * After the right password: in, where the browser is trusted.
 * @returns undefined where a code has to be asked for
 */
export async function signInByTrust(
  ports: Ports,
  asked: { account: Account; client: Client; returnTry: CountedTry },
): Promise<(SignedIn & { readonly recoveryCodesLeft?: number }) | undefined> {
  const { account, client } = asked
  const presented = trustOf(ports, account.id, client)
  if (presented === undefined) return undefined
  let state = await stateOf(ports, presented)
  if (state === 'present') {
    const signedIn = await useTrust(ports, asked, presented)
    if (signedIn) return signedIn
    // Somebody was faster, with the same token perhaps.
    state = await stateOf(ports, presented)
  }
  if (state === 'older') await endAbused(ports, presented, client)
  return undefined
}

async function useTrust(
  ports: Ports,
  { account, client, returnTry }: Parameters<typeof signInByTrust>[1],
  { id, tokenHash: from, lasting }: RotatingToken,
) {
  const left = await recoveryCodesToTell(ports.store, account.id, false)
  const next = newRotatingToken(ports.random, account.id, lasting)
  const signedIn = await establishSession(ports, {
    account,
    proven: provenByPassword(ports),
    kind: 'sign-in',
    factor: 'trusted-browser',
    client,
    with: { restsOn: { id, nextTokenHash: next.tokenHash, tokenHash: from }, returnTry },
  })
  return signedIn && { ...signedIn, ...left, trust: next.token }
}

/** What this browser shows for this account, where trust counts at all. */
export function trustOf(
  ports: Ports,
  accountId: string,
  { trust }: Client,
): RotatingToken | undefined {
  if (ports.trustedBrowserDays === 0) return undefined
  const presented = readRotatingToken(trust)
  return presented?.accountId === accountId ? presented : undefined
}

function stateOf(ports: Ports, { accountId, tokenHash, id }: RotatingToken) {
  return ports.store.trustedToken({ accountId, tokenHash, id, now: ports.clock.nowSeconds() })
}

async function endAbused(ports: Ports, { accountId, id }: RotatingToken, client: Client) {
  const kind = 'browser.trust-abused'
  const event = newEvent(ports, { accountId, kind, result: 'refused', client })
  await ports.store.forgetTrustedBrowser(accountId, id, event)
}
