/**
 * Codes by mail, for whoever has the password: those of another sign-in, guessed with the help of new ones,
 * asked for without end, used twice; and the address that they go to.
 */
import { openMailbox } from '../support/mailbox.ts'
import { codeIn } from '../support/phonebox.ts'
import type { Answer, HttpClient } from '../support/person.ts'
import { wholeFile } from '../support/server.ts'
import { ownAttack } from './support/attack.ts'
import { copyOf, givePassword, newLogin, owner, times } from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { Target } from './support/target.ts'

const mailbox = await openMailbox(wholeFile())
const mail = { 'smtp-url': `smtp://127.0.0.1:${mailbox.port}`, 'mail-from': 'login@example.com' }
const settings = { ...mail, 'email-codes': 'on' }
const needs = 'a clock to move'
const method = 'email'

/** An owner whose mail address, the login, is confirmed. */
async function reachable(target: Target): Promise<Owner> {
  const person = await owner(target)
  const code = codeIn(await askedAt(person.browser, person.login))
  const confirmed = await person.browser.post('/api/contacts/email/confirm', { code })
  if (confirmed.status !== 204) throw new Error(confirmed.text)
  return person
}

/** Has a code sent to this address. @returns the mail */
async function askedAt(browser: HttpClient, address: string): Promise<string> {
  const put = await browser.send('PUT', '/api/contacts/email', { json: { address } })
  if (put.status !== 202) throw new Error(put.text)
  return (await mailbox.next(address, 'to confirm')).text
}

async function ticketFor(browser: HttpClient, login: string): Promise<string> {
  return (await givePassword(browser, login)).json<{ ticket: string }>().ticket
}

const send = (browser: HttpClient, ticket: string) =>
  browser.post('/api/login/send', { ticket, method })
const give = (browser: HttpClient, ticket: string, code: string) =>
  browser.post('/api/login/code', { ticket, method, code })

async function mailedCode(browser: HttpClient, ticket: string, login: string): Promise<string> {
  const sent = await send(browser, ticket)
  if (sent.status !== 202) throw new Error(sent.text)
  return codeIn((await mailbox.next(login, 'Your code to sign in')).text)
}

const wrong = (code: string, nth = 1) => String((Number(code) + nth) % 1_000_000).padStart(6, '0')
const evaluated = (answers: readonly Answer[]) =>
  answers.filter(({ code }) => code === 'CODE_REFUSED').length

/* A page in the middle, or a voice on the telephone, gets the owner to read the code out. */
ownAttack(
  'a code that was sent for the owner’s sign-in opens the thief’s [R21]',
  { defence: 'a sent code is bound to the sign-in that asked for it', settings, needs },
  async (target) => {
    const { login } = await reachable(target)
    const own = target.browser()
    const code = await mailedCode(own, await ticketFor(own, login), login)
    const thief = target.browser()
    await give(thief, await ticketFor(thief, login), code)
    return thief.isSignedIn()
  },
)

ownAttack(
  'asking for a new code for new tries at it [R21] [R14]',
  { defence: 'another send gives no try back', settings, needs },
  async (target) => {
    const { login } = await reachable(target)
    const thief = target.browser()
    const ticket = await ticketFor(thief, login)
    const answers: Answer[] = []
    for (let round = 0; round < 3; round++) {
      const code = await mailedCode(thief, ticket, login)
      for (const nth of [1, 2]) answers.push(await give(thief, ticket, wrong(code, nth)))
    }
    const looked = evaluated(answers)
    return looked > 3 && `${looked} guesses were looked at`
  },
)

/* An older mail lies open on a screen. */
ownAttack(
  'the code of the mail before the newest one is used [R21]',
  { defence: 'another send voids the code before it', settings, needs },
  async (target) => {
    const { login } = await reachable(target)
    const browser = target.browser()
    const ticket = await ticketFor(browser, login)
    const old = await mailedCode(browser, ticket, login)
    const newer = await mailedCode(browser, ticket, login)
    if (old !== newer) await give(browser, ticket, old)
    return browser.isSignedIn()
  },
)

