/**
 * `halfminute events verify|tail`: is the record of events whole, and what happened last.
 * Promises: changes no event, beside a running server too; no key is needed; a database is never made
 * here, but one of an older version is brought up to date, as a start would.
 */
import type { Event, EventHead, Store } from '@halfminute/engine'
import { wholeNumber } from './arguments.ts'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'
import { serverSetting } from './server-setting.ts'

const TAIL = 20
const MOST_TAIL = 10_000

export const events: Command = {
  name: 'events',
  summary: 'Verifies the record of events, or shows the newest ones.',
  notes: [
    'The action verify reads every event and finds edited, removed, reordered and inserted ones: exit 1 and a line for each. With --json it prints what it found and the head of every account; kept elsewhere, such heads also show a record that was rewritten as a whole.',
    'The action tail shows the newest events, the last one last.',
  ],
  operands: ['verify|tail'],
  options: {
    database: { value: 'FILE', help: 'The database. Default: the setting HALFMINUTE_DATABASE.' },
    count: {
      value: 'N',
      help: `For tail: how many events, at most ${MOST_TAIL}. Default ${TAIL}.`,
    },
    json: { help: 'Prints JSON.' },
  },
  async run(args, io) {
    const [action] = args.operands
    if (action !== 'verify' && action !== 'tail') {
      throw usage('unknown action', 'halfminute events verify or tail')
    }
    const count = wholeNumber(args, 'count', 1, MOST_TAIL)
    if (count !== undefined && action === 'verify') throw usage('--count: not for events verify')
    const database = args.options.get('database') ?? (await serverSetting('DATABASE', io))
    const store = await openStore(database)
    try {
      const json = args.options.has('json')
      return action === 'verify'
        ? await verify(store, json, io)
        : await tail(store, count ?? TAIL, json, io)
    } finally {
      await store.close()
    }
  },
}

async function openStore(database: string): Promise<Store> {
  const { EngineError, inspectSqliteFile, sqliteStore } = await import('@halfminute/engine')
  try {
    if (inspectSqliteFile(database) === 'new') {
      throw refused('there is no database at that path', 'name it with --database')
    }
    return sqliteStore(database)
  } catch (error) {
    if (error instanceof EngineError) throw refused(error.message, 'name another with --database')
    throw error
  }
}

async function verify(store: Store, json: boolean, io: Io): Promise<number> {
  const { verifyEvents } = await import('@halfminute/engine')
  const heads: object[] = []
  const problems: object[] = []
  let accounts = 0
  let total = 0
  const onRead = (read: number) => {
    if (io.errIsTerminal) io.err(`\r${read} events read`)
  }
  for await (const report of verifyEvents(store, { onRead })) {
    accounts++
    total += report.events
    if (report.head) heads.push(headAnswer(report.head))
    for (const problem of report.problems) {
      problems.push(problem)
      if (!json) {
        const name = report.accountId === '' ? '(unknown logins)' : report.accountId
        io.out(`${name} event ${problem.sequence}: ${problem.problem}: ${problem.words}\n`)
      }
    }
  }
  if (io.errIsTerminal) io.err('\r\u001B[K')
  if (json) io.out(`${JSON.stringify({ accounts, events: total, problems, heads })}\n`)
  else if (problems.length === 0) io.out(`${total} events of ${accounts} accounts are sound\n`)
  return problems.length === 0 ? 0 : 1
}

function headAnswer({ accountId, sequence, hash }: EventHead): object {
  return { accountId, sequence, hash: Buffer.from(hash).toString('hex') }
}

async function tail(store: Store, count: number, json: boolean, io: Io): Promise<number> {
  const newest = await store.newestEvents(count)
  for (const event of newest.toReversed()) {
    io.out(json ? `${JSON.stringify({ ...event, at: isoTime(event.at) })}\n` : line(event))
  }
  return 0
}

function line(event: Event): string {
  const { accountId, at, kind, result, factor, source } = event
  const words = [isoTime(at), accountId || '-', result, kind, factor ?? '-', source ?? '-']
  return `${words.join('  ')}\n`
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
