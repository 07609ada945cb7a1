/** How the first administrator comes to be, and each later one: by an invitation, claimed once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOperator, sqliteStore } from '@halfminute/engine'
import { operatorOf, signedUpAdmin } from './admins.ts'
import { client, failsWith, openEngine, PASSWORD, signedUpPerson, signIn } from './support.ts'
import type { Person } from './support.ts'

const refused = { status: 'refused', code: 'INVITATION_REFUSED' }

test('a fresh database has no account, no administrator and no invitation [R47]', async (t) => {
  const store = sqliteStore(':memory:')
  t.after(() => store.close())
  assert.deepEqual(await createOperator({ store }).list({}), [])
})

test('whoever claims first is the administrator, and nobody else with the same invitation [R47]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const people: Person[] = []
  for (let nth = 0; nth < 4; nth++) people.push(await signedUpPerson(harness, `person-${nth}`))
  const { invitation, expiresAt } = await operatorOf(harness).inviteFirstAdmin()
  assert.equal(expiresAt, harness.clock.nowSeconds() + 3_600)
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, nth) =>
      engine.admin.claim({ token: people[nth % 4]?.token, client, invitation }),
    ),
  )
  assert.equal(claims.filter(({ status }) => status === 'claimed').length, 1)
  const admins = await operatorOf(harness).list({ admins: true })
  assert.equal(admins.length, 1)
  const told = (await store.events(admins[0]?.id ?? '', 100)).find(
    ({ kind, result }) => kind === 'admin.claimed' && result === 'accepted',
  )
  assert.equal(told?.factor, 'command')
})

test('the session that claimed is an administrator’s at once, and says so', async (t) => {
  const harness = openEngine(t)
  const { token } = await signedUpAdmin(harness)
  assert.equal((await harness.engine.self.session({ token, client })).admin, true)
})

test('an invitation may be typed with spaces around it, and is over after an hour [R47]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const ada = await signedUpPerson(harness)
  const { invitation } = await operatorOf(harness).inviteFirstAdmin()
  clock.wait(3_570)
  const token = await signIn(harness, ada)
  assert.deepEqual(await engine.admin.claim({ token, client, invitation }), refused)
  const next = await operatorOf(harness).inviteFirstAdmin()
  const typed = ` ${next.invitation}\n`
  assert.deepEqual(await engine.admin.claim({ token, client, invitation: typed }), {
    status: 'claimed',
  })
})

test('wrong invitations are counted, and after ten the right one is turned away too [R47] [R14]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const ada = await signedUpPerson(harness)
  const { token } = ada
  const { invitation } = await operatorOf(harness).inviteFirstAdmin()
  const wrong = [undefined, null, 1, '', [invitation], `${'A'.repeat(43)}.command`, token]
  const more = ['x', invitation.replace('command', 'commander'), 'x'.repeat(100_000)]
  for (const one of [...wrong, ...more]) {
    assert.deepEqual(await engine.admin.claim({ token, client, invitation: one }), refused)
  }
  const closed = await engine.admin.claim({ token, client, invitation })
  assert.deepEqual(closed, { ...refused, code: 'TOO_MANY_ATTEMPTS', retryAfterSeconds: 3_600 })
  const events = await store.events(ada.accountId, 100)
  const told = events.filter(({ kind, result }) => kind === 'admin.claimed' && result === 'refused')
  assert.equal(told.length, 10)
  // Somebody else's tries are none of hers.
  const eve = await signedUpPerson(harness, 'eve@example.com')
  assert.equal((await engine.admin.claim({ ...eve, client, invitation })).status, 'claimed')
})

test('claiming asks for a second factor and a fresh proof of it, and costs no try before [R47] [R46]', async (t) => {
  const harness = openEngine(t, { secondFactor: 'optional' })
  const { engine } = harness
  const { invitation } = await operatorOf(harness).inviteFirstAdmin()
  const eve = { login: 'eve@example.com', password: `${PASSWORD} indeed`, ...client }
  const { token } = await engine.login.register(eve)
  for (const [bearer, code] of [
    ['nobody', 'SESSION_REQUIRED'],
    [token, 'ENROLMENT_REQUIRED'],
  ] as const) {
    const claim = engine.admin.claim({ token: bearer, client, invitation })
    await assert.rejects(claim, failsWith(code))
  }
  const strict = openEngine(t)
  const ada = await signedUpPerson(strict)
  const mine = await operatorOf(strict).inviteFirstAdmin()
  strict.clock.wait(301)
  for (let nth = 0; nth < 11; nth++) {
    const claim = strict.engine.admin.claim({ token: ada.token, client, ...mine })
    await assert.rejects(claim, failsWith('REAUTHENTICATION_REQUIRED'))
  }
  const fresh = await signIn(strict, ada)
  const claim = await strict.engine.admin.claim({ token: fresh, client, ...mine })
  assert.deepEqual(claim, { status: 'claimed' })
})

test('where there is an administrator the operator invites nobody; an administrator does [R47]', async (t) => {
  const harness = openEngine(t)
  const { engine, store } = harness
  const root = await signedUpAdmin(harness)
  const operator = operatorOf(harness)
  await assert.rejects(operator.inviteFirstAdmin(), failsWith('ADMIN_EXISTS'))
  const ada = await signedUpPerson(harness)
  const { invitation } = await engine.admin.invite({ token: root.token, client })
  // Who is one already uses none up.
  assert.deepEqual(await engine.admin.claim({ token: root.token, client, invitation }), refused)
  const claim = await engine.admin.claim({ token: ada.token, client, invitation })
  assert.deepEqual(claim, { status: 'claimed' })
  assert.equal((await store.events(ada.accountId, 1))[0]?.factor, root.accountId)
  assert.equal((await operator.list({ admins: true })).length, 2)
})

test('a revoked administrator is none at once, and so are the invitations; after the last one the operator invites again [R47]', async (t) => {
  const harness = openEngine(t)
  const { engine } = harness
  const root = await signedUpAdmin(harness)
  const eve = await signedUpPerson(harness, 'eve@example.com')
  const { invitation } = await engine.admin.invite({ token: root.token, client })
  const operator = operatorOf(harness)
  assert.equal(await operator.revokeAdmin(root), true)
  assert.equal(await operator.revokeAdmin(root), false)
  const listing = engine.admin.list({ token: root.token, client })
  await assert.rejects(listing, failsWith('ADMIN_REQUIRED'))
  assert.deepEqual(await engine.admin.claim({ token: eve.token, client, invitation }), refused)
  const next = await operator.inviteFirstAdmin()
  assert.equal((await engine.admin.claim({ token: eve.token, client, ...next })).status, 'claimed')
})
