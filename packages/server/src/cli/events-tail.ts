/** `halfminute events tail`: the newest events, newest last, as a table or as JSON lines. */
import type { Event } from '@halfminute/engine'
import { accountName, printable, table, timeOf, withServerStore } from './server-store.ts'
import type { Io } from './io.ts'

export interface TailRequest {
  readonly database: string
  readonly count: number
  /** Undefined: of all accounts. */
  readonly account: string | undefined
  readonly json: boolean
}

export function showTail({ database, count, account, json }: TailRequest, io: Io): Promise<number> {
  return withServerStore(database, async (store) => {
    const newest =
      account === undefined ? await store.newestEvents(count) : await store.events(account, count)
    const events = newest.toReversed()
    if (json) for (const event of events) io.out(`${JSON.stringify(eventFields(event))}\n`)
    else io.out(table(eventRows(events)))
    if (events.length === 0) io.err('There are no events.\n')
    return 0
  })
}

export function eventFields({ accountId, sequence, at, kind, result, factor, source }: Event) {
  return { account: accountId, sequence, at: timeOf(at), kind, result, factor, source }
}

/** As cells. */
export function eventRows(events: readonly Event[]): string[][] {
  return events.map((event) => [
    String(timeOf(event.at)),
    accountName(event.accountId),
    String(event.sequence),
    printable(event.kind),
    printable(event.result),
    printable(event.factor ?? '-'),
    printable(event.source ?? '-'),
  ])
}
