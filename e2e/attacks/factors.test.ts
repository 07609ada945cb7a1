/** Phones and recovery codes: added, removed, read or used by somebody who may not. */
import { PASSWORD } from '../support/person.ts'
import type { HttpClient } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import {
  beginEnrolment,
  confirm,
  copyOf,
  givePassword,
  newcomer,
  owner,
  signIn,
} from './support/people.ts'
import type { Owner } from './support/people.ts'

const FORMS: readonly (readonly [path: string, form: Readonly<Record<string, string>>])[] = [
  ['/account/authenticators/new', { name: 'phone', kind: 'totp' }],
  ['/account/recovery-codes', {}],
  ['/account/password', { newPassword: `${PASSWORD}, by page` }],
]

/** All that takes an account over, tried in this browser. @returns what worked */
async function takeOver(
  browser: HttpClient,
  { authenticatorId }: Pick<Owner, 'authenticatorId'>,
): Promise<string[]> {
  const gains: string[] = []
  const phone = await browser.post('/api/authenticators', { kind: 'totp', name: 'mine' })
  if (phone.status === 201) gains.push('a phone begun')
  const passkey = await browser.post('/api/passkeys/options')
  if (passkey.status === 200) gains.push('a passkey asked for')
  const codes = await browser.post('/api/recovery-codes')
  if (codes.status === 200) gains.push('new recovery codes')
  for (const [path, form] of FORMS) {
    const { status, headers } = await browser.send('POST', path, { form })
    const location = headers.get('location') ?? ''
    if (status < 400 && !/^\/(login|reauthenticate)/.test(location)) gains.push(path)
  }
  const removed = await browser.send('DELETE', `/api/authenticators/${authenticatorId}`)
  if (removed.status === 204) gains.push('the phone removed')
  const password = await browser.post('/api/password', { newPassword: `${PASSWORD}, mine` })
  if (password.status === 204) gains.push('a new password')
  return gains
}

/* A browser left open, or a stolen cookie: enough to read, not to take the account over. */
ownAttack(
  'a session that is six minutes old changes phones, codes and password [R35]',
  { defence: 'changes ask for a fresh session', needs: 'a clock to move' },
  async (target) => {
    const person = await owner(target)
    const thief = copyOf(person.browser, target)
    await target.wait(360)
    return takeOver(thief, person)
  },
)

/* The password alone must reach nothing of this, or the second factor is none. */
attack(
  'somebody with only the password changes phones, codes and password [R32] [R35]',
  { defence: 'below aal 2 there is no session for an account with a factor' },
  async (target) => {
    const person = await owner(target)
    const thief = target.browser()
    await givePassword(thief, person.login)
    await thief.send('POST', '/login', { form: { login: person.login, password: PASSWORD } })
    return takeOver(thief, person)
  },
)

ownAttack(
  'a stale session is made fresh with the password alone [R35]',
  {
    defence: 'below aal 2 there is no session for an account with a factor',
    needs: 'a clock to move',
  },
  async (target) => {
    const person = await owner(target)
    const thief = copyOf(person.browser, target)
    await target.wait(360)
    await thief.post('/api/reauthenticate', { password: PASSWORD })
    await givePassword(thief, person.login)
    return takeOver(thief, person)
  },
)

/* Ids of rows are no secret: they stand in addresses. */
attack(
  'Mallory removes the phone of another account by its id [R34]',
  { defence: 'an authenticator is removed by its own account only' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const path = `/api/authenticators/${ada.authenticatorId}`
    const removed = await mallory.browser.send('DELETE', path)
    return removed.status === 204
  },
)

attack(
  'Mallory reads the secret of another account’s waiting phone [R2] [R3]',
  { defence: 'an authenticator is shown to its own account only' },
  async (target) => {
    const [ada, mallory] = [await newcomer(target), await owner(target)]
    const { id, secret } = await beginEnrolment(target, ada.browser)
    const picture = await mallory.browser.get(`/api/authenticators/${id}/qr.png`)
    const accept = { accept: 'text/html' }
    const page = await mallory.browser.get(`/account/authenticators/${id}`, { headers: accept })
    return [
      ...(picture.status === 200 ? ['the picture'] : []),
      ...(page.text.includes(secret) ? ['the secret'] : []),
    ]
  },
)

attack(
  'Mallory ends the session of another account by its id [R34]',
  { defence: 'a session is ended by its own account only' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const { sessions } = (await ada.browser.get('/api/sessions')).json<{
      sessions: { id: string }[]
    }>()
    await mallory.browser.send('DELETE', `/api/sessions/${sessions[0]?.id}`)
    return !(await ada.browser.isSignedIn())
  },
)

/* Mallory has Ada's password and a phone of his own. */
attack(
  'Mallory signs in to another account with the code of his own phone [R9]',
  { defence: 'a code is compared with its own account’s phones only' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const thief = target.browser()
    await signIn(thief, ada.login, mallory.phone.code(1))
    return thief.isSignedIn()
  },
)

attack(
  'Mallory signs in to another account with a recovery code of his own [R20]',
  { defence: 'a recovery code is looked for in its own account only' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const thief = target.browser()
    await signIn(thief, ada.login, mallory.recoveryCodes[0] ?? '', 'recovery')
    return thief.isSignedIn()
  },
)

/* Somebody at a browser left open begins a phone, cannot confirm it, and uses it all the same. */
attack(
  'a phone that was never confirmed signs in [R2]',
  { defence: 'a pending authenticator signs nobody in' },
  async (target) => {
    const { login, browser } = await owner(target)
    const { phone } = await beginEnrolment(target, browser)
    const thief = target.browser()
    await signIn(thief, login, phone.code())
    return thief.isSignedIn()
  },
)

attack(
  'a phone that was removed signs in [R50]',
  { defence: 'a removed authenticator is gone' },
  async (target) => {
    const { login, browser, phone, authenticatorId } = await owner(target)
    await confirm(browser, await beginEnrolment(target, browser))
    await browser.send('DELETE', `/api/authenticators/${authenticatorId}`)
    const thief = target.browser()
    await signIn(thief, login, phone.code(1))
    return thief.isSignedIn()
  },
)

/* A page in the middle that may choose the secret knows it for ever. */
attack(
  'the client chooses the secret of the phone [R1]',
  { defence: 'the server makes the secret' },
  async (target) => {
    const { browser } = await newcomer(target)
    const chosen = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    const wishes = { secret: chosen, sealedSecret: chosen, seed: chosen, secretBase32: chosen }
    const { secret } = await beginEnrolment(target, browser, { ...wishes, state: 'active' })
    return secret === chosen
  },
)

attack(
  'the secret of a confirmed phone is asked for once more [R2]',
  { defence: 'a secret is shown while it waits, not afterwards' },
  async (target) => {
    const { browser, authenticatorId } = await owner(target)
    const picture = await browser.get(`/api/authenticators/${authenticatorId}/qr.png`)
    return picture.status === 200
  },
)
