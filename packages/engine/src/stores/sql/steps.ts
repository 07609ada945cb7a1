/**
 * Spent steps, and counters. RFC 6238 §5.2: the newest accepted one only ever grows, whoever asks at the same
 * time. What is known of the clock changes in the same statement.
 */
import type { Seconds, SecretReference, SpentStep } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function spendStep(
  db: Sql,
  use: SecretReference & SpentStep & { now: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ spent_step: use.step, last_used_at: use.now, consecutive_failures: 0 })
    .$if(use.driftSteps !== undefined, (update) => update.set({ drift_steps: use.driftSteps }))
    .where('account_id', '=', use.accountId)
    .where('id', '=', use.authenticatorId)
    .where('state', '=', 'active')
    .where('spent_step', '<', use.step)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function spendLateStep(
  db: Sql,
  late: SecretReference & { step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ spent_step: late.step })
    .where('account_id', '=', late.accountId)
    .where('id', '=', late.authenticatorId)
    .where('state', '=', 'active')
    .where('spent_step', '<', late.step)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Two codes in a row: neither of the two steps may be spent. */
export async function resynchronise(
  db: Sql,
  pair: SecretReference & Required<SpentStep> & { now: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({
      spent_step: pair.step,
      drift_steps: pair.driftSteps,
      last_used_at: pair.now,
      consecutive_failures: 0,
    })
    .where('account_id', '=', pair.accountId)
    .where('id', '=', pair.authenticatorId)
    .where('state', '=', 'active')
    .where('spent_step', '<', pair.step - 1)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
