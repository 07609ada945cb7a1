/** How the contract's tests get at a store, race it and look at what it holds. */
import assert from 'node:assert/strict'
import type { Pool } from '../../pools.ts'
import type { CountedTry, Session, Store } from '../../store.ts'
import { ACCOUNT, FAR_IDLE_SECONDS, newMark, NOW } from './rows.ts'

export type WithStore = (work: (store: Store) => Promise<void>) => () => Promise<void>

/** Opens a store for one test and closes it whatever happens. */
export function onStoresOf(open: () => Promise<Store> | Store): WithStore {
  return (work) => async () => {
    const store = await open()
    try {
      await store.ready()
      await work(store)
    } finally {
      await store.close()
    }
  }
}

/** Twenty callers at the same time; how many were told `true`? */
export async function winners(call: (caller: number) => Promise<unknown>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, caller) => call(caller)))
  return answers.filter((answer) => answer !== false).length
}

/** Everything of an account that can be read; to see that a lost decision wrote nothing. */
export async function contents(store: Store, accountId = ACCOUNT) {
  return {
    account: await store.account(accountId),
    authenticators: await store.authenticators(accountId, NOW),
    recoveryCodesLeft: await store.recoveryCodesLeft(accountId),
    sessions: await liveSessions(store, accountId),
    events: await store.events(accountId, 1_000),
  }
}

function liveSessions(store: Store, accountId = ACCOUNT): Promise<Session[]> {
  return store.sessions(accountId, NOW, FAR_IDLE_SECONDS)
}

export async function liveSessionIds(store: Store, accountId = ACCOUNT): Promise<string[]> {
  return (await liveSessions(store, accountId)).map(({ id }) => id).toSorted()
}

/** Counts one try; what to hand in to give it back. */
export async function counted(store: Store, pool: Pool, now = NOW): Promise<CountedTry> {
  const mark = newMark()
  const { status } = await store.countTry({ pool, now, mark })
  assert.equal(status, 'counted')
  return { key: pool.key, at: now, mark }
}

/** Tries left in a pool, found by using them up; one more than it holds is already wrong. */
export async function triesLeft(store: Store, pool: Pool): Promise<number> {
  const most = Math.max(...pool.rules.map(({ tries }) => tries))
  let left = 0
  while (left <= most) {
    const outcome = await store.countTry({ pool, now: NOW, mark: newMark() })
    if (outcome.status !== 'counted') break
    left++
  }
  return left
}
