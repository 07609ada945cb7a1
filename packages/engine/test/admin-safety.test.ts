/** An administrator's own account: what must not make one of a stranger, nor outlive the administrator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOperator } from '@halfminute/engine'
import type { Engine, EngineError } from '@halfminute/engine'
import { virtualAuthenticator, virtualPasskey } from '@halfminute/engine/testing'
import { operatorOf } from './admins.ts'
import { addPasskey, ORIGIN } from './passkey-people.ts'
import { EMAIL, openPostOffice, reachablePerson, sentCode } from './post-office.ts'
import type { PostOffice } from './post-office.ts'
import { client, PASSWORD, signedUpPerson, signIn, tokenIn } from './support.ts'
import type { Person } from './support.ts'

type Self = Engine['self']

/** What changes the factors, the codes, the addresses or the password of the session's own account. */
const CHANGES: Readonly<
  Record<string, (self: Self, bearer: { token: string; client: object }) => Promise<unknown>>
> = {
  enrol: (self, bearer) => self.enrol({ ...bearer, kind: 'totp', name: 'mine' }),
  pendingEnrolment: (self, bearer) => self.pendingEnrolment({ ...bearer, authenticatorId: 'none' }),
  confirmAuthenticator: (self, bearer) =>
    self.confirmAuthenticator({ ...bearer, authenticatorId: 'none', code: '123456' }),
  removeAuthenticator: (self, bearer) =>
    self.removeAuthenticator({ ...bearer, authenticatorId: 'none' }),
  passkeyRegistrationOptions: (self, bearer) => self.passkeyRegistrationOptions(bearer),
  addPasskey: (self, bearer) => self.addPasskey({ ...bearer, name: 'mine', response: {} }),
  replaceRecoveryCodes: (self, bearer) => self.replaceRecoveryCodes(bearer),
  setContact: (self, bearer) =>
    self.setContact({ ...bearer, channel: 'sms', address: '+4915100000000' }),
  removeContact: (self, bearer) => self.removeContact({ ...bearer, channel: 'email' }),
  changePassword: (self, bearer) =>
    self.changePassword({ ...bearer, newPassword: 'another horse battery' }),
}

async function failureOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer
    return undefined
  } catch (error) {
    return (error as EngineError).code
  }
}

async function reachableAdmin(office: PostOffice): Promise<Person> {
  const root = await reachablePerson(office)
  const { invitation } = await operatorOf(office).inviteFirstAdmin()
  const { token } = root
  const claim = await office.engine.admin.claim({ token, client, invitation })
  assert.equal(claim.status, 'claimed')
  return root
}

async function byMail(office: PostOffice, person: Person): Promise<string> {
  return tokenIn(await office.engine.login.code(await sentCode(office, person, 'email')))
}

async function addPhone({ engine, clock }: PostOffice, token: string) {
  const bearer = { token, client }
  const { id, uri } = await engine.self.enrol({ ...bearer, kind: 'totp', name: 'another' })
  const phone = virtualAuthenticator(uri, clock)
  const confirming = { ...bearer, authenticatorId: id, code: phone.code() }
  const { signedIn } = await engine.self.confirmAuthenticator(confirming)
  return signedIn ?? assert.fail('no session')
}

/** Whoever has the password and the mailbox would enrol a phone, and sign in with it as the administrator. */
test('on an administrator’s account a code by mail changes nothing that opens it [R46] [R22]', async (t) => {
  const office = openPostOffice(t, { relyingParty: { origin: ORIGIN } })
  const { engine, store, clock } = office
  const root = await reachableAdmin(office)
  const token = await byMail(office, root)
  const before = await store.authenticators(root.accountId, clock.nowSeconds())
  for (const [name, change] of Object.entries(CHANGES)) {
    const failure = await failureOf(change(engine.self, { token, client }))
    assert.equal(failure, 'REAUTHENTICATION_REQUIRED', name)
  }
  assert.deepEqual(await store.authenticators(root.accountId, clock.nowSeconds()), before)
  // The way back of somebody who has lost the phone.
  const code = root.recoveryCodes[0]
  const proofs = { password: PASSWORD, method: 'recovery', code } as const
  const proven = tokenIn(await engine.self.reauthenticate({ token, client, ...proofs }))
  const added = await addPhone(office, proven)
  assert.equal((await engine.admin.list({ token: added.token, client })).length, 1)
})

