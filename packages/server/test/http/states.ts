/**
 * One person in each state that a sign-in can be in, ready in milliseconds: a database is made once for
 * each state and copied for every case, because the hashes behind a registration take their time.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { TestContext } from 'node:test'
import { generateKeyring, sqliteStore, systemRandom } from '@halfminute/engine'
import type { Store } from '@halfminute/engine'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import type { VirtualAuthenticator, VirtualPasskey } from '@halfminute/engine/testing'
import { addPasskey } from './passkeys.ts'
import {
  beginEnrolment,
  enrolledPerson,
  openApp,
  PASSWORD,
  register,
  ticketOf,
  trustBrowser,
} from './support.ts'
import type { Harness, Started, Visitor } from './support.ts'

export const STATES = [
  'signed out',
  'after the password',
  'enrolling',
  'signed in',
  'signed in long ago',
  'in a trusted browser',
  'signed in without a code',
] as const

export type State = (typeof STATES)[number]

export const SIGNED_IN: readonly State[] = [
  'enrolling',
  'signed in',
  'signed in long ago',
  'signed in without a code',
]

/** For trust to count it must be switched on; the other states are those of the defaults. */
const trustedBrowserDays = (state: State) =>
  state === 'in a trusted browser' || state === 'signed in without a code' ? 30 : 0

export interface Scene extends Harness {
  readonly someone: Visitor
  /** Of the state `after the password`. */
  readonly ticket: string | undefined
  /** An authenticator that waits for its first code, where somebody is signed in. */
  readonly pending: Started | undefined
  /** The one in use; undefined while enrolling. */
  readonly phone: VirtualAuthenticator | undefined
  readonly authenticatorId: string | undefined
  readonly pendingPhone: VirtualAuthenticator | undefined
  readonly recoveryCodes: readonly string[]
  /** Beside the phone. */
  readonly passkey: VirtualPasskey | undefined
}

interface Prepared {
  readonly database: string
  readonly cookies: readonly [string, string][]
  readonly ticket: string | undefined
  readonly pending: Started | undefined
  readonly uri: string | undefined
  readonly authenticatorId: string | undefined
  readonly recoveryCodes: readonly string[]
  readonly passkey: VirtualPasskey | undefined
}

const sent = () => Promise.resolve('sent' as const)

/** To be called once, at the top of a test file. */
export function scenes(): (
  t: TestContext,
  state: State,
  around?: (store: Store) => Store,
) => Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-states-'))
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const keyring = generateKeyring(systemRandom)
  const made = new Map<State, Prepared>()
  let copies = 0
  return async (t, state, around = (store) => store) => {
    let prepared = made.get(state)
    if (prepared === undefined) {
      prepared = await prepare(t, state, join(folder, `${made.size}.db`), keyring)
      made.set(state, prepared)
    }
    const { database, cookies, ticket, pending, uri, authenticatorId, recoveryCodes } = prepared
    const { passkey } = prepared
    const copy = join(folder, `copy-${++copies}.db`)
    copyFileSync(database, copy)
    const harness = openApp(t, {
      store: around(sqliteStore(copy)),
      keyring,
      trustedBrowserDays: trustedBrowserDays(state),
      notify: { email: sent, sms: sent },
      sentCodes: { email: true, sms: true },
    })
    // Past the codes that are spent; and past five minutes where that is the point.
    const spent = trustedBrowserDays(state) > 0 ? 60 : 30
    harness.clock.wait(state === 'signed in long ago' ? 330 : spent)
    const someone = harness.visitor()
    for (const [name, value] of cookies) someone.cookies.set(name, value)
    return {
      ...harness,
      someone,
      ticket,
      pending,
      phone: uri === undefined ? undefined : virtualAuthenticator(uri, harness.clock),
      authenticatorId,
      recoveryCodes,
      passkey,
      pendingPhone: pending && virtualAuthenticator(pending.uri, harness.clock),
    }
  }
}

async function prepare(
  t: TestContext,
  state: State,
  database: string,
  keyring: ReturnType<typeof generateKeyring>,
): Promise<Prepared> {
  const harness = openApp(t, {
    store: sqliteStore(database),
    keyring,
    trustedBrowserDays: trustedBrowserDays(state),
  })
  const visitor = harness.visitor()
  const nobody = { ticket: undefined, pending: undefined, uri: undefined, recoveryCodes: [] }
  const keyless = { ...nobody, passkey: undefined }
  if (state === 'enrolling') {
    await register(visitor)
    const pending = await beginEnrolment(visitor)
    await harness.engine.close()
    const cookies = [...visitor.cookies]
    return { ...keyless, database, cookies, pending, authenticatorId: undefined }
  }
  const person = await enrolledPerson(visitor, harness.clock)
  const { passkey } = await addPasskey(visitor)
  const uri = `otpauth://totp/x?secret=${person.secret}`
  const { authenticatorId, recoveryCodes } = person
  const common = { ...nobody, database, uri, authenticatorId, recoveryCodes, passkey }
  if (state === 'signed out' || state === 'after the password') {
    const stranger = harness.visitor()
    const ticket = state === 'signed out' ? undefined : await ticketOf(stranger, person)
    await harness.engine.close()
    const cookies: [string, string][] = ticket ? [['halfminute-ticket', ticket]] : []
    return { ...common, cookies, ticket }
  }
  const pending = await beginEnrolment(visitor)
  if (trustedBrowserDays(state) > 0) {
    await trustBrowser(visitor, harness, person)
    await visitor.post('/api/logout')
  }
  if (state === 'signed in without a code') {
    await visitor.post('/api/login', { login: person.login, password: PASSWORD })
  }
  await harness.engine.close()
  return { ...common, cookies: [...visitor.cookies], pending }
}
