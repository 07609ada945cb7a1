/**
 * Who has an account here, and who has a second factor? Read from the answers by somebody who has no
 * password. An answer is compared as a whole: status, headers and every byte of its body.
 */
import { giveCode, PASSWORD } from '../support/person.ts'
import type { Answer, HttpClient } from '../support/person.ts'
import { attack } from './support/attack.ts'
import { givePassword, newcomer, newLogin, owner } from './support/people.ts'

/** A way in for people or for programs. */
type Face = (browser: HttpClient, login: string, password: string) => Promise<Answer>

const SIGN_IN: Readonly<Record<string, Face>> = {
  API: givePassword,
  page: (browser, login, password) => browser.send('POST', '/login', { form: { login, password } }),
}

const REGISTER: Readonly<Record<string, Face>> = {
  API: (browser, login, password) => browser.post('/api/register', { login, password }),
  page: (browser, login, password) =>
    browser.send('POST', '/register', { form: { login, password } }),
}

/** How one login may be typed. */
const SPELLINGS: Readonly<Record<string, (login: string) => string>> = {
  'as it is': (login) => login,
  'in capitals': (login) => login.toUpperCase(),
  'between spaces': (login) => ` ${login}  `,
  'in full-width letters': (login) =>
    login.replaceAll(/[!-~]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfe_e0)),
  'with a NUL': (login) => `${login}\0`,
}

const WRONG = `${PASSWORD}, but wrong`

/** New in every answer, whoever asks. */
const OWN_OF_EACH = new Set(['date', 'x-request-id'])

/** All that an answer shows. A form comes back with the login that was typed, and its length is the same. */
function shown(answer: Answer, login: string): string[] {
  const headers = [...answer.headers].filter(([name]) => !OWN_OF_EACH.has(name))
  const all = [`status ${answer.status}`, ...headers.map((pair) => pair.join(': ')), answer.text]
  const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
  return all.map((one) => one.replaceAll(login, 'LOGIN').replaceAll(nonce ?? 'NONCE', 'NONCE'))
}

/** @returns what tells the two apart */
function differences(
  where: string,
  one: readonly string[],
  other: readonly string[],
): readonly string[] {
  const apart = one.filter((part) => !other.includes(part))
  const more = other.filter((part) => !one.includes(part))
  return [...apart, ...more].map((part) => `${where}: ${part}`)
}

/* A list of addresses goes in, the customers come out: for phishing, or for whoever looks for one person. */
attack(
  'an unknown login is told from a wrong password, however it is spelled [R29]',
  { defence: 'an unknown login and a wrong password are one answer' },
  async (target) => {
    const { login } = await owner(target)
    const unknown = newLogin()
    const gains: string[] = []
    for (const [face, signIn] of Object.entries(SIGN_IN)) {
      for (const [how, spelled] of Object.entries(SPELLINGS)) {
        const [known, nobody] = [spelled(login), spelled(unknown)]
        const wrong = shown(await signIn(target.browser(), known, WRONG), known)
        const none = shown(await signIn(target.browser(), nobody, WRONG), nobody)
        gains.push(...differences(`${how}, ${face}`, wrong, none))
      }
    }
    return gains
  },
)

/* Whoever sees which accounts have no phone knows where a password is enough. */
attack(
  'an account with a phone is told from one without, before the password [R29] [R15]',
  { defence: 'a second factor is told of after the right password' },
  async (target) => {
    const [{ login: withPhone }, { login: without }] = [await owner(target), await newcomer(target)]
    const gains: string[] = []
    for (const [face, signIn] of Object.entries(SIGN_IN)) {
      const one = shown(await signIn(target.browser(), withPhone, WRONG), withPhone)
      const other = shown(await signIn(target.browser(), without, WRONG), without)
      gains.push(...differences(face, one, other))
    }
    return gains
  },
)

/* A ticket names its account, and the ids of accounts are no secret. */
attack(
  'invented tickets ask which accounts there are and which have a phone [R29] [R32]',
  { defence: 'an invented ticket is refused whoever it names' },
  async (target) => {
    const [ada, bob] = [await owner(target), await newcomer(target)]
    const asked = async (accountId: string) => {
      const ticket = `${'A'.repeat(43)}.${accountId}`
      const browser = target.browser()
      browser.cookies.set('halfminute-ticket', ticket)
      const page = await browser.get('/login/code')
      const form = { code: ada.phone.code(1), method: 'totp' }
      return [
        ...shown(page, accountId),
        ...shown(await giveCode(target.browser(), ticket, ada.phone.code(1)), accountId),
        ...shown(
          await giveCode(target.browser(), ticket, ada.recoveryCodes[0] ?? '', 'recovery'),
          accountId,
        ),
        ...shown(await browser.send('POST', '/login/code', { form }), accountId),
      ]
    }
    const nobody = await asked('0'.repeat(32))
    return [
      ...differences('with a phone', await asked(ada.accountId), nobody),
      ...differences('without', await asked(bob.accountId), nobody),
    ]
  },
)

