/** Somebody guesses: many at once, again and again, from everywhere, by every door. */
import type { Answer, HttpClient } from '../support/person.ts'
import { giveCode, PASSWORD } from '../support/person.ts'
import { attack, ownAttack } from './support/attack.ts'
import {
  beginEnrolment,
  givePassword,
  owner,
  signedIn,
  signIn,
  times,
  wrongCode,
} from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { Target } from './support/target.ts'

/** Wrong codes that unknown browsers may send without a pause. */
const AT_ONCE = 3
const evaluated = (answers: readonly Answer[]) =>
  answers.filter(({ code }) => code === 'CODE_REFUSED').length

async function ticketFor(browser: HttpClient, login: string): Promise<string> {
  return (await givePassword(browser, login)).json<{ ticket: string }>().ticket
}

/** Wrong codes one after the other, each with a sign-in of its own. */
async function guess(browser: HttpClient, victim: Owner, count: number): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let nth = 0; nth < count; nth++) {
    answers.push(await signIn(browser, victim.login, wrongCode(victim.phone)))
  }
  return answers
}

/* Counted after the check, or one by one for each sign-in, a crowd of guesses gets through in one moment. */
attack(
  '200 wrong codes over 20 tickets at the same moment [R14] [R17]',
  { defence: 'a pool closes' },
  async (target) => {
    const victim = await owner(target)
    const browsers = times(20, () => target.browser())
    const tickets = await Promise.all(browsers.map((one) => ticketFor(one, victim.login)))
    const code = wrongCode(victim.phone)
    const answers = await Promise.all(
      times(200, (nth) =>
        giveCode(browsers[nth % 20] ?? target.browser(), tickets[nth % 20] ?? '', code),
      ),
    )
    const looked = evaluated(answers)
    return looked > AT_ONCE && `${looked} guesses were looked at`
  },
)

attack(
  'signing in anew with the password for new tries [R14]',
  { defence: 'tries are counted for the account, not for the sign-in' },
  async (target) => {
    const looked = evaluated(await guess(target.browser(), await owner(target), 6))
    return looked > AT_ONCE && `${looked} guesses were looked at`
  },
)

/* A lucky guess is worth nothing while nobody may guess. */
attack(
  'the right code comes while the pool is closed [R14]',
  { defence: 'a pool closes' },
  async (target) => {
    const victim = await owner(target)
    const thief = target.browser()
    await guess(thief, victim, AT_ONCE)
    await signIn(thief, victim.login, victim.phone.code(1))
    return thief.isSignedIn()
  },
)

/* The owner comes and goes; a thief who has the password must not get new tries with every visit. */
ownAttack(
  'waiting for the owner’s sign-in to have the tries back [R14]',
  { defence: 'a success gives back its own try and no other', needs: 'a clock to move' },
  async (target) => {
    const victim = await owner(target)
    const thief = target.browser()
    await guess(thief, victim, AT_ONCE)
    await target.wait(30)
    await signedIn(target.browser(), victim.login, victim.phone.code())
    const looked = evaluated(await guess(thief, victim, AT_ONCE))
    return looked > 1 && `${looked} guesses were looked at`
  },
)

ownAttack(
  'guessing on after the servers were restarted [R14]',
  { defence: 'tries are kept in the database', needs: 'servers to restart' },
  async (target) => {
    const victim = await owner(target)
    await guess(target.browser(), victim, AT_ONCE)
    await target.restart()
    const looked = evaluated(await guess(target.browser(), victim, 2))
    return looked > 0 && `${looked} guesses were looked at`
  },
)

/* Behind a proxy every guess can come from another address; one IPv6 subscriber has 2^64 of them. */
attack(
  'every guess comes from another address, or another one of a /64 [R17]',
  {
    defence: 'tries are counted for the account, not for an address',
    settings: { 'trusted-proxies': '127.0.0.1,::1' },
  },
  async (target) => {
    const victim = await owner(target)
    const answers: Answer[] = []
    for (const address of times(8, (nth) => (nth % 2 ? `192.0.2.${nth}` : `2001:db8::${nth}`))) {
      const browser = target.browser()
      const headers = { 'x-forwarded-for': address }
      const ticket = await ticketFor(browser, victim.login)
      const json = { ticket, method: 'totp', code: wrongCode(victim.phone) }
      answers.push(await browser.send('POST', '/api/login/code', { json, headers }))
    }
    const looked = evaluated(answers)
    return looked > AT_ONCE && `${looked} guesses were looked at`
  },
)

