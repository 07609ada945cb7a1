/**
 * Sends what waits in the outbox, through the senders that the app handed in.
 *
 * Promises: at least once; one server at a time has a message; what fails comes again, later each time,
 * until it expires; no sender's failure is anybody else's. Twice only where a server died between sending
 * and marking, and then with the same id. Leaves to the senders: the words, the wire, and a time limit
 * well below `CLAIM_SECONDS`.
 */
import { EngineError } from './errors.ts'
import { keyOnRecord } from './keys.ts'
import type { NoticeKind } from './notices.ts'
import type { Ports } from './ports.ts'
import type { Channel, ClaimedMessage, MessageData, SealedSecret } from './store.ts'

/** Longer than any sender takes; a server that died is noticed after it. */
const CLAIM_SECONDS = 180
const FIRST_RETRY_SECONDS = 30
const LONGEST_RETRY_SECONDS = 300
const AT_ONCE = 20

/** Those that are no notices carry a secret: a token, or six digits. */
export type MessageKind = NoticeKind | 'contact-code' | 'password-reset-link' | 'sign-in-code'

export interface Message {
  /** The same for every try: the place to make a Message-ID of. */
  readonly id: string
  readonly channel: Channel
  readonly recipient: string
  readonly kind: MessageKind
  /** Of the account it is about; null where its app keeps it. */
  readonly login: string | null
  readonly accountId: string
  /** When what it tells happened, in Unix seconds. */
  readonly at: number
  readonly expiresAt: number
  /** `source`, `userAgent` and `about`, where they are known. */
  readonly data: MessageData
  /** The code or token to be sent. Never to be logged. */
  readonly secret?: string
}

/**
 * Sends one message, within a minute. Throws when it could not be sent now; a number `retryAfterSeconds` on
 * what is thrown says when to come back at the earliest.
 * @returns `refused` when it never will be: there is no such address
 */
export type Sender = (message: Message) => Promise<'sent' | 'refused'>

export type Senders = Readonly<Partial<Record<Channel, Sender>>>

export interface Delivery {
  readonly sent: number
  /** To be tried again. */
  readonly failed: number
  /** Given up: no such address, or nothing left to send them with. */
  readonly refused: number
  /** Why those failed or were refused, for the log: kind, and what the sender threw. */
  readonly problems: readonly { readonly kind: string; readonly cause: unknown }[]
}

/**
 * Sends everything that is due. To be called every second or so, by every server, one call at a time.
 * @param stopping once it is aborted no more messages are taken; those in hand are sent
 */
export async function deliver(ports: Ports, stopping?: AbortSignal): Promise<Delivery> {
  const total = { sent: 0, failed: 0, refused: 0, problems: [] as Delivery['problems'][number][] }
  for (;;) {
    if (stopping?.aborted === true) return total
    const now = ports.clock.nowSeconds()
    const claim = { now, claimSeconds: CLAIM_SECONDS, limit: AT_ONCE }
    const claimed = await ports.store.claimMessages(claim)
    if (claimed.length === 0) return total
    for (const { outcome, kind, cause } of await Promise.all(
      claimed.map((message) => deliverOne(ports, message)),
    )) {
      total[outcome]++
      if (outcome !== 'sent') total.problems.push({ kind, cause })
    }
  }
}

async function deliverOne(
  ports: Ports,
  claimed: ClaimedMessage,
): Promise<{ outcome: 'sent' | 'failed' | 'refused'; kind: string; cause?: unknown }> {
  const { kind } = claimed
  try {
    const outcome = await send(ports, claimed)
    await ports.store.removeMessage(claimed)
    return { outcome, kind }
  } catch (cause) {
    const wait = Math.max(
      Math.min(FIRST_RETRY_SECONDS * 2 ** (claimed.tries - 1), LONGEST_RETRY_SECONDS),
      askedToWait(cause),
    )
    await ports.store.retryMessage(claimed, ports.clock.nowSeconds() + wait)
    return { outcome: 'failed', kind, cause }
  }
}

/** At most a day, whatever they ask for. */
function askedToWait(cause: unknown): number {
  const asks = cause instanceof Error && 'retryAfterSeconds' in cause
  const seconds = asks ? cause.retryAfterSeconds : undefined
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, 86_400) : 0
}

async function send(ports: Ports, claimed: ClaimedMessage): Promise<'sent' | 'refused'> {
  const { id, accountId, login, channel, recipient, kind, at, expiresAt, data, sealed } = claimed
  const sender = ports.notify[channel]
  if (sender === undefined) return 'refused'
  const secret = sealed && (await open(ports, claimed, sealed))
  return sender({
    id,
    accountId,
    login,
    channel,
    recipient,
    kind: kind as MessageKind,
    at,
    expiresAt,
    data,
    ...(secret !== undefined && { secret }),
  })
}

/** A code or token as the outbox may hold it: only the sending of this very message opens it (R3). */
export async function sealForMessage(
  ports: Ports,
  secret: string,
  message: { accountId: string; id: string },
): Promise<SealedSecret> {
  const { keyId, box } = await ports.vault.seal(new TextEncoder().encode(secret), context(message))
  await keyOnRecord(ports, keyId)
  return { keyId, sealedSecret: box }
}

/** Ties a sealed code to its message. */
function context({ accountId, id }: { accountId: string; id: string }): string {
  return `halfminute/outbox/${accountId}/${id}`
}

async function open(ports: Ports, message: ClaimedMessage, sealed: SealedSecret): Promise<string> {
  const { keyId, sealedSecret } = sealed
  try {
    const bytes = await ports.vault.open({ keyId, box: sealedSecret }, context(message))
    return new TextDecoder().decode(bytes)
  } catch (cause) {
    throw new EngineError('VAULT_UNREADABLE', { detail: 'a message in the outbox', cause })
  }
}
