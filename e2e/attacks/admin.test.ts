/** Administration in the wrong hands, and the password's holder who waits for a reset. */
import assert from 'node:assert/strict'
import { giveCode } from '../support/person.ts'
import type { HttpClient, Sending } from '../support/person.ts'
import { ownAttack } from './support/attack.ts'
import { administrator, invitationFrom } from './support/admins.ts'
import {
  beginEnrolment,
  confirm,
  copyOf,
  givePassword,
  newcomer,
  owner,
  signedIn,
  times,
} from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { OwnTarget } from './support/target.ts'

const CLOCK = { needs: 'a clock to move' } as const

type Request = readonly [method: string, path: string, sending?: Sending]

/** Everything that an administrator may do to that account, looking first and breaking last. */
function deeds({ accountId, authenticatorId }: Owner): readonly Request[] {
  const api = `/api/admin/accounts/${accountId}`
  const page = `/admin/accounts/${accountId}`
  return [
    ['GET', '/api/admin/accounts'],
    ['POST', '/api/admin/accounts/search', { json: { login: 'a' } }],
    ['GET', api],
    ['GET', `${api}/events`],
    ['POST', '/api/admin/invitations'],
    ['GET', '/admin', { headers: { accept: 'text/html' } }],
    ['GET', page, { headers: { accept: 'text/html' } }],
    ['GET', `${page}/reset-second-factor`, { headers: { accept: 'text/html' } }],
    ['POST', '/admin/accounts', { form: { login: 'a' } }],
    ['POST', '/admin/invitations', { form: {} }],
    ['DELETE', `${api}/sessions`],
    ['POST', `${page}/sessions/end`, { form: {} }],
    ['DELETE', `${api}/authenticators/${authenticatorId}`],
    ['POST', `${page}/authenticators/${authenticatorId}/remove`, { form: {} }],
    ['POST', `${api}/reset-second-factor`],
    ['POST', `${page}/reset-second-factor`, { form: {} }],
  ]
}

/** Which of them were answered, or did something. */
async function done(browser: HttpClient, person: Owner): Promise<string[]> {
  const gains: string[] = []
  for (const [method, path, sending] of deeds(person)) {
    const { status, headers } = await browser.send(method, path, sending)
    const elsewhere = /^\/(login|reauthenticate|account)/.test(headers.get('location') ?? '')
    if (status < 400 && !elsewhere) gains.push(`${method} ${path}`)
  }
  if (!(await person.browser.isSignedIn())) gains.push('Ada’s session is over')
  return gains
}

/** By an administrator, who does it in good faith. */
async function reset(target: OwnTarget, accountId: string): Promise<void> {
  const { browser } = await administrator(target)
  const answer = await browser.post(`/api/admin/accounts/${accountId}/reset-second-factor`)
  assert.equal(answer.status, 204, answer.text)
}

ownAttack(
  'somebody with an account of their own helps themselves to others [R46]',
  { defence: 'administration is for administrators', ...CLOCK },
  async (target) => {
    const [ada, mallory] = [await owner(target), await owner(target)]
    return done(mallory.browser, ada)
  },
)

/* Where the second factor is optional an administrator might give it up; then the password enrols the next. */
ownAttack(
  'an administrator’s password is enough to be one [R46]',
  {
    defence: 'an administrator keeps a second factor',
    settings: { 'require-second-factor': 'optional' },
    ...CLOCK,
  },
  async (target) => {
    const [ada, root] = [await owner(target), await administrator(target)]
    await root.browser.send('DELETE', `/api/authenticators/${root.authenticatorId}`)
    const thief = target.browser()
    await givePassword(thief, root.login)
    if (await thief.isSignedIn()) await confirm(thief, await beginEnrolment(target, thief))
    return done(thief, ada)
  },
)

/* A browser left open has the cookie, and not the phone. */
ownAttack(
  'an administrator’s stolen session takes factors away [R46] [R35]',
  { defence: 'changes ask for a fresh session', ...CLOCK },
  async (target) => {
    const [ada, root] = [await owner(target), await administrator(target)]
    const thief = copyOf(root.browser, target)
    await target.wait(301)
    const path = `/api/admin/accounts/${ada.accountId}/reset-second-factor`
    return (await thief.post(path)).status < 400
  },
)

ownAttack(
  'a page of another site resets somebody with an administrator’s cookies [R46] [R40]',
  { defence: 'a change comes from this very site', ...CLOCK },
  async (target) => {
    const [ada, root] = [await owner(target), await administrator(target)]
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    for (const [method, path, sending] of deeds(ada)) {
      if (method !== 'GET') await root.browser.send(method, path, { ...sending, headers })
    }
    return !(await ada.browser.isSignedIn())
  },
)

/* The own factors change behind a password and a code, not behind a list of accounts. */
ownAttack(
  'an administrator goes round the rules for the own account [R46]',
  { defence: 'an administrator leaves the own account alone', ...CLOCK },
  async (target) => {
    const root = await administrator(target)
    const path = `/api/admin/accounts/${root.accountId}/reset-second-factor`
    return (await root.browser.post(path)).status < 400
  },
)