attack(
  'wrong passwords for one login in many spellings [R17]',
  { defence: 'a login counts under one spelling', settings: { 'password-failures-per-day': '3' } },
  async (target) => {
    const { login } = await owner(target)
    const spellings = [
      login,
      login.toUpperCase(),
      ` ${login}`,
      `${login}  `,
      login.replace('a', 'A'),
    ]
    for (const spelling of spellings) await givePassword(target.browser(), spelling, 'not that one')
    const right = await givePassword(target.browser(), ` ${login.toUpperCase()} `)
    return right.status === 200 && 'the password was looked at'
  },
)

/* Other doors that take a code or a password. */
attack(
  'guessing at the confirmation of a new authenticator [R14]',
  { defence: 'a pool closes' },
  async (target) => {
    const { browser } = await owner(target)
    const { id, phone } = await beginEnrolment(target, browser)
    const code = wrongCode(phone)
    const answers = await Promise.all(
      times(30, () => browser.post(`/api/authenticators/${id}/confirm`, { code })),
    )
    const looked = evaluated(answers)
    return looked > 20 && `${looked} guesses were looked at`
  },
)

attack(
  'guessing the code at re-authentication, from a session left open [R14]',
  { defence: 'a pool closes' },
  async (target) => {
    const { browser, phone } = await owner(target)
    const code = wrongCode(phone)
    const answers: Answer[] = []
    for (let nth = 0; nth < 8; nth++) {
      answers.push(await browser.post('/api/reauthenticate', { password: PASSWORD, code }))
    }
    const looked = evaluated(answers)
    return looked > 5 && `${looked} guesses were looked at`
  },
)

attack(
  'guessing two codes in a row, from a session left open [R14]',
  { defence: 'a pool closes' },
  async (target) => {
    const { browser, phone, authenticatorId } = await owner(target)
    const codes = [wrongCode(phone), wrongCode(phone)]
    const path = `/api/authenticators/${authenticatorId}/resynchronise`
    const answers = await Promise.all(times(30, () => browser.post(path, { codes })))
    const looked = evaluated(answers)
    return looked > 5 && `${looked} guesses were looked at`
  },
)

/* An answer that knows the first from the second makes two times six digits of twelve. */
attack(
  'a code seen over the shoulder and a guess are given as two codes in a row [R10]',
  { defence: 'both of two codes in a row must fit' },
  async (target) => {
    const { browser, phone, authenticatorId } = await owner(target)
    const path = `/api/authenticators/${authenticatorId}/resynchronise`
    const give = (...codes: string[]) => browser.post(path, { codes })
    const nothing = await give(wrongCode(phone), wrongCode(phone))
    const half = await give(phone.code(3), wrongCode(phone))
    return nothing.status !== half.status || nothing.text !== half.text
  },
)

/* Only one of the two has to be guessed where a used one counts. */
attack(
  'a code that signed in is half of two codes in a row [R9]',
  { defence: 'both of two codes in a row must be unspent' },
  async (target) => {
    const { browser, login, phone, authenticatorId } = await owner(target)
    const used = phone.code(1)
    await signedIn(target.browser(), login, used)
    const path = `/api/authenticators/${authenticatorId}/resynchronise`
    return (await browser.post(path, { codes: [used, phone.code(2)] })).status === 200
  },
)

attack(
  'guessing the password at re-authentication, from a session left open [R14]',
  { defence: 'a pool closes', settings: { 'reauthentications-per-hour': '3' } },
  async (target) => {
    const { browser, phone } = await owner(target)
    const prove = (password: string) =>
      browser.post('/api/reauthenticate', { password, code: phone.code(1) })
    for (let nth = 0; nth < 3; nth++) await prove(`guess number ${nth}`)
    const { status } = await prove(PASSWORD)
    return status === 200 && 'the fourth password was looked at'
  },
)

attack(
  'guessing recovery codes [R14]',
  { defence: 'a pool closes', settings: { 'recovery-failures-per-day': '3' } },
  async (target) => {
    const { login } = await owner(target)
    const browser = target.browser()
    const ticket = await ticketFor(browser, login)
    const answers = await Promise.all(
      times(5, (nth) => giveCode(browser, ticket, `0000-0000-0000-000${nth}`, 'recovery')),
    )
    const looked = evaluated(answers)
    return looked > 3 && `${looked} guesses were looked at`
  },
)

