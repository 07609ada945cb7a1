/** An engine that sends mail and SMS to the test, and a person who is reached by both. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Channel, EngineOptions, Message } from '@halfminute/engine'
import { client, openEngine, signedUpPerson, ticketOf } from './support.ts'
import type { Harness, Person } from './support.ts'

export const EMAIL = 'ada@example.com'
export const NUMBER = '+4915112345678'

export interface PostOffice extends Harness {
  readonly messages: readonly Message[]
  /** Delivers what is due; what arrived since the last look. */
  readonly arrived: () => Promise<Message[]>
  /** The newest code that arrived on that way. */
  readonly codeBy: (channel: Channel) => Promise<string>
}

export function openPostOffice(
  t: TestContext,
  options: Omit<Partial<EngineOptions>, 'keyring'> = {},
): PostOffice {
  const messages: Message[] = []
  const keep = (message: Message) => {
    messages.push(message)
    return Promise.resolve('sent' as const)
  }
  const harness = openEngine(t, {
    notify: { email: keep, sms: keep },
    sentCodes: { email: true, sms: true },
    ...options,
  })
  const arrived = async () => {
    const before = messages.length
    await harness.engine.outbox.deliver()
    return messages.slice(before)
  }
  const codeBy = async (channel: Channel) => {
    await arrived()
    const last = messages.findLast((one) => one.channel === channel && one.secret !== undefined)
    return last?.secret ?? assert.fail(`no code came by ${channel}`)
  }
  return { ...harness, messages, arrived, codeBy }
}

/** Signed up, with a confirmed mail address and a confirmed number; the outbox is empty. */
export async function reachablePerson(office: PostOffice, login = EMAIL): Promise<Person> {
  const person = await signedUpPerson(office, login)
  const { accountId } = person
  const { contacts } = office.engine
  await contacts.set({ accountId, channel: 'email', address: EMAIL, confirmed: true })
  await contacts.set({ accountId, channel: 'sms', address: NUMBER, confirmed: true })
  await office.arrived()
  return person
}

/** The password, then a code by that way; the ticket and the code that came. */
export async function sentCode(office: PostOffice, person: Person, method: Channel) {
  const ticket = await ticketOf(office.engine, person)
  const outcome = await office.engine.login.send({ ticket, method, ...client })
  assert.equal(outcome.status, 'sent')
  return { ticket, method, code: await office.codeBy(method), ...client }
}

/** Six digits that are not these. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}
