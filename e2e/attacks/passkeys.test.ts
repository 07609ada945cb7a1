/** The answer of a passkey is used twice, elsewhere, too late, or by somebody else. */
import assert from 'node:assert/strict'
import type { PasskeyRequestOptions } from '@halfminute/engine'
import { virtualPasskey } from '@halfminute/engine/testing'
import { PASSWORD } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import {
  addPasskey,
  answerFor,
  BY_NAME,
  keyOwner,
  signInByKey,
  SITE,
  ticketOf,
} from './support/passkeys.ts'
import { copyOf } from './support/people.ts'

/* One from a password manager does not count, so nothing in the answer itself tells the second use. */
const uncounted = () => virtualPasskey(SITE, { counts: false, synced: true })

/* The answer lay in the log of a proxy; the thief has the password too. */
attack(
  'the answer of a passkey is sent again with a new ticket [R52]',
  { defence: 'an answer counts once, for its own ticket', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target, uncounted())
    const owner = target.browser()
    const response = await signInByKey(owner, login, passkey)
    assert.ok(await owner.isSignedIn())
    const thief = target.browser()
    const ticket = await ticketOf(thief, login)
    await thief.post('/api/login/passkey', { ticket, response })
    return thief.isSignedIn()
  },
)

/* A page in the middle keeps the owner's answer to itself, so that nobody has used it yet. */
attack(
  'an answer that never arrived is used for another ticket [R52]',
  { defence: 'an answer counts for its own ticket', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target)
    const owner = target.browser()
    const response = await answerFor(owner, await ticketOf(owner, login), passkey)
    const thief = target.browser()
    const ticket = await ticketOf(thief, login)
    await thief.post('/api/login/passkey', { ticket, response })
    return thief.isSignedIn()
  },
)

/* The page of the attacker passes the question on; what the browser answers names that page. */
attack(
  'a page that looks like ours passes the question on to the owner [R52]',
  { defence: 'an answer names the site it was given to', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target)
    const thief = target.browser()
    await signInByKey(thief, login, passkey, { origin: 'https://halfminute.example' })
    return thief.isSignedIn()
  },
)

/* An app on another name of the same host, whose passkeys are its own. */
attack(
  'a passkey answers for another site of ours [R52]',
  { defence: 'a passkey answers for one site', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target)
    const thief = target.browser()
    await signInByKey(thief, login, passkey, { rpId: 'wiki.localhost' })
    return thief.isSignedIn()
  },
)

attack(
  'Mallory signs in to another account with his own passkey [R52]',
  { defence: 'a passkey is looked for in its own account only', settings: BY_NAME },
  async (target) => {
    const [ada, mallory] = [await keyOwner(target), await keyOwner(target)]
    const thief = target.browser()
    await signInByKey(thief, ada.login, mallory.passkey)
    return thief.isSignedIn()
  },
)

/* The thief knows which passkey Ada has, as its id is asked for by name, and signs with another key. */
attack(
  'an answer signed with another key bears the name of the owner’s passkey [R52]',
  { defence: 'the signature of an answer is checked', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target)
    const thief = target.browser()
    const ticket = await ticketOf(thief, login)
    const forged = await answerFor(thief, ticket, virtualPasskey(SITE))
    const { credentialId: id } = passkey
    const response = { ...forged, id, rawId: id }
    await thief.post('/api/login/passkey', { ticket, response })
    return thief.isSignedIn()
  },
)

/* Read out of a stolen security key, its secret answers as it did then. */
attack(
  'the copy of a security key signs in after its owner did [R52]',
  { defence: 'a count of signatures only grows', settings: BY_NAME },
  async (target) => {
    const { login, passkey } = await keyOwner(target)
    const owner = target.browser()
    await signInByKey(owner, login, passkey, { signCount: 7 })
    assert.ok(await owner.isSignedIn())
    const thief = target.browser()
    await signInByKey(thief, login, passkey, { signCount: 5 })
    return thief.isSignedIn()
  },
)

/* Refused once, the copy counts on until it is ahead of its owner. */
ownAttack(
  'the copy of a security key counts on until it is let in [R52]',
  {
    defence: 'a passkey that was copied is switched off',
    settings: BY_NAME,
    needs: 'a clock to move',
  },
  async (target) => {
    const { login, passkey, browser } = await keyOwner(target)
    // Beside it there is another one, so that the account still asks for one.
    await addPasskey(browser, virtualPasskey(SITE))
    await signInByKey(target.browser(), login, passkey, { signCount: 7 })
    await target.wait(1)
    const thief = target.browser()
    const ticket = await ticketOf(thief, login)
    const before = await answerFor(thief, ticket, passkey, { signCount: 5 })
    await thief.post('/api/login/passkey', { ticket, response: before })
    const after = await answerFor(thief, ticket, passkey, { signCount: 900 })
    await thief.post('/api/login/passkey', { ticket, response: after })
    return thief.isSignedIn()
  },
)

attack(
  'a passkey that was removed signs in [R50]',
  { defence: 'a removed passkey is gone', settings: BY_NAME },
  async (target) => {
    const { login, passkey, passkeyId, browser } = await keyOwner(target)
    await addPasskey(browser, virtualPasskey(SITE))
    const removed = await browser.send('DELETE', `/api/authenticators/${passkeyId}`)
    assert.equal(removed.status, 204)
    const thief = target.browser()
    await signInByKey(thief, login, passkey)
    return thief.isSignedIn()
  },
)

/* Whoever has the password meets the passkey as they would meet a code. */
attack(
  'the password alone opens an account whose only factor is a passkey [R39]',
  {
    defence: 'below aal 2 there is no session for an account with a factor',
    settings: BY_NAME,
  },
  async (target) => {
    const { login } = await keyOwner(target)
    const thief = target.browser()
    await ticketOf(thief, login)
    await thief.send('POST', '/login', { form: { login, password: PASSWORD } })
    return thief.isSignedIn()
  },
)

/* At a browser left open, with an answer that was given there a while ago. */
ownAttack(
  'an answer that was held back makes an old session fresh [R35] [R52]',
  {
    defence: 'a challenge is over after five minutes',
    settings: BY_NAME,
    needs: 'a clock to move',
  },
  async (target) => {
    const { passkey, browser } = await keyOwner(target)
    const asked = await browser.post('/api/reauthenticate/passkey/options')
    const response = passkey.get(asked.json<{ options: PasskeyRequestOptions }>().options)
    await target.wait(360)
    const thief = copyOf(browser, target)
    const proof = { password: PASSWORD, method: 'passkey', response }
    return (await thief.post('/api/reauthenticate', proof)).status === 200
  },
)