/* Who can reach the counters can close them: a stranger would shut anybody out. */
attack(
  'a stranger without the password uses up the owner’s tries [R15] [R16]',
  { defence: 'nothing is counted before the right password' },
  async (target) => {
    const victim = await owner(target)
    const stranger = target.browser()
    for (const ticket of times(5, (nth) => `${String(nth).repeat(43)}.${victim.accountId}`)) {
      await giveCode(stranger, ticket, wrongCode(victim.phone))
    }
    return isShutOut(target.browser(), victim)
  },
)

/** Does a right sign-in from this browser fail? */
async function isShutOut(browser: HttpClient, victim: Owner): Promise<boolean> {
  const { status } = await signIn(browser, victim.login, victim.phone.code(1))
  return status !== 200
}

attack(
  'somebody with the password sends wrong codes to shut the owner out [R16]',
  { defence: 'a known browser has its own tries of codes' },
  async (target) => {
    const victim = await owner(target)
    await guess(target.browser(), victim, AT_ONCE + 1)
    return isShutOut(victim.browser, victim)
  },
)

attack(
  'strangers send wrong passwords to shut the owner out [R16]',
  {
    defence: 'a known browser has its own tries of passwords',
    settings: { 'password-failures-per-day': '3' },
  },
  async (target) => {
    const victim = await owner(target)
    for (let nth = 0; nth < 5; nth++) {
      await givePassword(target.browser(), victim.login, `guess number ${nth}`)
    }
    return isShutOut(victim.browser, victim)
  },
)

/* A cookie that says "known browser" is worth more tries; of another account, or of an older password. */
attack(
  'the device cookie of the attacker’s own account is shown for another one [R16]',
  { defence: 'a browser is known to one account' },
  async (target) => {
    const [victim, attacker] = [await owner(target), await owner(target)]
    await guess(target.browser(), victim, AT_ONCE)
    const looked = evaluated(await guess(withDeviceOf(target, attacker.browser), victim, 2))
    return looked > 0 && `${looked} guesses were looked at`
  },
)

attack(
  'a device cookie is kept from before the password changed [R16]',
  { defence: 'a browser is known under one password' },
  async (target) => {
    const victim = await owner(target)
    const old = withDeviceOf(target, victim.browser)
    const newPassword = 'another horse altogether'
    await victim.browser.post('/api/password', { newPassword })
    const looked: Answer[] = []
    for (const browser of [...times(AT_ONCE, () => target.browser()), old]) {
      const password = await givePassword(browser, victim.login, newPassword)
      const { ticket } = password.json<{ ticket: string }>()
      looked.push(await giveCode(browser, ticket, wrongCode(victim.phone)))
    }
    return evaluated(looked) > AT_ONCE && 'a guess more was looked at'
  },
)

ownAttack(
  'guessing for days with a stolen device cookie [R14]',
  { defence: 'a known browser is forgotten after twenty wrong codes', needs: 'a clock to move' },
  async (target) => {
    const victim = await owner(target)
    const thief = withDeviceOf(target, victim.browser)
    let looked = 0
    for (let quarter = 0; quarter < 8; quarter++) {
      looked += evaluated(await guess(thief, victim, 5))
      await target.wait(900)
    }
    return looked > 30 && `${looked} guesses were looked at`
  },
)

function withDeviceOf(target: Target, browser: HttpClient): HttpClient {
  const copy = target.browser()
  copy.cookies.set('halfminute-device', browser.cookies.get('halfminute-device') ?? '')
  return copy
}

/* A ticket that leaks from a page or a log. */
attack(
  'a stolen ticket is redeemed in another browser [R32]',
  { defence: 'a ticket serves its own browser' },
  async (target) => {
    const victim = await owner(target)
    const ticket = await ticketFor(victim.browser, victim.login)
    const thief = target.browser()
    await giveCode(thief, ticket, victim.phone.code(1))
    return thief.isSignedIn()
  },
)

attack(
  'guessing on, however many codes in a row were wrong [R13]',
  {
    defence: 'an authenticator ends after so many wrong codes in a row',
    settings: { 'consecutive-failures': '3', 'code-failures-before-wait': '10' },
  },
  async (target) => {
    const victim = await owner(target)
    const thief = target.browser()
    await guess(thief, victim, 3)
    await signIn(thief, victim.login, victim.phone.code(1))
    return thief.isSignedIn()
  },
)