test('a further factor leaves the session what it was, only the first one raises it [R22] [R46]', async (t) => {
  const office = openPostOffice(t, { relyingParty: { origin: ORIGIN } })
  const ada = await reachablePerson(office)
  const phone = await addPhone(office, await byMail(office, ada))
  assert.deepEqual(phone.session.amr, ['pwd', 'otp'])
  const key = await addPasskey(office, phone.token, virtualPasskey(ORIGIN))
  assert.deepEqual([key.signedIn.session.aal, key.signedIn.session.amr], [2, ['pwd', 'otp']])
  const { invitation } = await operatorOf(office).inviteFirstAdmin()
  const { token } = key.signedIn
  const claiming = office.engine.admin.claim({ token, client, invitation })
  assert.equal(await failureOf(claiming), 'REAUTHENTICATION_REQUIRED')
  const full = await addPhone(office, await signIn(office, ada))
  assert.deepEqual(full.session.amr, ['pwd', 'otp', 'mfa'])
})

/** Under the policy `optional` somebody may give the second factor up, but not be an administrator then. */
test('an administrator keeps the last factor, so that the password alone enrols none [R46]', async (t) => {
  const office = openPostOffice(t, { secondFactor: 'optional' })
  const { engine } = office
  const root = await reachableAdmin(office)
  const { accountId, authenticatorId } = root
  const target = { token: root.token, client, authenticatorId }
  assert.equal(await failureOf(engine.self.removeAuthenticator(target)), 'ADMIN_LAST_FACTOR')
  const embedded = engine.authenticators.remove({ accountId, authenticatorId })
  assert.equal(await failureOf(embedded), 'ADMIN_LAST_FACTOR')
  const strange = await engine.login.password({ ...root, ...client })
  assert.equal(strange.status, 'second_factor')
  const added = await addPhone(office, root.token)
  await engine.self.removeAuthenticator({ ...target, token: added.token })
})

/** A thief invites a friend, and is then put out. */
test('an invitation ends with the password or the session under which it was made [R47] [R34]', async (t) => {
  const office = openPostOffice(t)
  const { engine } = office
  const root = await reachableAdmin(office)
  const eve = await signedUpPerson(office, 'eve@example.com')
  const stolen = await signIn(office, root)
  const claim = async (invitation: string) =>
    (await engine.admin.claim({ token: eve.token, client, invitation })).status
  const first = await engine.admin.invite({ token: stolen, client })
  const all = await engine.self.listSessions({ token: root.token, client })
  const sessionId = all.find(({ current }) => !current)?.id ?? assert.fail('there is no other one')
  await engine.self.endSession({ token: root.token, client, sessionId })
  assert.equal(await claim(first.invitation), 'refused')
  const token = await signIn(office, root)
  const second = await engine.admin.invite({ token, client })
  const renewed = await engine.self.changePassword({
    token,
    client,
    newPassword: 'another horse battery',
  })
  assert.equal(await claim(second.invitation), 'refused')
  const third = await engine.admin.invite({ token: renewed.token, client })
  await engine.self.logout({ token: renewed.token, client })
  assert.equal(await claim(third.invitation), 'claimed')
})

test('who invited an administrator is told when the invitation is used, as is who is revoked [R36] [R47]', async (t) => {
  const office = openPostOffice(t)
  const { engine, store, clock } = office
  const root = await reachableAdmin(office)
  const eve = await signedUpPerson(office, 'eve@example.com')
  const { invitation } = await engine.admin.invite({ token: root.token, client })
  await office.arrived()
  await engine.admin.claim({ token: eve.token, client, invitation })
  const told = (await office.arrived()).map(({ kind, recipient }) => [kind, recipient])
  assert.deepEqual(
    told.toSorted(([one = ''], [other = '']) => one.localeCompare(other)),
    [
      ['admin-claimed', 'eve@example.com'],
      ['admin-invitation-used', EMAIL],
    ],
  )
  const [event] = await store.events(root.accountId, 1)
  assert.deepEqual([event?.kind, event?.factor], ['admin.invitation-used', eve.accountId])
  const notify = { email: () => Promise.resolve('sent' as const) }
  await createOperator({ store, clock, notify }).revokeAdmin({ accountId: root.accountId })
  assert.deepEqual(
    (await office.arrived()).map(({ kind }) => kind),
    ['admin-revoked'],
  )
})

test('of two administrators who reset each other at once one is left [R46]', async (t) => {
  const office = openPostOffice(t)
  const { engine } = office
  const root = await reachableAdmin(office)
  const eve = await signedUpPerson(office, 'eve@example.com')
  const { invitation } = await engine.admin.invite({ token: root.token, client })
  await engine.admin.claim({ token: eve.token, client, invitation })
  const reset = (by: Person, { accountId }: Person) =>
    failureOf(engine.admin.resetSecondFactor({ token: by.token, client, accountId }))
  const failures = await Promise.all([reset(root, eve), reset(eve, root)])
  assert.deepEqual(failures, [undefined, 'ADMIN_REQUIRED'])
  assert.equal((await operatorOf(office).list({ admins: true })).length, 1)
})
