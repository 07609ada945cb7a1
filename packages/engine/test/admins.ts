/** Administrators for the tests, made as everybody gets one: by an invitation of the operator's. */
import assert from 'node:assert/strict'
import { createOperator } from '@halfminute/engine'
import type { Operator } from '@halfminute/engine'
import { client, signedUpPerson } from './support.ts'
import type { Harness, Person } from './support.ts'

export function operatorOf({ store, clock }: Harness): Operator {
  return createOperator({ store, clock })
}

/** Somebody with a phone and a fresh session, who has claimed the first invitation. */
export async function signedUpAdmin(harness: Harness, login = 'root@example.com'): Promise<Person> {
  const person = await signedUpPerson(harness, login)
  const { invitation } = await operatorOf(harness).inviteFirstAdmin()
  const claim = await harness.engine.admin.claim({ token: person.token, client, invitation })
  assert.deepEqual(claim, { status: 'claimed' })
  return person
}
