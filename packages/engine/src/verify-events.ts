/**
 * Reads the chains of events and tells what is wrong with which row.
 *
 * Promises: a sound log has no problem, also one that grows meanwhile; never more than a page of rows
 * in memory. What it cannot see: a log rewritten as a whole, heads included, unless `knownHeads` holds
 * heads from before that were kept elsewhere.
 * Leaves to `event-suspects.ts`: what may have happened to rows that do not fit.
 */
import { eventHash } from './event-chain.ts'
import { explainSuspects, sameBytes } from './event-suspects.ts'
import type { Suspect } from './event-suspects.ts'
import type { ChainedEvent, EventHead, Store } from './store.ts'

export interface EventProblem {
  readonly accountId: string
  /** The row, by its number within the account. */
  readonly sequence: number
  /** The last of several rows in a line; else the same number. */
  readonly lastSequence: number
  /**
   * `edited`: does not fit its hash and the event before; `missing`: not there; `reordered`: had
   * another number; `inserted`: not made by the log; `cut off`: gone from the end; `no head`: the
   * account's head is gone; `rewritten`: not the row of a known head.
   */
  readonly problem:
    'edited' | 'missing' | 'reordered' | 'inserted' | 'cut off' | 'no head' | 'rewritten'
  /** The same in words, for a person. */
  readonly words: string
}

/** What there is to say about one account. Sound when it has no problems. */
export interface EventChainReport {
  readonly accountId: string
  /** Rows that are there. */
  readonly events: number
  /** The newest row that was read; to be kept elsewhere. */
  readonly head: EventHead | undefined
  readonly problems: readonly EventProblem[]
}

export interface EventVerification {
  /** Heads of an earlier report: every account must still hold its one. */
  readonly knownHeads?: Iterable<EventHead>
  /** Told after each page how many events were read so far. */
  readonly onRead?: (events: number) => void
}

const ACCOUNTS_PER_PAGE = 200
const EVENTS_PER_PAGE = 1_000

/** One report for each account that has events, had them by its head, or has a known head. */
export async function* verifyEvents(
  store: Store,
  { knownHeads = [], onRead = () => {} }: EventVerification = {},
): AsyncGenerator<EventChainReport, void, undefined> {
  const known = new Map(Array.from(knownHeads, (head) => [head.accountId, head]))
  let read = 0
  const count = (events: number) => onRead((read += events))
  for await (const accountId of accountsOf(store)) {
    yield verifyAccount(store, { accountId, known: known.get(accountId), count })
    known.delete(accountId)
  }
  for (const { accountId, sequence } of known.values()) {
    const problems = [rowsProblem(accountId, 1, sequence, 'cut off')]
    yield { accountId, events: 0, head: undefined, problems }
  }
}

async function verifyAccount(
  store: Store,
  of: { accountId: string; known: EventHead | undefined; count: (events: number) => void },
): Promise<EventChainReport> {
  const { accountId, known } = of
  // Taken before the rows, so that all it promises must be among them; events added later lie beyond.
  const before = await store.eventHead(accountId)
  const found = new Findings(accountId)
  let events = 0
  let last: ChainedEvent | undefined
  let atHead: ChainedEvent | undefined
  let atKnown: ChainedEvent | undefined
  let beyond: number | undefined
  for await (const page of pagesOf(store, accountId)) {
    for (const row of page) {
      const next = (last?.sequence ?? 0) + 1
      if (row.sequence < next || !Number.isSafeInteger(row.sequence)) {
        found.add(rowsProblem(accountId, row.sequence, row.sequence, 'inserted'))
        continue
      }
      if (row.sequence > next) {
        found.add(rowsProblem(accountId, next, row.sequence - 1, 'missing'))
      } else if (!sameBytes(eventHash(last?.hash, row), row.hash)) {
        found.suspect({ row, previous: last?.hash })
      }
      if (row.sequence === before?.sequence) atHead = row
      if (row.sequence === known?.sequence) atKnown = row
      if (row.sequence > (before?.sequence ?? 0)) beyond ??= row.sequence
      last = row
    }
    events += page.length
    of.count(page.length)
  }
  // Taken after the rows: what is there beyond it was never added by the log.
  const after = beyond === undefined ? before : await store.eventHead(accountId)
  const end = last?.sequence ?? 0
  if (after !== undefined && end > after.sequence) {
    found.insertedBeyond(Math.max(beyond ?? 0, after.sequence + 1), end)
  }
  if (after === undefined && end > 0) found.add(rowsProblem(accountId, end, end, 'no head'))
  if (before !== undefined && end < before.sequence) {
    found.add(rowsProblem(accountId, end + 1, before.sequence, 'cut off'))
  }
  const problems = found.all(after?.sequence)
  const named = (sequence: number) => problems.some((one) => one.sequence === sequence)
  if (before && atHead && !sameBytes(before.hash, atHead.hash) && !named(before.sequence)) {
    const words = 'is not the one that the account’s head names'
    problems.push({
      ...rowsProblem(accountId, before.sequence, before.sequence, 'edited'),
      words,
    })
  }
  if (known && (atKnown === undefined || !sameBytes(known.hash, atKnown.hash))) {
    problems.push(rowsProblem(accountId, known.sequence, known.sequence, 'rewritten'))
  }
  const head = last && { accountId, sequence: last.sequence, hash: last.hash }
  return { accountId, events, head, problems }
}

