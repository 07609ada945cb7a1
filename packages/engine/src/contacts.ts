/**
 * Where a person is reached: a mail address and a telephone number at most.
 *
 * Promises: a new address takes the place of the old one only when it is confirmed; the old one is told.
 * Leaves to `contact-service.ts`: whether whoever asks may; to apps: what they vouch for themselves.
 */
import { emailOf } from './accounts.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import type { EventKind } from './events.ts'
import { newNotice } from './notices.ts'
import type { NoticeKind } from './notices.ts'
import type { Client, Ports } from './ports.ts'
import type { Channel, Contact, NewMessage, SentSpend } from './store.ts'

const MOST_EMAIL_CHARACTERS = 254

export interface NewContact {
  readonly channel: Channel
  /** A mail address, or a number with + and the country (E.164); spaces and hyphens fall away. */
  readonly address: string
  /** The app answers for it that the address is theirs: codes that are sent there sign in. */
  readonly confirmed: true
}

/** @throws EngineError CONTACT_INVALID */
export function acceptableAddress(channel: Channel, typed: string): string {
  const address =
    channel === 'email' ? typed.normalize('NFC').trim() : typed.replaceAll(/[\s().-]/g, '')
  const fits =
    channel === 'email'
      ? address.length <= MOST_EMAIL_CHARACTERS &&
        emailOf(address) !== undefined &&
        !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(address)
      : /^\+[1-9][0-9]{6,14}$/.test(address)
  if (!fits) throw new EngineError('CONTACT_INVALID')
  return address
}

async function contactOf(
  ports: Ports,
  accountId: string,
  channel: Channel,
): Promise<Contact | undefined> {
  const all = await ports.store.contacts(accountId)
  return all.find((one) => one.channel === channel)
}

/** For an app. @throws RangeError where it does not answer for the address */
export async function set(
  ports: Ports,
  input: NewContact & { accountId: string; client: Client },
): Promise<void> {
  const { accountId, channel, client } = input
  const address = acceptableAddress(channel, input.address)
  // Callers without types may say anything.
  if ((input.confirmed as unknown) !== true) throw new RangeError('confirmed: expected true')
  const now = ports.clock.nowSeconds()
  await ports.store.ensureAccount(accountId, now)
  const to = { address, confirmedAt: now }
  for (;;) {
    // Somebody else may have changed it between the look and the write.
    if (await change(ports, { accountId, channel, to, client })) return
  }
}

/** @throws EngineError CONTACT_UNKNOWN */
export async function remove(
  ports: Ports,
  input: { accountId: string; channel: Channel; keepSession?: string; client: Client },
): Promise<void> {
  if ((await contactOf(ports, input.accountId, input.channel)) === undefined) {
    throw new EngineError('CONTACT_UNKNOWN')
  }
  if (!(await change(ports, { ...input, to: null }))) throw new EngineError('CONTACT_UNKNOWN')
}

/** @returns false when somebody else was faster, or the code is not good for it; nothing was written then */
export async function change(
  ports: Ports,
  wanted: {
    accountId: string
    channel: Channel
    to: Omit<Contact, 'channel'> | null
    spend?: SentSpend
    keepSession?: string
    client: Client
  },
): Promise<boolean> {
  const { accountId, channel, to, client, ...rest } = wanted
  const from = (await contactOf(ports, accountId, channel))?.address ?? null
  const { event, notice } = whatHappens(from, to?.address ?? null)
  const about = { accountId, kind: notice, client, about: channel }
  const old = from === to?.address ? null : from
  const messages: (NewMessage | undefined)[] = []
  if (old !== null) messages.push(newNotice(ports, { ...about, channel, recipient: old }))
  // What is news of the telephone, or of an address that took no other's place, is told by mail.
  if (old === null || channel === 'sms') messages.push(newNotice(ports, about))
  return ports.store.changeContact({
    accountId,
    channel,
    from,
    to,
    ...rest,
    now: ports.clock.nowSeconds(),
    event: newEvent(ports, { accountId, kind: event, factor: channel, client }),
    messages: messages.filter((message) => message !== undefined),
  })
}

function whatHappens(
  from: string | null,
  to: string | null,
): { event: EventKind; notice: NoticeKind } {
  if (to === null) return { event: 'contact.removed', notice: 'contact-removed' }
  return from === null || from === to
    ? { event: 'contact.confirmed', notice: 'contact-confirmed' }
    : { event: 'contact.changed', notice: 'contact-changed' }
}
