/**
 * `halfminute events verify`: the chains of all accounts, checked; what is wrong, a line each.
 * Promises: exit 0 only when every event of every account was read and is sound.
 */
import { readFileSync } from 'node:fs'
import { verifyEvents } from '@halfminute/engine'
import type { EventChainReport, EventHead, EventProblem } from '@halfminute/engine'
import { refused, usage } from './errors.ts'
import { accountName, withServerStore } from './server-store.ts'
import type { Io } from './io.ts'

export interface VerifyRequest {
  readonly database: string
  readonly json: boolean
  /** An earlier output of `--json`. */
  readonly headsFile: string | undefined
}

export function verifyLog({ database, json, headsFile }: VerifyRequest, io: Io): Promise<number> {
  const knownHeads = headsFile === undefined ? [] : readHeads(headsFile)
  return withServerStore(database, async (store) => {
    const onRead = (count: number) => {
      if (io.errIsTerminal) io.err(`\r${counted(count, 'event')} read`)
    }
    const clearLine = () => {
      if (io.errIsTerminal) io.err(`\r${' '.repeat(40)}\r`)
    }
    const sum = { accounts: 0, events: 0, problems: 0 }
    for await (const report of verifyEvents(store, { knownHeads, onRead })) {
      sum.accounts += 1
      sum.events += report.events
      sum.problems += report.problems.length
      if (json) io.out(`${JSON.stringify(fieldsOf(report))}\n`)
      else if (report.problems.length > 0) {
        clearLine()
        io.out(report.problems.map((problem) => `${inWords(problem)}\n`).join(''))
      }
    }
    clearLine()
    const all = `${counted(sum.events, 'event')} of ${counted(sum.accounts, 'account')}`
    if (json) io.out(`${JSON.stringify(sum)}\n`)
    if (sum.problems > 0) {
      throw refused(
        `the record of events was changed: ${counted(sum.problems, 'problem')} among ${all}`,
        'keep a copy of the database before anything else writes to it',
      )
    }
    if (!json) io.out(`${all} ${sum.events === 1 ? 'is' : 'are'} sound\n`)
    return 0
  })
}

function inWords({ accountId, sequence, lastSequence, problem, words }: EventProblem): string {
  const rows =
    sequence === lastSequence ? `event ${sequence}` : `events ${sequence} to ${lastSequence}`
  return `account ${accountName(accountId)}, ${rows}: ${problem} (${words})`
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}

function fieldsOf({ accountId, events, head, problems }: EventChainReport) {
  return {
    account: accountId,
    events,
    sequence: head?.sequence ?? 0,
    hash: head === undefined ? null : Buffer.from(head.hash).toString('hex'),
    problems: problems.map(({ sequence, lastSequence, problem, words }) => ({
      sequence,
      lastSequence,
      problem,
      words,
    })),
  }
}

/** @throws CliError: what is incomplete proves nothing, so the last line must be there and count right */
function readHeads(path: string): EventHead[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw usage('--heads: the file cannot be read')
  }
  const lines = text.split('\n').filter((line) => line !== '')
  const end = parsed(lines.pop())
  if (end?.['accounts'] !== lines.length) throw notHeads()
  return lines.flatMap((line) => {
    const { account, sequence, hash } = parsed(line) ?? {}
    if (typeof account !== 'string' || typeof sequence !== 'number') throw notHeads()
    if (hash === null) return []
    if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw notHeads()
    return [{ accountId: account, sequence, hash: new Uint8Array(Buffer.from(hash, 'hex')) }]
  })
}

function parsed(line: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function notHeads(): Error {
  return usage(
    '--heads: expected the whole output of an earlier halfminute events verify --json',
    'halfminute events verify --json > heads.jsonl',
  )
}
