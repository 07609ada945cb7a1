/**
 * Trusted browsers: cookies of trust that were stolen, kept, moved, or never given. The attacker always has
 * the password, or trust is worth nothing in the first place.
 */
import { PASSWORD } from '../support/person.ts'
import type { HttpClient } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import { beginEnrolment, confirm, givePassword, owner, signedIn, signIn } from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { Target } from './support/target.ts'

const TRUST = 'halfminute-trust'
const ON = { settings: { 'trusted-browser-days': '30' } }

/** Signs in with a code and asks for trust. */
async function trust(
  browser: HttpClient,
  login: string,
  code: string,
  method: 'totp' | 'recovery' = 'totp',
): Promise<void> {
  const { ticket } = (await givePassword(browser, login)).json<{ ticket: string }>()
  const given = { ticket, code, method, trustBrowser: true }
  const answer = await browser.post('/api/login/code', given)
  if (answer.status !== 200) throw new Error(answer.text)
}

/** Somebody with a trusted browser, signed out in it. */
async function trusting(target: Target): Promise<Owner & { readonly trusted: HttpClient }> {
  const person = await owner(target)
  const trusted = target.browser()
  await trust(trusted, person.login, person.phone.code(1))
  await trusted.post('/api/logout')
  return { ...person, trusted }
}

/** A browser that holds the cookie of trust of another one, and nothing else. */
function thiefWith(cookie: string | undefined, target: Target): HttpClient {
  const thief = target.browser()
  if (cookie !== undefined) thief.cookies.set(TRUST, cookie)
  return thief
}

/* Mallory has Ada’s password, and a trusted browser of his own account. */
attack(
  'the trust of one account is moved to another one [R49]',
  { defence: 'trust in a browser is of one account', ...ON },
  async (target) => {
    const [ada, mallory] = [await owner(target), await trusting(target)]
    const cookie = mallory.trusted.cookies.get(TRUST)
    const thief = thiefWith(cookie?.replace(mallory.accountId, ada.accountId), target)
    await givePassword(thief, ada.login)
    return thief.isSignedIn()
  },
)

/* Whoever changes the password means everybody else, wherever they are. */
attack(
  'a stolen cookie of trust is kept over a change of the password [R34] [R49]',
  { defence: 'trust in a browser dies with the password', ...ON },
  async (target) => {
    const { login, browser, trusted } = await trusting(target)
    const thief = thiefWith(trusted.cookies.get(TRUST), target)
    const newPassword = `${PASSWORD}, another`
    const changed = await browser.post('/api/password', { newPassword })
    if (changed.status !== 204) throw new Error(changed.text)
    await givePassword(thief, login, newPassword)
    return thief.isSignedIn()
  },
)

attack(
  'a stolen cookie of trust is kept over a new phone and over a removed one [R34] [R49]',
  { defence: 'trust in a browser dies with a change of factors', ...ON },
  async (target) => {
    const gains: string[] = []
    const added = await trusting(target)
    const first = thiefWith(added.trusted.cookies.get(TRUST), target)
    await confirm(added.browser, await beginEnrolment(target, added.browser))
    await givePassword(first, added.login)
    if (await first.isSignedIn()) gains.push('in after a new phone')

    const { login, browser, phone, authenticatorId } = await owner(target)
    await confirm(browser, await beginEnrolment(target, browser))
    const trusted = target.browser()
    await trust(trusted, login, phone.code(1))
    const second = thiefWith(trusted.cookies.get(TRUST), target)
    await browser.send('DELETE', `/api/authenticators/${authenticatorId}`)
    await givePassword(second, login)
    if (await second.isSignedIn()) gains.push('in after the phone was removed')
    return gains
  },
)

/* Copied from the disk, or from a backup of the profile, and used after its owner. */
attack(
  'a stolen cookie of trust is used after its owner has used it [R49]',
  { defence: 'the token of a trusted browser is used once', ...ON },
  async (target) => {
    const { login, trusted } = await trusting(target)
    const thief = thiefWith(trusted.cookies.get(TRUST), target)
    await givePassword(trusted, login)
    await givePassword(thief, login)
    return thief.isSignedIn()
  },
)

