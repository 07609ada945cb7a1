/** `halfminute events tail`: the newest events, newest last, as a table or as JSON lines. */
import type { Event } from '@halfminute/engine'
import { accountName, printable, withEventStore } from './event-store.ts'
import type { Io } from './io.ts'

export interface TailRequest {
  readonly database: string
  readonly count: number
  /** Undefined: of all accounts. */
  readonly account: string | undefined
  readonly json: boolean
}

export function showTail({ database, count, account, json }: TailRequest, io: Io): Promise<number> {
  return withEventStore(database, async (store) => {
    const newest =
      account === undefined ? await store.newestEvents(count) : await store.events(account, count)
    const events = newest.toReversed()
    if (json) for (const event of events) io.out(`${JSON.stringify(fieldsOf(event))}\n`)
    else io.out(table(events))
    if (events.length === 0) io.err('There are no events.\n')
    return 0
  })
}

function fieldsOf({ accountId, sequence, at, kind, result, factor, source }: Event) {
  return { account: accountId, sequence, at: timeOf(at), kind, result, factor, source }
}

/** ISO 8601 in UTC; a number that is no time stays one. */
function timeOf(seconds: number): string | number {
  const time = new Date(seconds * 1_000)
  return Number.isNaN(time.getTime()) ? seconds : `${time.toISOString().slice(0, -5)}Z`
}

function table(events: readonly Event[]): string {
  const rows = events.map((event) => [
    String(timeOf(event.at)),
    accountName(event.accountId),
    String(event.sequence),
    printable(event.kind),
    printable(event.result),
    printable(event.factor ?? '-'),
    printable(event.source ?? '-'),
  ])
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
