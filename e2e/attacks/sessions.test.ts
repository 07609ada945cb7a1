/** Sessions that should not be: before the code, from a ticket, planted, stolen, or outliving a change. */
import { giveCode, PASSWORD } from '../support/person.ts'
import type { HttpClient } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import {
  beginEnrolment,
  confirm,
  copyOf,
  givePassword,
  newcomer,
  owner,
  signedIn,
  signIn,
} from './support/people.ts'

const ADDRESSES = [
  '/api/session',
  '/api/sessions',
  '/api/authenticators',
  '/api/recovery-codes',
  '/api/events',
  '/account',
  '/account/password',
  '/account/recovery-codes',
  '/account/authenticators/new',
]

/** The addresses of the account that open to this browser. */
async function opened(
  browser: HttpClient,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const open: string[] = []
  for (const address of ADDRESSES) {
    const { status } = await browser.get(address, { headers: { accept: 'text/html', ...headers } })
    if (status === 200) open.push(address)
  }
  return open
}

/* The classic bypass: ignore the page that asks for the code and open the account by hand. */
attack(
  'the account is opened by hand after the password alone [R32]',
  { defence: 'below aal 2 there is no session for an account with a factor' },
  async (target) => {
    const { login } = await owner(target)
    const thief = target.browser()
    await givePassword(thief, login)
    await thief.send('POST', '/login', { form: { login, password: PASSWORD } })
    return opened(thief)
  },
)

attack(
  'the ticket is used in the place of a session [R32]',
  { defence: 'a ticket is no session' },
  async (target) => {
    const { login } = await owner(target)
    const answer = await givePassword(target.browser(), login)
    const { ticket } = answer.json<{ ticket: string }>()
    const thief = target.browser()
    thief.cookies.set('halfminute-session', ticket)
    return opened(thief, { authorization: `Bearer ${ticket}` })
  },
)

/* Mallory knows a code of Ada's, but not her password; his own password is right for his own account. */
attack(
  'a ticket of one account is redeemed for another one [R38]',
  { defence: 'a ticket is of one account' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const thief = target.browser()
    const answer = await givePassword(thief, mallory.login)
    const { ticket } = answer.json<{ ticket: string }>()
    const renamed = ticket.replace(mallory.accountId, ada.accountId)
    for (const [code, method] of [
      [ada.phone.code(1), 'totp'],
      [ada.recoveryCodes[0] ?? '', 'recovery'],
    ] as const) {
      await giveCode(thief, renamed, code, method)
      if (await thief.isSignedIn()) return `a session of Ada’s by ${method}`
    }
    return undefined
  },
)

ownAttack(
  'a ticket is kept until a code comes by, five minutes later [R32]',
  { defence: 'a ticket lives five minutes', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    const thief = target.browser()
    const answer = await givePassword(thief, login)
    await target.wait(300)
    await giveCode(thief, answer.json<{ ticket: string }>().ticket, phone.code())
    return thief.isSignedIn()
  },
)

/* The owner notices and changes the password; the thief already holds a ticket for the old one. */
attack(
  'a ticket of the old password is redeemed after the change [R34]',
  { defence: 'a ticket dies with the password' },
  async (target) => {
    const { login, phone, browser } = await owner(target)
    const thief = target.browser()
    const answer = await givePassword(thief, login)
    await browser.post('/api/password', { newPassword: `${PASSWORD}, another` })
    await giveCode(thief, answer.json<{ ticket: string }>().ticket, phone.code(1))
    return thief.isSignedIn()
  },
)

/* Whoever can write a cookie into the owner's browser need not steal one, if the sign-in keeps it. */
attack(
  'a session token of the attacker’s making is planted before the sign-in [R32]',
  { defence: 'a sign-in makes a token of its own' },
  async (target) => {
    const { login, accountId, phone } = await owner(target)
    const planted = `${'A'.repeat(43)}.${accountId}`
    const browser = target.browser()
    browser.cookies.set('halfminute-session', planted)
    await signedIn(browser, login, phone.code(1))
    const thief = target.browser()
    thief.cookies.set('halfminute-session', planted)
    return thief.isSignedIn()
  },
)