/* A mailbox full of codes hides the mail that matters, and SMS cost money. */
ownAttack(
  'a hundred codes are asked for over many sign-ins [R21]',
  { defence: 'codes are sent to one account so many times', settings, needs },
  async (target) => {
    const { login } = await reachable(target)
    const thief = target.browser()
    const answers: Answer[] = []
    for (let signIns = 0; signIns < 34; signIns++) {
      const ticket = await ticketFor(thief, login)
      for (let nth = 0; nth < 3; nth++) answers.push(await send(thief, ticket))
      if (answers.at(-1)?.status === 429 && answers.length > 12) break
    }
    const sent = answers.filter(({ status }) => status === 202).length
    return sent > 5 && `${sent} codes were sent`
  },
)

ownAttack(
  'twenty codes are asked for at once by one sign-in [R21]',
  {
    defence: 'codes are sent for one sign-in three times',
    settings: { ...settings, 'email-codes-per-quarter': '100', 'email-codes-per-day': '100' },
    needs,
  },
  async (target) => {
    const { login } = await reachable(target)
    const thief = target.browser()
    const ticket = await ticketFor(thief, login)
    const answers = await Promise.all(times(20, () => send(thief, ticket)))
    const sent = answers.filter(({ status }) => status === 202).length
    return sent > 3 && `${sent} codes were sent`
  },
)

ownAttack(
  'one code that was sent makes twenty sessions [R21]',
  { defence: 'a sent code signs in once', settings, needs },
  async (target) => {
    const { login } = await reachable(target)
    const browser = target.browser()
    const ticket = await ticketFor(browser, login)
    const code = await mailedCode(browser, ticket, login)
    const copies = times(20, () => copyOf(browser, target))
    const answers = await Promise.all(copies.map((one) => give(one, ticket, code)))
    return answers.filter(({ status }) => status === 200).length > 1
  },
)

/* Whoever reads the mailbox names the method by hand, where nobody has switched it on. */
ownAttack(
  'a code by mail is asked for where they are off [R22]',
  { defence: 'codes by mail are off until they are switched on', settings: mail, needs },
  async (target) => {
    const { login } = await reachable(target)
    const thief = target.browser()
    const ticket = await ticketFor(thief, login)
    if ((await send(thief, ticket)).status !== 202) return undefined
    const { text } = await mailbox.next(login, 'Your code to sign in')
    await give(thief, ticket, codeIn(text))
    return thief.isSignedIn()
  },
)

/* Anybody can register with anybody's address; whoever reads it is not the owner by that. */
ownAttack(
  'a code goes to an address that nobody has confirmed [R22]',
  { defence: 'only a confirmed address is sent a code to sign in with', settings, needs },
  async (target) => {
    const { login } = await owner(target)
    const thief = target.browser()
    const ticket = await ticketFor(thief, login)
    if ((await send(thief, ticket)).status !== 202) return undefined
    const { text } = await mailbox.next(login, 'Your code to sign in')
    await give(thief, ticket, codeIn(text))
    return thief.isSignedIn()
  },
)

/* Then codes would go to the thief, who has the cookie and wants the account. */
ownAttack(
  'the address is changed with a stolen cookie alone [R35]',
  { defence: 'changes ask for a fresh session', settings, needs },
  async (target) => {
    const person = await reachable(target)
    const thief = copyOf(person.browser, target)
    await target.wait(360)
    const address = newLogin()
    const put = await thief.send('PUT', '/api/contacts/email', { json: { address } })
    const form = { address }
    const page = await thief.send('POST', '/account/contacts/email', { form })
    const asked = put.status === 202 || page.headers.get('location') === '/account/contacts/email'
    const removed = await thief.send('DELETE', '/api/contacts/email')
    return [
      ...(asked ? ['a new address'] : []),
      ...(removed.status === 204 ? ['the address removed'] : []),
    ]
  },
)

/* Two of the owner's browsers; in the other one sits somebody else. */
ownAttack(
  'another session confirms the address that the owner has asked for [R21]',
  { defence: 'a new address is confirmed by the session that asked', settings, needs },
  async (target) => {
    const { login, browser, phone } = await owner(target)
    await target.wait(30)
    const other = target.browser()
    const ticket = await ticketFor(other, login)
    await other.post('/api/login/code', { ticket, method: 'totp', code: phone.code() })
    const code = codeIn(await askedAt(browser, newLogin()))
    return (await other.post('/api/contacts/email/confirm', { code })).status === 204
  },
)
