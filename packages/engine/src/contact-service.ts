/**
 * What a signed-in person may do with their addresses. Whoever can change them can be sent codes, so a
 * change asks what a change of a factor asks: a fresh sign-in (R35), and the other sessions end (R34).
 *
 * Promises: make before break: the present address counts until a code that was sent to the new one comes
 * back from the session that asked for it.
 */
import { authorize, whileHeld } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import { acceptableAddress, change, remove } from './contacts.ts'
import { EngineError } from './errors.ts'
import { contactPool } from './pools.ts'
import type { Ports } from './ports.ts'
import { matchSentCode, readSentCode, sendCode } from './sent-codes.ts'
import type { Bearing, Sending } from './sent-codes.ts'
import type { Channel } from './store.ts'
import { readToken } from './tokens.ts'
import { checked, countTry, recordFailure, waitUntil } from './tries.ts'
import type { Refusal } from './verify.ts'

const CHANNELS: readonly Channel[] = ['email', 'sms']

/** Times are Unix seconds. */
export interface ContactView {
  readonly channel: Channel
  /** Where the account is reached; null where there is no address yet. */
  readonly address: string | null
  readonly confirmedAt: number | null
  /** Asked for in this session: where its code was sent, and until when that is good. */
  readonly pending: { readonly address: string; readonly expiresAt: number } | null
}

/** One for each way on which messages can be sent here, or on which there is an address. */
export async function contacts(ports: Ports, input: Bearer): Promise<ContactView[]> {
  const { account, bearer } = await authorized(ports, input)
  const known = await ports.store.contacts(account.id)
  const now = ports.clock.nowSeconds()
  const views = CHANNELS.map(async (channel): Promise<ContactView> => {
    const contact = known.find((one) => one.channel === channel)
    const sent = await ports.store.sentCode({ ...bearer, bearer: bearer.tokenHash, channel }, now)
    return {
      channel,
      address: contact?.address ?? null,
      confirmedAt: contact?.confirmedAt ?? null,
      pending: sent ? { address: sent.address, expiresAt: sent.expiresAt } : null,
    }
  })
  return (await Promise.all(views)).filter(
    ({ channel, address }) => ports.notify[channel] !== undefined || address !== null,
  )
}

/**
 * Sends a code to an address, beside the present one; the answer is for `confirmContact`.
 * @throws EngineError CONTACT_INVALID; otherwise as `authorize`
 */
export async function setContact(
  ports: Ports,
  input: Bearer & { channel: Channel; address: string },
): Promise<Sending> {
  const { channel, client } = input
  const { bearer } = await authorized(ports, input, { fresh: true })
  if (ports.notify[channel] === undefined) return { status: 'refused', code: 'METHOD_UNAVAILABLE' }
  const address = acceptableAddress(channel, input.address)
  return sendCode(ports, { bearer, channel, address, kind: 'contact-code', client })
}

export type ContactConfirmation = { readonly ok: true } | Refusal

/** Right: the address takes the place of the present one, and the other sessions end. */
export async function confirmContact(
  ports: Ports,
  input: Bearer & { channel: Channel; code: unknown },
): Promise<ContactConfirmation> {
  const { channel, client } = input
  const { account, session, bearer } = await authorized(ports, input, { fresh: true })
  const accountId = account.id
  const digits = readSentCode(input.code)
  if (digits === undefined) return { ok: false, code: 'CODE_MALFORMED' }
  const failure = { accountId, kind: 'contact.confirmed', factor: channel, client } as const
  const counted = await countTry(ports, contactPool(ports.limits, accountId, channel))
  if (counted.status !== 'counted') {
    await recordFailure(ports, { ...failure, counted: undefined })
    const retryAfterSeconds = counted.status === 'closed' ? waitUntil(ports, counted.opensAt) : 1
    return { ok: false, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds }
  }
  const confirmed = await checked(ports, counted.try, async () => {
    const match = await matchSentCode(ports, { bearer, channel, digits })
    if (match === undefined) return false
    const to = { address: match.address, confirmedAt: ports.clock.nowSeconds() }
    const settled = { spend: match.spend, keepSession: session.id }
    return change(ports, { accountId, channel, to, ...settled, client })
  })
  if (!confirmed) {
    await recordFailure(ports, { ...failure, counted })
    return { ok: false, code: 'CODE_REFUSED' }
  }
  await ports.store.returnTry(counted.try)
  return { ok: true }
}

/** Nothing is sent there any more, and the other sessions end. @throws EngineError CONTACT_UNKNOWN */
export async function removeContact(
  ports: Ports,
  input: Bearer & { channel: Channel },
): Promise<void> {
  const { channel, client } = input
  const { account, session } = await authorized(ports, input, { fresh: true })
  const asked = { accountId: account.id, channel, keepSession: session.id, client }
  await whileHeld(ports, input, () => remove(ports, asked))
}

/** The session with its token, which a code is bound to. */
async function authorized(ports: Ports, input: Bearer, need: { fresh?: boolean } = {}) {
  const resumed = await authorize(ports, input, need)
  const reference = readToken(input.token)
  if (reference === undefined) throw new EngineError('SESSION_REQUIRED')
  const bearer: Bearing = { ...reference, token: String(input.token) }
  return { ...resumed, bearer }
}