attack(
  'a session stolen from a browser outlives the next sign-in in that browser [R32]',
  { defence: 'a sign-in ends the session that the browser held' },
  async (target) => {
    const { login, phone, browser } = await owner(target)
    const thief = copyOf(browser, target)
    await signedIn(browser, login, phone.code(1))
    return thief.isSignedIn()
  },
)

/* It would then be as fresh as the owner's. */
attack(
  'a stolen session outlives its owner’s re-authentication [R32] [R35]',
  { defence: 're-authentication replaces the session' },
  async (target) => {
    const { phone, browser } = await owner(target)
    const thief = copyOf(browser, target)
    const proofs = { password: PASSWORD, code: phone.code(1) }
    const answer = await browser.post('/api/reauthenticate', proofs)
    if (answer.status !== 200) throw new Error(answer.text)
    return thief.isSignedIn()
  },
)

/* What people do when they fear that somebody is in their account must throw that somebody out. */
attack(
  'a stolen session outlives a new phone [R34]',
  { defence: 'a new factor ends the other sessions' },
  async (target) => {
    const { login, phone, browser } = await owner(target)
    const other = await signedIn(target.browser(), login, phone.code(1))
    const thief = copyOf(other, target)
    await confirm(browser, await beginEnrolment(target, browser))
    return thief.isSignedIn()
  },
)

attack(
  'a stolen session outlives the removal of a phone [R34]',
  { defence: 'a removed factor ends the other sessions' },
  async (target) => {
    const { login, browser, authenticatorId, recoveryCodes } = await owner(target)
    const other = target.browser()
    await signedIn(other, login, recoveryCodes[0] ?? '', 'recovery')
    const thief = copyOf(other, target)
    await browser.send('DELETE', `/api/authenticators/${authenticatorId}`)
    return thief.isSignedIn()
  },
)

attack(
  'a stolen session outlives a new password [R34]',
  { defence: 'a new password ends the other sessions' },
  async (target) => {
    const { login, phone, browser } = await owner(target)
    const thief = copyOf(await signedIn(target.browser(), login, phone.code(1)), target)
    const changed = await browser.post('/api/password', { newPassword: `${PASSWORD}, another` })
    if (changed.status !== 204) throw new Error(changed.text)
    return thief.isSignedIn()
  },
)

attack(
  'a stolen session outlives signing out [R34]',
  { defence: 'signing out ends the session' },
  async (target) => {
    const { browser } = await owner(target)
    const thief = copyOf(browser, target)
    await browser.post('/api/logout')
    return thief.isSignedIn()
  },
)

/* Somebody who knew the password before there was a phone must not be in when there is one. */
attack(
  'sign-ins by password race the first phone and stay in [R32] [R39]',
  { defence: 'below aal 2 there is no session for an account with a factor' },
  async (target) => {
    const { login, browser } = await newcomer(target)
    const pending = await beginEnrolment(target, browser)
    const thieves = Array.from({ length: 8 }, () => target.browser())
    await Promise.all([
      ...thieves.slice(0, 4).map((thief) => givePassword(thief, login)),
      confirm(browser, pending),
      ...thieves.slice(4).map((thief) => givePassword(thief, login)),
    ])
    const inside = await Promise.all(thieves.map((thief) => thief.isSignedIn()))
    return inside.includes(true)
  },
)

/* The account's own name in somebody else's session. */
attack(
  'a session of one account is renamed to another one [R39]',
  { defence: 'a session is of one account' },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    await signIn(mallory.browser, mallory.login, mallory.phone.code(1))
    const token = mallory.browser.session ?? ''
    const thief = target.browser()
    thief.cookies.set('halfminute-session', token.replace(mallory.accountId, ada.accountId))
    return thief.isSignedIn()
  },
)
