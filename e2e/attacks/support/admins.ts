/** An administrator of a target: made by the operator's invitation, once, as there is one first. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createOperator, sqliteStore } from '@halfminute/engine'
import type { HttpClient } from '../../support/person.ts'
import { owner, signedIn } from './people.ts'
import type { Owner } from './people.ts'
import type { OwnTarget } from './target.ts'

const made = new WeakMap<OwnTarget, Promise<Owner>>()

/** The operator at the machine, whose clock is the servers'. */
async function firstInvitation(target: OwnTarget): Promise<string> {
  const store = sqliteStore(join(target.folder, 'a.db'))
  try {
    return (await createOperator({ store, clock: target }).inviteFirstAdmin()).invitation
  } finally {
    await store.close()
  }
}

async function firstAdmin(target: OwnTarget): Promise<Owner> {
  const found = made.get(target) ?? makeFirst(target)
  made.set(target, found)
  return found
}

async function makeFirst(target: OwnTarget): Promise<Owner> {
  const person = await owner(target)
  await claimed(person.browser, await firstInvitation(target))
  return person
}

async function claimed(browser: HttpClient, invitation: string): Promise<void> {
  const answer = await browser.post('/api/admin/claim', { invitation })
  assert.equal(answer.status, 204, answer.text)
}

/** One who is fresh. */
export async function administrator(target: OwnTarget): Promise<Owner> {
  await firstAdmin(target)
  const person = await owner(target)
  await claimed(person.browser, await invitationFrom(target))
  return person
}

/** Works for whoever claims it first. */
export async function invitationFrom(target: OwnTarget): Promise<string> {
  const { login, phone } = await firstAdmin(target)
  await target.wait(60)
  const browser = await signedIn(target.browser(), login, phone.code())
  const answer = await browser.post('/api/admin/invitations')
  assert.equal(answer.status, 201, answer.text)
  return answer.json<{ invitation: string }>().invitation
}
