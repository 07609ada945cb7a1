/** One-time things used by many at the same moment: at most one may win. */
import { giveCode } from '../support/person.ts'
import { attack } from './support/attack.ts'
import { copyOf, givePassword, owner, signedIn, times } from './support/people.ts'
import type { HttpClient } from '../support/person.ts'
import type { Target } from './support/target.ts'

interface Entrant {
  readonly browser: HttpClient
  readonly ticket: string
}

/** Browsers that have given the password. */
async function entrants(target: Target, login: string, count: number): Promise<Entrant[]> {
  return Promise.all(
    times(count, async () => {
      const browser = target.browser()
      const answer = await givePassword(browser, login)
      return { browser, ticket: answer.json<{ ticket: string }>().ticket }
    }),
  )
}

async function sessionsOf(browsers: readonly HttpClient[]): Promise<number> {
  const signedInOnes = await Promise.all(browsers.map((browser) => browser.isSignedIn()))
  return signedInOnes.filter(Boolean).length
}

/** How many sessions 50 sign-ins with one code get. */
async function fiftyWith(
  target: Target,
  login: string,
  [code, method]: readonly [string, 'totp' | 'recovery'],
): Promise<number> {
  const all = await entrants(target, login, 50)
  const answers = await Promise.all(
    all.map(({ browser, ticket }) => giveCode(browser, ticket, code, method)),
  )
  const sessions = await sessionsOf(all.map(({ browser }) => browser))
  if (!answers.some(({ status }) => status === 200)) throw new Error('nobody got in')
  return sessions
}

/* A phishing page passes the code on at the moment when its owner uses it. */
attack(
  '50 sign-ins send the same code at the same moment [R9]',
  { defence: 'the step is spent in the write that makes the session' },
  async (target) => {
    const { login, phone } = await owner(target)
    const sessions = await fiftyWith(target, login, [phone.code(1), 'totp'])
    return sessions > 1 && `${sessions} sessions`
  },
)

attack(
  '50 sign-ins send the same recovery code at the same moment [R20]',
  { defence: 'a recovery code is used in the write that makes the session' },
  async (target) => {
    const { login, recoveryCodes } = await owner(target)
    const sessions = await fiftyWith(target, login, [recoveryCodes[0] ?? '', 'recovery'])
    return sessions > 1 && `${sessions} sessions`
  },
)

/* Two requests that each read the list, cross out one code and write it back bring the other one back. */
attack(
  'two recovery codes are used at the same moment so that one of them comes back [R20]',
  { defence: 'each recovery code is a row of its own' },
  async (target) => {
    const { login, recoveryCodes } = await owner(target)
    const both = recoveryCodes.slice(0, 2)
    await Promise.all(both.map((code) => signedIn(target.browser(), login, code, 'recovery')))
    const revived = await entrants(target, login, 2)
    for (const [nth, { browser, ticket }] of revived.entries()) {
      await giveCode(browser, ticket, both[nth] ?? '', 'recovery')
    }
    const sessions = await sessionsOf(revived.map(({ browser }) => browser))
    return sessions > 0 && `${sessions} used codes worked again`
  },
)

/* One right password is one sign-in, however many right proofs come with it. */
attack(
  'one ticket is redeemed with a code and three recovery codes at the same moment [R9] [R32]',
  { defence: 'a ticket is redeemed once' },
  async (target) => {
    const { login, phone, recoveryCodes } = await owner(target)
    const [entrant] = await entrants(target, login, 1)
    if (entrant === undefined) return undefined
    const twins = times(4, () => copyOf(entrant.browser, target))
    await Promise.all(
      twins.map((twin, nth) =>
        nth === 3
          ? giveCode(twin, entrant.ticket, phone.code(1))
          : giveCode(twin, entrant.ticket, recoveryCodes[nth] ?? '', 'recovery'),
      ),
    )
    const sessions = await sessionsOf(twins)
    return sessions > 1 && `${sessions} sessions`
  },
)