/* The thief is the faster one, several times; the owner’s next sign-in must throw the thief out. */
attack(
  'a stolen cookie of trust goes on after its owner has come with the older one [R49]',
  { defence: 'an older token ends the trust', ...ON },
  async (target) => {
    const { login, trusted } = await trusting(target)
    const thief = thiefWith(trusted.cookies.get(TRUST), target)
    for (let nth = 0; nth < 3; nth++) await givePassword(thief, login)
    if (!(await thief.isSignedIn())) throw new Error('the thief was not in before')
    await givePassword(trusted, login)
    const gains = (await thief.isSignedIn()) ? ['still in'] : []
    await thief.post('/api/logout')
    await givePassword(thief, login)
    return (await thief.isSignedIn()) ? [...gains, 'in again'] : gains
  },
)

attack(
  'ten browsers use one cookie of trust at the same moment and stay in [R49]',
  { defence: 'the token of a trusted browser is used once', ...ON },
  async (target) => {
    const { login, trusted } = await trusting(target)
    const thieves = Array.from({ length: 10 }, () => thiefWith(trusted.cookies.get(TRUST), target))
    await Promise.all(thieves.map((thief) => givePassword(thief, login)))
    const inside = await Promise.all(thieves.map((thief) => thief.isSignedIn()))
    return inside.includes(true)
  },
)

ownAttack(
  'a stolen cookie of trust is used when its thirty days are over [R49]',
  { defence: 'trust in a browser lasts so many days', needs: 'a clock to move', ...ON },
  async (target) => {
    const { login, trusted } = await trusting(target)
    const thief = thiefWith(trusted.cookies.get(TRUST), target)
    await target.wait(30 * 86_400)
    await givePassword(thief, login)
    return thief.isSignedIn()
  },
)

/* With password and cookie somebody is in; what they must not be able to do is stay. */
attack(
  'a session by trust takes the account over without a code [R35] [R49]',
  { defence: 'trust in a browser is no second factor', ...ON },
  async (target) => {
    const { login, trusted, authenticatorId } = await trusting(target)
    await givePassword(trusted, login)
    if (!(await trusted.isSignedIn())) throw new Error('not in by trust')
    const gains: string[] = []
    const removed = await trusted.send('DELETE', `/api/authenticators/${authenticatorId}`)
    if (removed.status === 204) gains.push('the phone removed')
    const codes = await trusted.post('/api/recovery-codes')
    if (codes.status === 200) gains.push('new recovery codes')
    const phone = await trusted.post('/api/authenticators', { kind: 'totp', name: 'mine' })
    if (phone.status === 201) gains.push('a phone begun')
    const password = await trusted.post('/api/password', { newPassword: `${PASSWORD}, mine` })
    if (password.status === 204) gains.push('a new password')
    return gains
  },
)

/* One slip of paper for one sign-in, not for a month of them. */
attack(
  'a found recovery code is turned into a trusted browser [R49]',
  { defence: 'a recovery code gives no trust', ...ON },
  async (target) => {
    const { login, recoveryCodes } = await owner(target)
    const thief = target.browser()
    await trust(thief, login, recoveryCodes[0] ?? '', 'recovery')
    await thief.post('/api/logout')
    await givePassword(thief, login)
    return thief.isSignedIn()
  },
)

attack(
  'trust is asked for where it is switched off [R49]',
  { defence: 'trust is off until it is switched on' },
  async (target) => {
    const { login, trusted } = await trusting(target)
    await givePassword(trusted, login)
    return trusted.isSignedIn()
  },
)

attack(
  'a browser that was forgotten stays in [R34]',
  { defence: 'forgetting a trusted browser ends its sessions', ...ON },
  async (target) => {
    const { login, phone, trusted, recoveryCodes } = await trusting(target)
    await givePassword(trusted, login)
    const elsewhere = await signedIn(target.browser(), login, recoveryCodes[0] ?? '', 'recovery')
    const answer = await elsewhere.get('/api/trusted-browsers')
    const { trustedBrowsers } = answer.json<{ trustedBrowsers: { id: string }[] }>()
    const path = `/api/trusted-browsers/${trustedBrowsers[0]?.id}`
    const forgotten = await elsewhere.send('DELETE', path)
    if (forgotten.status !== 204) throw new Error(forgotten.text)
    await signIn(target.browser(), login, phone.code(2))
    return trusted.isSignedIn()
  },
)
