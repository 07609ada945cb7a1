/** Asking for a code by mail or SMS after the password. Giving it back is `login.ts`. */
import { liveTicket } from './login.ts'
import type { Client, Ports } from './ports.ts'
import { isChannel, sendCode } from './sent-codes.ts'
import type { Sending } from './sent-codes.ts'
import type { Channel } from './store.ts'

/** Sends a code to the confirmed address of the account. The ticket then lives as long as the code. */
export async function send(
  ports: Ports,
  input: { ticket?: unknown; method: Channel; client: Client },
): Promise<Sending> {
  const { method: channel, client } = input
  // Callers without types may name a way that there is not.
  if (!isChannel(channel) || !ports.sentCodes[channel]) return unavailable
  const found = await liveTicket(ports, input.ticket, client)
  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const { bearer, ticket, account, deviceId } = found
  const contacts = await ports.store.contacts(account.id)
  const contact = contacts.find((one) => one.channel === channel && one.confirmedAt !== null)
  if (contact === undefined) return unavailable
  const { address } = contact
  const kind = 'sign-in-code'
  return sendCode(ports, { bearer, channel, address, kind, client, ticket, deviceId })
}

const unavailable = { status: 'refused', code: 'METHOD_UNAVAILABLE' } as const