ownAttack(
  'twenty people claim one invitation at the same moment [R47]',
  { defence: 'an invitation works once', ...CLOCK },
  async (target) => {
    const people = await Promise.all(times(5, () => owner(target)))
    const invitation = await invitationFrom(target)
    const fresh = await Promise.all(
      people.map(({ login, phone }) => signedIn(target.browser(), login, phone.code())),
    )
    const claims = times(20, async (nth) =>
      fresh[nth % 5]?.post('/api/admin/claim', { invitation }),
    )
    const answers = await Promise.all(claims)
    const made = answers.filter((answer) => answer?.status === 204).length
    assert.ok(made >= 1)
    return made > 1 && `${made} administrators of one invitation`
  },
)

ownAttack(
  'an invitation is found an hour later [R47]',
  { defence: 'an invitation lives an hour', ...CLOCK },
  async (target) => {
    const mallory = await owner(target)
    const invitation = await invitationFrom(target)
    await target.wait(3_600)
    const browser = await signedIn(target.browser(), mallory.login, mallory.phone.code())
    return (await browser.post('/api/admin/claim', { invitation })).status === 204
  },
)

/* Found out and revoked, with an invitation for a friend in the pocket. */
ownAttack(
  'a revoked administrator has invited the next one [R47]',
  { defence: 'the inviter must still be an administrator', ...CLOCK },
  async (target) => {
    const [mallory, friend] = [await administrator(target), await owner(target)]
    const made = await mallory.browser.post('/api/admin/invitations')
    const { invitation } = made.json<{ invitation: string }>()
    const revoke = ['admin', 'revoke', mallory.login, '--yes', '--database', 'a.db']
    const { code, stderr } = await target.command(...revoke)
    assert.equal(code, 0, stderr)
    return (await friend.browser.post('/api/admin/claim', { invitation })).status === 204
  },
)

ownAttack(
  'a stolen session outlives a reset [R46] [R34]',
  { defence: 'a reset of the factors ends the sessions', ...CLOCK },
  async (target) => {
    const ada = await owner(target)
    const thief = copyOf(ada.browser, target)
    await reset(target, ada.accountId)
    return thief.isSignedIn()
  },
)

/** With the password, on a new phone. */
async function enrolAnew(target: OwnTarget, { login }: Owner): Promise<string> {
  const browser = target.browser()
  await givePassword(browser, login)
  const pending = await beginEnrolment(target, browser)
  await confirm(browser, pending)
  return pending.phone.code(1)
}

/* He had the password and was asked for the code; now there is a new phone, over whose owner's shoulder he looks. */
ownAttack(
  'a ticket from before a reset is redeemed with a code of the new phone [R46]',
  { defence: 'a reset ends the sign-ins under way', ...CLOCK },
  async (target) => {
    const ada = await owner(target)
    const thief = target.browser()
    const answer = await givePassword(thief, ada.login)
    await reset(target, ada.accountId)
    const code = await enrolAnew(target, ada)
    await giveCode(thief, answer.json<{ ticket: string }>().ticket, code)
    return thief.isSignedIn()
  },
)

ownAttack(
  'a recovery code from before a reset signs in [R46] [R50]',
  { defence: 'a reset voids the recovery codes', ...CLOCK },
  async (target) => {
    const ada = await owner(target)
    await reset(target, ada.accountId)
    await enrolAnew(target, ada)
    const thief = target.browser()
    const answer = await givePassword(thief, ada.login)
    const { ticket } = answer.json<{ ticket: string }>()
    await giveCode(thief, ticket, ada.recoveryCodes[0] ?? '', 'recovery')
    return thief.isSignedIn()
  },
)

/* Ada was on holiday, or has left: nobody takes the reset up, and somebody has known her password for years. */
ownAttack(
  'the password alone finds a reset that was forgotten [R46]',
  { defence: 'a reset waits for its person a day only', ...CLOCK },
  async (target) => {
    const ada = await owner(target)
    await reset(target, ada.accountId)
    await target.wait(86_400)
    const thief = target.browser()
    await givePassword(thief, ada.login)
    return thief.isSignedIn()
  },
)

/* Ada protected her account although nobody made her; a reset must not make that her password's business. */
ownAttack(
  'a reset leaves an account to its password where the second factor is optional [R46]',
  {
    defence: 'after a reset everybody enrols anew',
    settings: { 'require-second-factor': 'optional' },
    ...CLOCK,
  },
  async (target) => {
    const ada = await owner(target)
    await reset(target, ada.accountId)
    const thief = target.browser()
    await givePassword(thief, ada.login)
    return (await thief.get('/api/events')).status === 200
  },
)

/* Whoever has an administrator's password talks another one into a reset, and enrols first. */
ownAttack(
  'the first to enrol after an administrator’s reset is an administrator [R46]',
  { defence: 'an administrator who was reset is none any more', ...CLOCK },
  async (target) => {
    const [root, ada] = [await administrator(target), await newcomer(target)]
    await reset(target, root.accountId)
    const thief = target.browser()
    await givePassword(thief, root.login)
    await confirm(thief, await beginEnrolment(target, thief))
    return (await thief.get(`/api/admin/accounts/${ada.accountId}`)).status === 200
  },
)
