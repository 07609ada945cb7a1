/**
 * Ties the events of each account into a chain, those that are there already included.
 *
 * A new table in place of a new column: so `hash` can be `not null` everywhere, and a server of the
 * version before, should one still run, is refused instead of adding events outside the chain.
 */
import type { Kysely } from 'kysely'
import { eventHash } from '../../event-chain.ts'
import type { ColumnTypes } from './index.ts'

interface Before {
  account_id: string
  sequence: number
  at: number
  kind: string
  result: 'accepted' | 'refused'
  factor: string | null
  source: string | null
}
interface Tables {
  events: Before
  events_chained: Before & { hash: Uint8Array }
  event_heads: { account_id: string; sequence: number; hash: Uint8Array }
}
type Row = Tables['events_chained']

const ROWS_PER_PAGE = 500

export async function chainEvents(untyped: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const db = untyped as Kysely<Tables>
  await createTables(db, types)
  for (let last: Row | undefined; ;) {
    const rows = await oldRows(db, last)
    if (rows.length === 0) break
    const chained: Row[] = []
    const heads = new Map<string, Row>()
    for (const row of rows) {
      const previous = last?.account_id === row.account_id ? last.hash : undefined
      last = { ...row, hash: eventHash(previous, { accountId: row.account_id, ...row }) }
      chained.push(last)
      heads.set(row.account_id, last)
    }
    await db.insertInto('events_chained').values(chained).execute()
    for (const { account_id, sequence, hash } of heads.values()) {
      await db
        .insertInto('event_heads')
        .values({ account_id, sequence, hash })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ sequence, hash }))
        .execute()
    }
  }
  await db.schema.dropTable('events').execute()
  await db.schema.alterTable('events_chained').renameTo('events').execute()
}

async function createTables(db: Kysely<Tables>, { bytes, seconds }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('events_chained')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('at', seconds, (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('factor', 'text')
    .addColumn('source', 'text')
    .addColumn('hash', bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint('events_chained_key', ['account_id', 'sequence'])
    .execute()
  await db.schema
    .createTable('event_heads')
    .addColumn('account_id', 'text', (column) => column.primaryKey())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('hash', bytes, (column) => column.notNull())
    .execute()
}

/** The next page in the order of the chains. */
function oldRows(db: Kysely<Tables>, last: Row | undefined): Promise<Before[]> {
  let page = db.selectFrom('events').selectAll()
  if (last !== undefined) {
    const { account_id, sequence } = last
    page = page.where((where) =>
      where.or([
        where('account_id', '>', account_id),
        where.and([where('account_id', '=', account_id), where('sequence', '>', sequence)]),
      ]),
    )
  }
  return page.orderBy('account_id').orderBy('sequence').limit(ROWS_PER_PAGE).execute()
}
