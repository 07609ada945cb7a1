/**
 * Six digits by mail or SMS, to sign in with after the password (R21, R22).
 *
 * Promises: off unless switched on; a code is good together with the ticket that asked for it and with no
 * other, for ten minutes, once. The database holds the hash of both together, and the outbox the sealed
 * code until it is sent. Sends are counted before a code is made; another one voids the code before it and
 * gives no try back: wrong codes are counted where those of an authenticator are.
 * Leaves to `outbox.ts`: sending. To `contacts.ts`: whose address it is.
 */
import { timingSafeEqual } from 'node:crypto'
import { newEvent } from './events.ts'
import type { ErrorCode } from './errors.ts'
import { sealForMessage } from './outbox.ts'
import type { MessageKind } from './outbox.ts'
import { sendPool, strangerPools } from './pools.ts'
import type { Pool } from './pools.ts'
import type { Client, Ports, Random } from './ports.ts'
import type { Channel, CountedTry, SentSpend, TicketReference, TokenReference } from './store.ts'
import { networkOf } from './sources.ts'
import { boundHash, hashOf, newId } from './tokens.ts'
import { checked, countTry, waitUntil } from './tries.ts'
import { countCode, readDigits, refuseTry, turnedAway } from './verify.ts'
import type { Proof, Refusal } from './verify.ts'

const DIGITS = 6

/** The ticket or session that a code is bound to, with its token. */
export type Bearing = TokenReference & { readonly token: string }

export type Sending =
  | { readonly status: 'sent'; /** Unix seconds. */ readonly expiresAt: number }
  | {
      readonly status: 'refused'
      readonly code: Extract<
        ErrorCode,
        'METHOD_UNAVAILABLE' | 'TICKET_REFUSED' | 'TOO_MANY_ATTEMPTS'
      >
      /** With TOO_MANY_ATTEMPTS: when to come back. */
      readonly retryAfterSeconds?: number
    }

export function isChannel(method: string): method is Channel {
  return method === 'email' || method === 'sms'
}

/** What a person typed, where it can be a code that was sent. */
export function readSentCode(typed: unknown): string | undefined {
  const digits = readDigits(typed)
  return digits?.length === DIGITS ? digits : undefined
}

/** By which ways the account may be sent a code to sign in with. */
export async function sentMethods(ports: Ports, accountId: string): Promise<Channel[]> {
  if (!ports.sentCodes.email && !ports.sentCodes.sms) return []
  const contacts = await ports.store.contacts(accountId)
  return contacts
    .filter(({ channel, confirmedAt }) => ports.sentCodes[channel] && confirmedAt !== null)
    .map(({ channel }) => channel)
}

