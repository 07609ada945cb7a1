/**
 * A mail server that is down, and servers that die with a mail in hand. What is promised then: everything
 * arrives, in order for each account, and twice only where nobody could know better, under one Message-ID.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { formatKeyring, generateKeyring, systemRandom } from '@halfminute/engine'
import { fixedClock, virtualAuthenticator } from '@halfminute/engine/testing'
import { openMailbox } from '../support/mailbox.ts'
import type { Mail, MailboxOptions } from '../support/mailbox.ts'
import { temporaryFolder } from '../support/server.ts'
import { engineOf } from './deliver-once.ts'
import type { Delivering } from './deliver-once.ts'

const PROGRAM = join(import.meta.dirname, 'deliver-once.ts')
const PASSWORD = 'correct horse battery'
const CLAIM_SECONDS = 180

async function scene(t: TestContext, options: MailboxOptions = {}) {
  const clock = fixedClock()
  const mailbox = await openMailbox(t, options)
  const delivering = (): Delivering => ({
    database: join(folder, 'a.db'),
    keys,
    smtpUrl: `smtp://127.0.0.1:${mailbox.port}`,
    nowSeconds: clock.nowSeconds(),
  })
  const folder = temporaryFolder(t)
  const keys = formatKeyring(generateKeyring(systemRandom))
  /** As one of several servers. */
  const server = () => {
    const engine = engineOf(delivering(), () => clock.nowSeconds())
    t.after(() => engine.close())
    return engine
  }
  /** A server in a process of its own. */
  const begin = () =>
    spawn(process.execPath, [PROGRAM, JSON.stringify(delivering())], { stdio: 'inherit' })
  return { clock, mailbox, server, begin }
}

type Scene = Awaited<ReturnType<typeof scene>>
type Engine = ReturnType<Scene['server']>

/** Somebody whose phone was confirmed, which is the first news. */
async function person(engine: Engine, clock: Scene['clock'], login: string) {
  const { token } = await engine.login.register({ login, password: PASSWORD })
  const begun = await engine.self.enrol({ token, client: {}, kind: 'totp', name: 'phone' })
  const code = virtualAuthenticator(begun.uri, clock).code()
  const confirmed = await engine.self.confirmAuthenticator({
    token,
    client: {},
    authenticatorId: begun.id,
    code,
  })
  assert.ok(confirmed.ok && confirmed.signedIn)
  const bearer = { token: confirmed.signedIn.token, client: {} }
  return {
    login,
    newCodes: () => engine.self.replaceRecoveryCodes(bearer),
    remove: () => engine.self.removeAuthenticator({ ...bearer, authenticatorId: begun.id }),
  }
}

const ADDED = 'A way to sign in was added'
const CODES = 'New recovery codes were made'
const REMOVED = 'A way to sign in was removed'

const subjectsTo = (mails: readonly Mail[], login: string) =>
  mails.filter(({ to }) => to.includes(login)).map(({ subject }) => subject)

/** A server takes a message, reaches something that never says a word, and dies. */
async function dieWaiting({ clock, mailbox, begin }: Scene): Promise<void> {
  // By then whatever waits is due again.
  clock.wait(300)
  const mute = createServer().listen(mailbox.port, '127.0.0.1')
  const connected = once(mute, 'connection')
  const dying = begin()
  const [socket] = (await connected) as [Socket]
  dying.kill('SIGKILL')
  await once(dying, 'exit')
  socket.destroy()
  mute.close()
  await once(mute, 'close')
}

test('an hour without a mail server, and servers that die meanwhile: every notice arrives once and in order [R36]', async (t) => {
  const here = await scene(t)
  const { clock, mailbox } = here
  await mailbox.stop()
  const first = here.server()
  const people = [
    await person(first, clock, 'ada@example.com'),
    await person(first, clock, 'grace@example.com'),
  ]
  const second = here.server()
  for (let minute = 0; minute < 60; minute++) {
    for (const engine of [first, second]) assert.equal((await engine.outbox.deliver()).sent, 0)
    if (minute === 2) for (const { newCodes } of people) await newCodes()
    if (minute === 3) for (const { remove } of people) await remove()
    if (minute % 20 === 10) await dieWaiting(here)
    clock.wait(60)
  }
  assert.equal((await first.outbox.waiting()).count, 6)
  await mailbox.start()
  for (let minute = 0; minute < 10; minute++) {
    await Promise.all([first.outbox.deliver(), second.outbox.deliver()])
    clock.wait(60)
  }
  assert.equal((await first.outbox.waiting()).count, 0)
  for (const { login } of people) {
    assert.deepEqual(subjectsTo(mailbox.mails, login), [ADDED, CODES, REMOVED], login)
  }
  const ids = mailbox.mails.map(({ messageId }) => messageId)
  assert.equal(new Set(ids).size, 6)
})

test('a server that dies between sending and noting it: the mail comes again under the same Message-ID [R36]', async (t) => {
  let dying: ReturnType<Scene['begin']> | undefined
  const here = await scene(t, {
    onMail: async () => {
      if (dying?.exitCode !== null || dying.signalCode !== null) return
      const gone = once(dying, 'exit')
      dying.kill('SIGKILL')
      await gone
    },
  })
  const { clock, mailbox } = here
  const other = here.server()
  const ada = await person(other, clock, 'ada@example.com')
  await ada.newCodes()
  dying = here.begin()
  await once(dying, 'exit')
  await mailbox.next(ada.login, ADDED)
  for (let waited = 0; waited < CLAIM_SECONDS; waited += 30) {
    const { sent } = await other.outbox.deliver()
    assert.equal(sent, 0, 'it may still be at it')
    clock.wait(30)
  }
  await other.outbox.deliver()
  assert.deepEqual(subjectsTo(mailbox.mails, ada.login), [ADDED, ADDED, CODES])
  const [first, again, next] = mailbox.mails.map(({ messageId }) => messageId)
  assert.equal(first, again)
  assert.notEqual(next, again)
  assert.equal((await other.outbox.waiting()).count, 0)
})

test('an address that is refused holds up nobody, not even itself', async (t) => {
  let known = false
  const refuse = (address: string) =>
    address === 'ada@example.com' && !known ? '550 5.1.1 no such user' : undefined
  const { clock, mailbox, server } = await scene(t, { refuse })
  const engine = server()
  const ada = await person(engine, clock, 'ada@example.com')
  const grace = await person(engine, clock, 'grace@example.com')
  const { sent, refused, failed, problems } = await engine.outbox.deliver()
  assert.deepEqual({ sent, refused, failed }, { sent: 1, refused: 1, failed: 0 })
  assert.deepEqual(problems, [{ kind: 'factor-added', cause: undefined }])
  known = true
  await ada.newCodes()
  await engine.outbox.deliver()
  assert.deepEqual(subjectsTo(mailbox.mails, ada.login), [CODES])
  assert.deepEqual(subjectsTo(mailbox.mails, grace.login), [ADDED])
})
