/** A year of an attacker who has the password, against the real limits with a moved clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, GOAL_PER_YEAR, guessingOdds } from '@halfminute/engine'
import { client, openEngine, signedUpPerson, signIn, ticketOf, wrongCode } from './support.ts'
import type { Harness, Person } from './support.ts'

const DAY_SECONDS = 86_400
const stranger = { ...client, source: '198.51.100.7' }

/** One guess from a browser that the account does not know. @returns the seconds to wait, 0 if it was looked at */
async function guess({ engine }: Harness, person: Person, nth: number): Promise<number> {
  const ticket = await ticketOf(engine, person, stranger)
  const code = wrongCode(person.phone, nth)
  const outcome = await engine.login.code({ ticket, method: 'totp', code, ...stranger })
  assert.ok('code' in outcome)
  if (outcome.code === 'CODE_REFUSED') return 0
  assert.equal(outcome.code, 'TOO_MANY_ATTEMPTS')
  return outcome.retryAfterSeconds ?? assert.fail('no time to come back')
}

/** Guesses at the very second at which that is allowed, all year; the owner does nothing about it. */
test('in a year an attacker has no more tries than the odds say, and the owner signs in daily [R14 R16]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  await signIn(harness, person)
  clock.wait(60)
  const ticket = await ticketOf(engine, person)
  const first = { ticket, method: 'totp', code: person.phone.code(), ...client } as const
  const known = await engine.login.code(first)
  assert.ok(known.status === 'signed_in' && known.device !== undefined)
  const browser = { ...client, device: known.device }

  const begun = clock.nowSeconds()
  let evaluated = 0
  for (let day = 1; day <= 365; day++) {
    const evening = begun + day * DAY_SECONDS
    for (let wait = 0; clock.nowSeconds() + wait < evening;) {
      clock.wait(wait)
      wait = await guess(harness, person, evaluated % 200)
      if (wait === 0) evaluated++
    }
    clock.wait(evening - clock.nowSeconds())
    const own = { ticket: await ticketOf(engine, person, browser), code: person.phone.code() }
    const outcome = await engine.login.code({ ...own, method: 'totp', ...browser })
    assert.equal(outcome.status, 'signed_in', `day ${day}`)
  }
  const { triesPerYear, perTry, perYear } = guessingOdds(DEFAULT_LIMITS)
  const chance = 1 - (1 - perTry) ** evaluated
  t.diagnostic(
    `${evaluated} of at most ${triesPerYear} tries: a chance of ${chance.toExponential(2)}`,
  )
  assert.ok(evaluated <= triesPerYear, String(evaluated))
  assert.ok(chance <= perYear && perYear <= GOAL_PER_YEAR)
  assert.ok(evaluated > 250, `the attacker gave up early: ${evaluated}`)
})