/** Two wrong passwords close it; the answer to the one of each face is what every later one must be. */
const CLOSED_BY_TWO = { 'password-failures-per-day': '2' }

/* "Too many attempts" for the logins that exist, and only for them, would be the same list again. */
attack(
  'a closed pool is told from a wrong password, and so is what lies behind it [R29] [R16]',
  { defence: 'a closed pool answers like a wrong password', settings: CLOSED_BY_TWO },
  async (target) => {
    const { login } = await owner(target)
    const unknown = newLogin()
    const open: Record<string, readonly string[]> = {}
    for (const [face, signIn] of Object.entries(SIGN_IN)) {
      open[face] = shown(await signIn(target.browser(), login, WRONG), login)
      await signIn(target.browser(), unknown, WRONG)
    }
    const gains: string[] = []
    for (const [face, signIn] of Object.entries(SIGN_IN)) {
      for (const [what, who, password] of [
        ['a wrong password', login, WRONG],
        ['the right password', login, PASSWORD],
        ['an unknown login', unknown, WRONG],
      ] as const) {
        const closed = shown(await signIn(target.browser(), who, password), who)
        gains.push(...differences(`${what}, ${face}`, closed, open[face] ?? []))
      }
    }
    return gains
  },
)

/* Somebody who guesses on behind a closed pool must not learn that the guess was right. */
attack(
  'the right password is found behind a closed pool [R29] [R16]',
  { defence: 'a closed pool looks at no password', settings: CLOSED_BY_TWO },
  async (target) => {
    const { login } = await owner(target)
    for (let nth = 0; nth < 2; nth++) await givePassword(target.browser(), login, WRONG)
    const wrong = shown(await givePassword(target.browser(), login, WRONG), login)
    const right = shown(await givePassword(target.browser(), login), login)
    return differences('the right one', right, wrong)
  },
)

/** What the rules refuse, whoever it is for. */
const WEAK: Readonly<Record<string, (login: string) => string>> = {
  'too short': () => 'short',
  common: () => 'password',
  'too long': () => 'x'.repeat(1_025),
  'the login itself': (login) => login,
}

/* Registering with a password that will not do costs nothing, leaves nothing behind, and can be repeated. */
attack(
  'a weak password asks whether a login is taken, and no account comes of it [R29]',
  { defence: 'a taken login is told after the password rules' },
  async (target) => {
    const { login: taken } = await owner(target)
    const free = newLogin()
    const gains: string[] = []
    for (const [face, register] of Object.entries(REGISTER)) {
      for (const [how, weak] of Object.entries(WEAK)) {
        for (const [spelling, spelled] of Object.entries(SPELLINGS)) {
          const [one, other] = [spelled(taken), spelled(free)]
          const known = shown(await register(target.browser(), one, weak(one)), one)
          const none = shown(await register(target.browser(), other, weak(other)), other)
          gains.push(...differences(`${how}, ${spelling}, ${face}`, known, none))
        }
      }
    }
    return gains
  },
)

const FORGOTTEN: Readonly<Record<string, (browser: HttpClient, login: string) => Promise<Answer>>> =
  {
    API: (browser, login) => browser.post('/api/password/forgot', { login }),
    page: (browser, login) => browser.send('POST', '/password/forgot', { form: { login } }),
    'the page after it': async (browser, login) => {
      await browser.send('POST', '/password/forgot', { form: { login } })
      return browser.get('/password/reset')
    },
  }

/* The place where most services tell: "there is no account with this address". */
attack(
  'asking for a new password tells who has an account [R29] [R37]',
  { defence: 'asking for a new password answers alike' },
  async (target) => {
    const { login } = await newcomer(target)
    const unknown = newLogin()
    const gains: string[] = []
    for (const [face, ask] of Object.entries(FORGOTTEN)) {
      const known = shown(await ask(target.browser(), login), login)
      const none = shown(await ask(target.browser(), unknown), unknown)
      gains.push(...differences(face, known, none))
    }
    return gains
  },
)
