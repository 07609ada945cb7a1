/**
 * A forgotten password, for whoever wants in by it: the link used again, late, for somebody else or in place
 * of the phone; mails that lead elsewhere; mailboxes that are filled.
 */
import { openMailbox } from '../support/mailbox.ts'
import { PASSWORD } from '../support/person.ts'
import type { Answer, HttpClient } from '../support/person.ts'
import { wholeFile } from '../support/server.ts'
import { ownAttack } from './support/attack.ts'
import { inDatabase } from './support/database.ts'
import { copyOf, givePassword, newcomer, owner, times } from './support/people.ts'
import type { OwnTarget } from './support/target.ts'

const NEW_PASSWORD = `${PASSWORD}, anew`

const mailbox = await openMailbox(wholeFile())
const settings = {
  'smtp-url': `smtp://127.0.0.1:${mailbox.port}`,
  'mail-from': 'login@example.com',
  // So that each request can come from elsewhere.
  'trusted-proxies': '127.0.0.1',
}
const needs = 'a clock to move'

/** From a network of its own each time, unless told. */
let asked = 0
function ask(browser: HttpClient, login: string, headers: Record<string, string> = {}) {
  const from = { 'x-forwarded-for': `198.51.${++asked >> 8}.${asked & 255}` }
  const json = { login }
  return browser.send('POST', '/api/password/forgot', { json, headers: { ...from, ...headers } })
}

async function tokenFor(browser: HttpClient, login: string): Promise<string> {
  await ask(browser, login)
  const { text } = await mailbox.next(login, 'Set a new password')
  return /#(\S+)/.exec(text)?.[1] ?? ''
}

function reset(browser: HttpClient, token: string, newPassword = NEW_PASSWORD): Promise<Answer> {
  return browser.post('/api/password/reset', { token, newPassword })
}

async function resetMustWork(browser: HttpClient, token: string): Promise<void> {
  const answer = await reset(browser, token)
  if (answer.status !== 204) throw new Error(answer.text)
}

/** Does this password get as far as a password can? */
async function opens(target: OwnTarget, login: string, password: string): Promise<boolean> {
  return (await givePassword(target.browser(), login, password)).status === 200
}

/** Mails to this login: those that came, and those that wait. */
function mailsTo(target: OwnTarget, login: string): number {
  const waiting = inDatabase(target, (db) =>
    db.prepare('select count(*) as n from outbox where recipient = ?').get(login),
  )
  return mailbox.mails.filter(({ to }) => to.includes(login)).length + Number(waiting?.['n'])
}

/* Mails lie about for years, in mailboxes and their copies. */
ownAttack(
  'the link from the mail is used a second time [R37]',
  { defence: 'a reset token works once', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const token = await tokenFor(target.browser(), login)
    await resetMustWork(target.browser(), token)
    await reset(target.browser(), token, `${PASSWORD}, by the thief`)
    return opens(target, login, `${PASSWORD}, by the thief`)
  },
)

ownAttack(
  'the link from the mail is used twenty times at once [R37]',
  { defence: 'a reset token works once', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const token = await tokenFor(target.browser(), login)
    const answers = await Promise.all(
      times(20, (nth) => reset(target.browser(), token, `${PASSWORD}, number ${nth}`)),
    )
    return answers.filter(({ status }) => status === 204).length > 1
  },
)

ownAttack(
  'the link from the mail is kept for an hour [R37]',
  { defence: 'a reset token lives an hour', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const token = await tokenFor(target.browser(), login)
    await target.wait(3_600)
    await reset(target.browser(), token)
    return opens(target, login, NEW_PASSWORD)
  },
)

/* The owner notices, and changes the password. */
ownAttack(
  'a link asked for before the owner changed the password is used after it [R37]',
  { defence: 'a reset token dies with the password', settings, needs },
  async (target) => {
    const { login, browser } = await owner(target)
    const token = await tokenFor(target.browser(), login)
    const changed = await browser.post('/api/password', { newPassword: `${PASSWORD}, another` })
    if (changed.status !== 204) throw new Error(changed.text)
    await reset(target.browser(), token)
    return opens(target, login, NEW_PASSWORD)
  },
)

/* Ids of accounts are no secret; Mallory's own mail is no secret to Mallory. */
ownAttack(
  'Mallory’s link is renamed to another account [R37]',
  { defence: 'a reset token is of one account', settings, needs },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    const token = await tokenFor(target.browser(), mallory.login)
    await reset(target.browser(), token.replace(mallory.accountId, ada.accountId))
    return opens(target, ada.login, NEW_PASSWORD)
  },
)

/* Whoever reads the mailbox for a moment must not be in the account for a day. */
ownAttack(
  'a new password by mail lets its setter in [R37]',
  { defence: 'a reset signs nobody in', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const thief = target.browser()
    const token = await tokenFor(thief, login)
    await resetMustWork(thief, token)
    if (await thief.isSignedIn()) return 'a session by the API'
    const again = target.browser()
    const form = { token: await tokenFor(again, login), newPassword: `${NEW_PASSWORD} twice` }
    await again.send('POST', '/password/reset', { form })
    return (await again.isSignedIn()) && 'a session by the page'
  },
)

ownAttack(
  'a new password by mail opens the account without the phone [R37]',
  { defence: 'a reset keeps the second factor', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const thief = target.browser()
    await resetMustWork(thief, await tokenFor(thief, login))
    await givePassword(thief, login, NEW_PASSWORD)
    return thief.isSignedIn()
  },
)

/* People forget nothing: they ask for a new password because they fear that somebody has the old one. */
ownAttack(
  'a stolen session outlives a new password by mail [R37] [R34]',
  { defence: 'a reset ends the sessions', settings, needs },
  async (target) => {
    const { login, browser } = await owner(target)
    const thief = copyOf(browser, target)
    const stranger = target.browser()
    await resetMustWork(stranger, await tokenFor(stranger, login))
    return thief.isSignedIn()
  },
)

/* The victim gets a real mail from us, and its link brings the token to the attacker. */
ownAttack(
  'a request under another name makes the mail lead there [R37]',
  { defence: 'links in mails lead to the configured address', settings, needs },
  async (target) => {
    const gains: string[] = []
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example' },
      { forwarded: 'host=evil.example', 'x-original-host': 'evil.example' },
    ]) {
      const { login } = await newcomer(target)
      await ask(target.browser(), login, headers)
      const { raw, text, html } = await mailbox.next(login, 'Set a new password')
      const leads = [raw, text, html].some((part) => part.includes('evil.example'))
      if (leads) gains.push(Object.keys(headers).join())
    }
    return gains
  },
)

ownAttack(
  'a mailbox is filled with links that its owner never asked for [R37]',
  { defence: 'links for a new password are few', settings, needs: 'the database file' },
  async (target) => {
    const { login } = await newcomer(target)
    for (let nth = 0; nth < 12; nth++) await ask(target.browser(), login)
    return mailsTo(target, login) > 6
  },
)

/* An account takes any address, so its mail may be for somebody who has never heard of us. */
ownAttack(
  'a mailbox is filled by what is done to an account under its address [R36]',
  {
    defence: 'an account is told so much an hour and no more',
    settings: { ...settings, 'notices-per-hour': '3' },
    needs: 'the database file',
  },
  async (target) => {
    const { login, browser } = await owner(target)
    for (let nth = 0; nth < 10; nth++) await browser.post('/api/recovery-codes')
    return mailsTo(target, login) > 6
  },
)