/** Makes a code, in the place of the one before it, and puts it into the outbox. */
export async function sendCode(
  ports: Ports,
  asked: {
    bearer: Bearing
    channel: Channel
    address: string
    kind: MessageKind
    client: Client
    /** To sign in, at an address that is confirmed; without it, to confirm one. */
    ticket?: TicketReference
    /** Of the browser, where the account knows it. */
    deviceId?: string | undefined
  },
): Promise<Sending> {
  const { bearer, channel, address, kind, client, ticket } = asked
  const { accountId, tokenHash, token } = bearer
  const { limits, store } = ports
  const counted = await countSends(ports, [
    ...(ticket ? [] : strangerPools(limits, channel, strangerOf(address, client))),
    sendPool(limits, accountId, channel, asked.deviceId),
  ])
  if (counted.status === 'closed') return tooMany(waitUntil(ports, counted.opensAt))
  const at = ports.clock.nowSeconds()
  const expiresAt = at + limits.sentCodeSeconds
  const reference = { accountId, bearer: tokenHash, channel }
  const sent = await unlessStopped(ports, counted.tries, async () => {
    const digits = newDigits(ports.random)
    const codeHash = boundHash(token, digits)
    const message = { id: newId(ports.random), accountId }
    const sealed = await sealForMessage(ports, digits, message)
    const data = {
      source: client.source ?? null,
      userAgent: client.userAgent?.slice(0, 256) ?? null,
    }
    const lane = 'code' as const
    const mostSeconds = limits.ticketSeconds + limits.sentCodeSeconds
    return store.sendCode({
      code: { ...reference, address, codeHash, at, expiresAt },
      most: limits.sendsPerTicket,
      ...(ticket && { ticket: { ...ticket, mostSeconds } }),
      event: newEvent(ports, { accountId, kind: 'code.sent', factor: channel, client }),
      message: { ...message, channel, lane, recipient: address, kind, data, sealed, at, expiresAt },
    })
  })
  if (sent) return { status: 'sent', expiresAt }
  await giveBack(ports, counted.tries)
  const last = await store.sentCode(reference, at)
  if (last === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  return tooMany(waitUntil(ports, last.expiresAt))
}

type CountedSends =
  | { readonly status: 'counted'; readonly tries: readonly CountedTry[] }
  | { readonly status: 'closed'; readonly opensAt: number }

/** In all of these pools, or in none. */
async function countSends(ports: Ports, pools: readonly Pool[]): Promise<CountedSends> {
  const tries: CountedTry[] = []
  for (const pool of pools) {
    const counted = await countTry(ports, pool)
    if (counted.status === 'counted') {
      tries.push(counted.try)
      continue
    }
    await giveBack(ports, tries)
    return { status: 'closed', opensAt: counted.status === 'closed' ? counted.opensAt : 0 }
  }
  return { status: 'counted', tries }
}

async function giveBack({ store }: Ports, tries: readonly CountedTry[]): Promise<void> {
  for (const one of tries) await store.returnTry(one)
}

/** What was never sent is not counted. */
async function unlessStopped<Answer>(
  ports: Ports,
  tries: readonly CountedTry[],
  send: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send()
  } catch (error) {
    // Where that fails as well they stay counted, and the first failure is the one to tell.
    await giveBack(ports, tries).catch(() => undefined)
    throw error
  }
}

function strangerOf(address: string, { source }: Client) {
  return { addressHash: hashOf(address.toLowerCase()), network: networkOf(source) }
}

function tooMany(retryAfterSeconds: number): Sending {
  return { status: 'refused', code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds }
}

/** Counted in the budget of all codes, and on the ticket. */
export async function proveSentCode(
  ports: Ports,
  attempt: {
    method: Channel
    code: unknown
    client: Client
    bearer: Bearing
    ticket: TicketReference
    deviceId: string | undefined
  },
): Promise<{ readonly ok: true; readonly proof: Proof<SentSpend> } | Refusal> {
  const { method, client, bearer, ticket, deviceId } = attempt
  const { accountId } = bearer
  const digits = readSentCode(attempt.code)
  if (digits === undefined) return { ok: false, code: 'CODE_MALFORMED' }
  const counted = await countCode(ports, { accountId, ticket }, deviceId)
  const tried = { accountId, method, client, deviceId }
  if (counted.status !== 'counted') return turnedAway(ports, tried, counted)
  const typed = { bearer, channel: method, digits }
  const match = await checked(ports, counted.try, () => matchSentCode(ports, typed))
  if (match === undefined) return refuseTry(ports, tried, counted)
  const means = method === 'sms' ? 'sms' : 'otp'
  return { ok: true, proof: { spend: match.spend, counted, means } }
}

/** @returns where it was sent, and what is still to be spent; undefined where it is not the code */
export async function matchSentCode(
  ports: Ports,
  { bearer, channel, digits }: { bearer: Bearing; channel: Channel; digits: string },
): Promise<{ readonly spend: SentSpend; readonly address: string } | undefined> {
  const { accountId, tokenHash, token } = bearer
  const codeHash = boundHash(token, digits)
  const reference = { accountId, bearer: tokenHash, channel }
  const sent = await ports.store.sentCode(reference, ports.clock.nowSeconds())
  if (sent === undefined || !timingSafeEqual(sent.codeHash, codeHash)) return undefined
  return {
    spend: { kind: 'sent', bearer: tokenHash, channel, codeHash },
    address: sent.address,
  }
}

/** Every number is as likely as any other: what would not divide evenly is drawn again. */
function newDigits(random: Random): string {
  const count = 10 ** DIGITS
  const end = 2 ** 32 - (2 ** 32 % count)
  for (;;) {
    const drawn = Buffer.from(random(4)).readUInt32BE()
    if (drawn < end) return String(drawn % count).padStart(DIGITS, '0')
  }
}
