/** Spent steps. RFC 6238 §5.2: the newest accepted step only ever grows, whoever asks at the same time. */
import type { Seconds, SecretReference } from '../../store.ts'
import type { Sql } from './schema.ts'

export async function spendStep(
  db: Sql,
  use: SecretReference & { step: number; now: Seconds },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authenticators')
    .set({ spent_step: use.step, last_used_at: use.now, consecutive_failures: 0 })
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
