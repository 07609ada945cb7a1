/** A code that was used is sent again: at once, later, elsewhere, for something else. */
import { attack, ownAttack } from './support/attack.ts'
import { PASSWORD } from '../support/person.ts'
import type { Answer } from '../support/person.ts'
import { copyOf, owner, signedIn, signIn, signInByPage, wrongCode } from './support/people.ts'

/** All of an answer but what differs each time. */
function visible({ status, headers, text }: Answer): string {
  const kept = [...headers].filter(
    ([name]) => !['date', 'x-request-id', 'content-security-policy'].includes(name),
  )
  return JSON.stringify([status, kept, text])
}

/* A code stays on the screen for half a minute: whoever reads it over a shoulder can be as fast. */
attack(
  'a code read over the shoulder is sent again in the same step [R9]',
  { defence: 'a spent step is skipped, and spent once' },
  async (target) => {
    const { login, phone } = await owner(target)
    const code = phone.code(1)
    await signedIn(target.browser(), login, code)
    const thief = target.browser()
    await signIn(thief, login, code)
    return thief.isSignedIn()
  },
)

/* The code of the step before is still taken, for slow typists; not from a second one. */
ownAttack(
  'a used code is sent again 31 s later [R9]',
  { defence: 'a spent step is skipped, and spent once', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    await target.wait(30)
    const code = phone.code()
    await signedIn(target.browser(), login, code)
    await target.wait(31)
    const thief = target.browser()
    await signIn(thief, login, code)
    return thief.isSignedIn()
  },
)

/* A phone that is ahead of time gives a code early; its own time is still to come. */
ownAttack(
  'a code used early is sent again when its time has come [R9]',
  { defence: 'a code spends its own step, not the present one', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    await target.wait(60)
    const code = phone.code(1)
    await signedIn(target.browser(), login, code)
    await target.wait(30)
    const thief = target.browser()
    await signIn(thief, login, code)
    return thief.isSignedIn()
  },
)

/* A page in the middle holds back the first code, says it was wrong, and passes on the second. */
ownAttack(
  'a code held back is used after a newer one [R9]',
  { defence: 'the newest spent step only grows', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    await target.wait(60)
    const heldBack = phone.code()
    await signedIn(target.browser(), login, phone.code(1))
    const thief = target.browser()
    await signIn(thief, login, heldBack)
    return thief.isSignedIn()
  },
)

ownAttack(
  'a code is written down and used a minute later [R7]',
  { defence: 'one step on either side is taken, no more', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    await target.wait(60)
    const writtenDown = phone.code()
    await target.wait(60)
    const thief = target.browser()
    await signIn(thief, login, writtenDown)
    return thief.isSignedIn()
  },
)

/* Enrolling happens on a big screen, often with somebody beside it. */
attack(
  'the code that confirmed the phone signs in [R9]',
  { defence: 'the code that confirms is spent' },
  async (target) => {
    const { login, phone } = await owner(target)
    const thief = target.browser()
    await signIn(thief, login, phone.code())
    return thief.isSignedIn()
  },
)

attack(
  'the code that confirmed the phone re-authenticates [R9] [R35]',
  { defence: 'the code that confirms is spent' },
  async (target) => {
    const { browser, phone } = await owner(target)
    const proofs = { password: PASSWORD, code: phone.code() }
    return (await browser.post('/api/reauthenticate', proofs)).status === 200
  },
)

/* A stolen session is too old for changes; the owner signs in elsewhere, and the thief sees the code. */
ownAttack(
  'a code used to sign in makes a stolen session fresh, and takes the phone off the account [R9] [R35]',
  { defence: 'a spent step is skipped, and spent once', needs: 'a clock to move' },
  async (target) => {
    const { login, phone, browser, authenticatorId } = await owner(target)
    const thief = copyOf(browser, target)
    await target.wait(600)
    const code = phone.code()
    await signedIn(target.browser(), login, code)
    await thief.post('/api/reauthenticate', { password: PASSWORD, code })
    const regenerated = await thief.post('/api/recovery-codes')
    const removed = await thief.send('DELETE', `/api/authenticators/${authenticatorId}`)
    return [
      ...(regenerated.status === 200 ? ['recovery codes of the account'] : []),
      ...(removed.status === 204 ? ['the phone removed'] : []),
    ]
  },
)

/* Two doors of one house: what one has taken the other must know. */
attack(
  'a code used through the API is used on the page, and the other way round [R9]',
  { defence: 'a spent step is skipped, and spent once' },
  async (target) => {
    const doors = [signIn, signInByPage]
    const gains: string[] = []
    for (const [first, second] of [doors, doors.toReversed()]) {
      const { login, phone } = await owner(target)
      const code = phone.code(1)
      const person = target.browser()
      await first?.(person, login, code)
      if (!(await person.isSignedIn())) throw new Error('the owner cannot sign in')
      const thief = target.browser()
      await second?.(thief, login, code)
      if (await thief.isSignedIn()) gains.push(`a session by ${second?.name}`)
    }
    return gains
  },
)

/* Whoever may ask "is this a code of the near future?" needs one guess fewer for each that is. */
attack(
  'the answer to a future code differs from that to a random one [R10]',
  { defence: 'a future code is refused like any other' },
  async (target) => {
    const { login, phone } = await owner(target)
    const random = await signIn(target.browser(), login, wrongCode(phone))
    const future = await signIn(target.browser(), login, phone.code(10))
    return visible(random) !== visible(future)
  },
)

/* "Right, but late" is worth having where a clock goes back: a server's own, or a second server's. */
ownAttack(
  'a code that was told to be late is sent again after the clock was set back [R9] [R10]',
  { defence: 'a code that is told to be late is spent', needs: 'a clock to move' },
  async (target) => {
    const { login, phone } = await owner(target)
    await target.wait(300)
    const late = phone.code(-3)
    const told = await signIn(target.browser(), login, late)
    if (!told.text.includes('"phoneBehindSeconds":90')) throw new Error('it was not told')
    await target.wait(-90)
    const thief = target.browser()
    await signIn(thief, login, late)
    await target.wait(90)
    return thief.isSignedIn()
  },
)

attack(
  'a recovery code works a second time [R20]',
  { defence: 'a used recovery code is found no more' },
  async (target) => {
    const { login, recoveryCodes } = await owner(target)
    const code = recoveryCodes[0] ?? ''
    await signedIn(target.browser(), login, code, 'recovery')
    const thief = target.browser()
    await signIn(thief, login, code, 'recovery')
    return thief.isSignedIn()
  },
)

/* The old list lies in a drawer, or in a mailbox; a new one was made because of that. */
attack(
  'a recovery code of the old list works after a new one was made [R20]',
  { defence: 'a new set of recovery codes voids the old one' },
  async (target) => {
    const { login, browser, recoveryCodes } = await owner(target)
    await browser.post('/api/recovery-codes')
    const thief = target.browser()
    await signIn(thief, login, recoveryCodes[0] ?? '', 'recovery')
    return thief.isSignedIn()
  },
)