/** How many rows that do not fit are looked at closely; from there on it is a wreck and not a trick. */
const SUSPECTS_KEPT = 8

/** What was found in one account, in the order of the rows. */
class Findings {
  readonly #accountId: string
  #problems: EventProblem[] = []
  #suspects: Suspect[] = []

  constructor(accountId: string) {
    this.#accountId = accountId
  }

  /** Neighbours with the same problem become one line. */
  add(problem: EventProblem): void {
    const before = this.#problems.at(-1)
    const joins =
      before?.problem === problem.problem &&
      before.words === problem.words &&
      before.lastSequence + 1 === problem.sequence
    if (joins) this.#problems.pop()
    this.#problems.push(joins ? { ...problem, sequence: before.sequence } : problem)
  }

  suspect(suspect: Suspect): void {
    const { sequence } = suspect.row
    if (this.#suspects.length < SUSPECTS_KEPT) this.#suspects.push(suspect)
    else this.add(rowsProblem(this.#accountId, sequence, sequence, 'edited'))
  }

  /** What lies beyond the head needs no other explanation. */
  insertedBeyond(from: number, to: number): void {
    this.#problems = this.#problems.filter(({ sequence }) => sequence < from)
    this.#suspects = this.#suspects.filter(({ row }) => row.sequence < from)
    this.add(rowsProblem(this.#accountId, from, to, 'inserted'))
  }

  /** @param end the head's number: beyond it nothing can be missing */
  all(end = Number.MAX_SAFE_INTEGER): EventProblem[] {
    const kept = this.#problems.flatMap((problem) => {
      if (problem.problem !== 'missing' || problem.lastSequence <= end) return [problem]
      return problem.sequence > end ? [] : [{ ...problem, lastSequence: end }]
    })
    const explained = explainSuspects(this.#suspects).map(({ sequence, was }) => {
      const kind = was === undefined ? 'edited' : 'reordered'
      const problem = rowsProblem(this.#accountId, sequence, sequence, kind)
      return was === undefined ? problem : { ...problem, words: `was number ${was}` }
    })
    return [...kept, ...explained].toSorted((one, other) => one.sequence - other.sequence)
  }
}

const WORDS: Readonly<Record<EventProblem['problem'], string>> = {
  edited: 'does not fit its hash and the event before it',
  missing: 'is not there',
  reordered: 'had another number',
  inserted: 'was not written by the log',
  'cut off': 'is gone from the end',
  'no head': 'is the newest one, and the account’s head is gone',
  rewritten: 'is not the one that the earlier head names',
}

function rowsProblem(
  accountId: string,
  sequence: number,
  lastSequence: number,
  problem: EventProblem['problem'],
): EventProblem {
  return { accountId, sequence, lastSequence, problem, words: WORDS[problem] }
}

async function* accountsOf(store: Store): AsyncGenerator<string, void, undefined> {
  for (let after: string | undefined; ;) {
    const page = await store.eventAccounts(after, ACCOUNTS_PER_PAGE)
    yield* page
    after = page.at(-1)
    if (page.length < ACCOUNTS_PER_PAGE) return
  }
}

async function* pagesOf(
  store: Store,
  accountId: string,
): AsyncGenerator<readonly ChainedEvent[], void, undefined> {
  for (let after: number | undefined; ;) {
    const page = await store.eventChain(accountId, after, EVENTS_PER_PAGE)
    if (page.length > 0) yield page
    const end = page.at(-1)?.sequence
    // Numbers that do not grow were set by hand; going on from there would have no end.
    if (page.length < EVENTS_PER_PAGE || end === undefined || end <= (after ?? -Infinity)) return
    after = end
  }
}
