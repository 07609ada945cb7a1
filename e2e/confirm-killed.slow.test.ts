/**
 * The server, killed at twenty moments while it confirms an authenticator: afterwards the account stands as
 * before the code or as after it. The moments are random, one in each twentieth of the time that a request
 * takes and a little more, so that the last of them come after the write.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from './support/command.ts'
import { giveCode, HttpClient, register, ticketOf } from './support/person.ts'
import type { Answer, Authenticator } from './support/person.ts'
import { startServer, temporaryFolder } from './support/server.ts'

const ROUNDS = 20
const PERIOD_SECONDS = 30
const nowSeconds = () => Math.floor(Date.now() / 1000)

interface Pending {
  readonly login: string
  readonly accountId: string
  readonly id: string
  readonly phone: Authenticator
  readonly cookies: ReadonlyMap<string, string>
}

/** Somebody whose new authenticator waits for its first code. */
async function pendingPerson(url: string, login: string): Promise<Pending> {
  const client = new HttpClient(url)
  const accountId = await register(client, login)
  const begun = await client.post('/api/authenticators', { kind: 'totp', name: 'phone' })
  assert.equal(begun.status, 201, begun.text)
  const { id, uri } = begun.json<{ id: string; uri: string }>()
  const phone: Authenticator = {
    code: (now) => virtualAuthenticator(uri, { nowSeconds: () => now }).code(),
  }
  return { login, accountId, id, phone, cookies: client.cookies }
}

/** The browser of before, at a server that may have another address now. */
function browserOf({ cookies }: Pending, url: string): HttpClient {
  const client = new HttpClient(url)
  for (const [name, value] of cookies) client.cookies.set(name, value)
  return client
}

const confirm = (client: HttpClient, { id }: Pending, code: string) =>
  client.post(`/api/authenticators/${id}/confirm`, { code })

/** All that a confirmation writes, as the file holds it. */
function written(database: string, accountId: string) {
  const db = new DatabaseSync(database, { readOnly: true })
  const one = (sql: string) => Object.values(db.prepare(sql).get(accountId) ?? {})[0]
  const found = {
    state: one('select state from authenticators where account_id = ?'),
    spent: Number(one('select spent_step from authenticators where account_id = ?')) >= 0,
    recoveryCodes: one('select count(*) from recovery_codes where account_id = ?'),
    sessions: one("select group_concat('aal ' || aal) from sessions where account_id = ?"),
    confirmations: one(
      "select count(*) from events where account_id = ? and kind = 'authenticator.confirmed'",
    ),
    devices: one('select count(*) from devices where account_id = ?'),
  }
  db.close()
  return found
}

const BEFORE = {
  state: 'pending',
  spent: false,
  recoveryCodes: 0,
  sessions: 'aal 1',
  confirmations: 0,
  devices: 0,
}
const AFTER = {
  state: 'active',
  spent: true,
  recoveryCodes: 10,
  sessions: 'aal 2',
  confirmations: 1,
  devices: 1,
}

async function isAsBefore(url: string, person: Pending, code: string): Promise<void> {
  const browser = browserOf(person, url)
  const session = await browser.get('/api/session')
  assert.equal(session.json()['aal'], 1, session.text)
  const again = await confirm(browser, person, code)
  assert.equal(again.status, 200, again.text)
  assert.equal(again.json<{ recoveryCodes: string[] }>().recoveryCodes.length, 10)
}

/** @param answer the server's, where it came before the kill */
async function isAsAfter(
  url: string,
  person: Pending,
  spent: { code: string; at: number },
  answer: Answer | undefined,
): Promise<void> {
  assert.equal(await browserOf(person, url).isSignedIn(), false, 'the session of before lives on')
  const browser = new HttpClient(url)
  const ticket = await ticketOf(browser, person.login)
  const replayed = await giveCode(browser, ticket, spent.code)
  assert.equal(replayed.code, 'CODE_REFUSED', replayed.text)
  const [recoveryCode] = answer?.json<{ recoveryCodes: string[] }>().recoveryCodes ?? []
  const signedIn =
    recoveryCode === undefined
      ? await giveCode(browser, ticket, person.phone.code(spent.at + PERIOD_SECONDS))
      : await giveCode(browser, ticket, recoveryCode, 'recovery')
  assert.equal(signedIn.status, 200, signedIn.text)
  const left = await browser.get('/api/recovery-codes')
  assert.equal(left.json()['remaining'], recoveryCode === undefined ? 10 : 9)
}

/** Half of it would be an active factor without recovery codes, or a spent code without a factor. */
test('twenty kills during a confirmation leave all of it or nothing [R2 R9 R20 R32]', async (t) => {
  const folder = temporaryFolder(t)
  const options = { folder, env: { HALFMINUTE_LOG_LEVEL: 'silent' } }
  const database = join(folder, 'data/halfminute.db')
  let server = await startServer(t, options)

  const durations: number[] = []
  for (let nth = 0; nth < 5; nth++) {
    const person = await pendingPerson(server.url, `unhurried-${nth}`)
    const begun = performance.now()
    const code = person.phone.code(nowSeconds())
    assert.equal((await confirm(browserOf(person, server.url), person, code)).status, 200)
    durations.push(performance.now() - begun)
    assert.deepEqual(written(database, person.accountId), AFTER)
  }
  const whole = durations.toSorted((a, b) => a - b)[2] ?? 0

  const ends = { before: 0, after: 0, answered: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const person = await pendingPerson(server.url, `person-${round}`)
    assert.deepEqual(written(database, person.accountId), BEFORE)
    const browser = browserOf(person, server.url)
    const at = nowSeconds()
    const code = person.phone.code(at)
    const asked = confirm(browser, person, code).catch(() => undefined)
    await setTimeout(((round + Math.random()) / ROUNDS) * whole * 1.3)
    await server.kill()
    const answer = await asked

    server = await startServer(t, options)
    const found = written(database, person.accountId)
    const end = found.state === 'active' ? 'after' : 'before'
    assert.deepEqual(found, end === 'after' ? AFTER : BEFORE)
    ends[end]++
    if (answer !== undefined) {
      // What was answered must last.
      assert.deepEqual([answer.status, end], [200, 'after'], answer.text)
      ends.answered++
    }
    if (end === 'before') await isAsBefore(server.url, person, code)
    else await isAsAfter(server.url, person, { code, at }, answer)
  }
  t.diagnostic(`a confirmation takes ${whole.toFixed(0)} ms`)
  t.diagnostic(`killed ${ROUNDS} times: ${JSON.stringify(ends)}`)
  assert.ok(ends.before > 0 && ends.after > 0, 'only one of both ends was seen; run it again')

  assert.equal(await server.stop(), 0)
  const chains = await runCommand(folder, ['events', 'verify'])
  assert.equal(chains.code, 0, chains.stderr)
})
