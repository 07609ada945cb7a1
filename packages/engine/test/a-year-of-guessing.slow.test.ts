/** A year of an attacker who has the password, against the real limits with a moved clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, guessingOdds } from '@halfminute/engine'
import { client, openEngine, signedUpPerson, ticketOf, wrongCode } from './support.ts'

const DAY_SECONDS = 86_400
const stranger = { source: '198.51.100.7' }

/** Tries all day long from browsers that the account does not know, and stops at the first 429. */
test('in a year an attacker has no more tries than the odds say, and the owner signs in daily [R14 R16]', async (t) => {
  const harness = openEngine(t)
  const { engine, clock } = harness
  const person = await signedUpPerson(harness)
  let device: string | undefined
  let evaluated = 0
  for (let day = 0; day < 365; day++) {
    clock.wait(DAY_SECONDS / 2)
    for (let open = true; open;) {
      const ticket = await ticketOf(engine, person, stranger)
      for (let nth = 0; nth < 5 && open; nth++) {
        const code = wrongCode(person.phone, nth)
        const outcome = await engine.login.code({ ticket, method: 'totp', code, ...stranger })
        open = 'code' in outcome && outcome.code === 'CODE_REFUSED'
        if (open) evaluated++
      }
    }
    clock.wait(DAY_SECONDS / 2)
    const from = { ...client, ...(device !== undefined && { device }) }
    const ticket = await ticketOf(engine, person, from)
    const code = person.phone.code()
    const outcome = await engine.login.code({ ticket, method: 'totp', code, ...from })
    if (day === 0) {
      // The first day comes from nowhere known, and the attacker was there before.
      assert.equal('code' in outcome ? outcome.code : '', 'TOO_MANY_ATTEMPTS')
      const [recovery] = person.recoveryCodes
      const again = { ticket, method: 'recovery', code: recovery, ...from } as const
      const recovered = await engine.login.code(again)
      assert.ok(recovered.status === 'signed_in')
      ;({ device } = recovered)
    } else assert.equal(outcome.status, 'signed_in', `day ${day}`)
  }
  assert.ok(evaluated <= guessingOdds(DEFAULT_LIMITS).triesPerYear, String(evaluated))
  assert.ok(evaluated > 200, `the attacker gave up early: ${evaluated}`)
})
