/**
 * Counting tries before anything is looked at, and writing down the ones that were wrong.
 *
 * Promises: no check without a counted try (R14); a check that was never made costs none; every wrong
 * try is an event and feeds the alarms, those that a closed pool turned away included.
 * Leaves to the callers: what is checked, and handing the try in with the proof so that it is given back.
 */
import { newEvent } from './events.ts'
import { newNotice } from './notices.ts'
import type { EventKind } from './events.ts'
import type { Pool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import { networkOf } from './sources.ts'
import type { CountedTry, NewEvent, Rate, TicketReference, TryOutcome } from './store.ts'
import { newMark } from './tokens.ts'

export type Counted = Extract<TryOutcome, { status: 'counted' }> & { readonly try: CountedTry }

export async function countTry(
  ports: Ports,
  pool: Pool,
  also: { ticket?: TicketReference | undefined; authenticatorsOf?: string } = {},
): Promise<Counted | Exclude<TryOutcome, { status: 'counted' }>> {
  const { ticket, ...rest } = also
  const at = ports.clock.nowSeconds()
  const mark = newMark(ports.random)
  const outcome = await ports.store.countTry({
    pool,
    now: at,
    mark,
    ...rest,
    ...(ticket && { ticket: { ...ticket, tries: ports.limits.triesPerTicket } }),
  })
  if (outcome.status !== 'counted') return outcome
  return { ...outcome, try: { key: pool.key, at, mark, ...rest, ...(ticket && { ticket }) } }
}

/** How long somebody whom a closed pool turned away has to wait; at least a second. */
export function waitUntil(ports: Ports, opensAt: number): number {
  return Math.max(1, opensAt - ports.clock.nowSeconds())
}

/**
 * A check that could not be made costs no try: the queue for hashing was full, the key service was away.
 * Whatever it throws, nobody has learned anything.
 */
export async function checked<Answer>(
  ports: Ports,
  counted: CountedTry,
  check: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await check()
  } catch (error) {
    // Where that fails as well the try stays counted, and the first failure is the one to tell.
    await ports.store.returnTry(counted).catch(() => undefined)
    throw error
  }
}

/** The chain of what belongs to no account: tries for logins that do not exist, and alarms. */
export const NOBODY = ''

export interface Failure {
  readonly accountId: string
  readonly kind: EventKind
  readonly factor?: string
  readonly client: Client
  /** None for a try that was turned away: a flood must not fill the log. */
  readonly counted: Pick<Counted, 'closes' | 'consecutiveFailures'> | undefined
  /** Of an authenticator that waits for its first code: no news to its person. */
  readonly enrolling?: boolean | undefined
}

export async function recordFailure(ports: Ports, failure: Failure): Promise<void> {
  const { accountId, kind, factor, client, counted } = failure
  const now = ports.clock.nowSeconds()
  // Only who has the password gets as far as codes: a pool that they close says that somebody has it.
  const closedBy =
    kind === 'code'
      ? (counted?.closes ?? []).filter((rule) => rule === 'day' || rule === 'month')
      : []
  const events: NewEvent[] = []
  if (counted !== undefined) {
    events.push(newEvent(ports, { accountId, kind, result: 'refused', factor, client }))
  }
  for (const [authenticatorId, failures] of counted?.consecutiveFailures ?? []) {
    if (failures !== ports.limits.consecutiveFailures) continue
    const ended = { accountId, kind: 'authenticator.disabled', factor: authenticatorId } as const
    events.push(newEvent(ports, { ...ended, result: 'refused', client }))
  }
  if (closedBy.length > 0) {
    events.push(newEvent(ports, { accountId, kind: 'codes.closed', result: 'refused', client }))
  }
  await ports.store.recordFailure({
    now,
    events,
    rates: [...ratesOf(ports, client), ...toldRates(ports, failure)],
    ...(closedBy.includes('day') && { suspectPasswordOf: accountId }),
  })
}

/** R36: somebody had the right password. Told once an hour, however many codes they try. */
function toldRates(ports: Ports, { accountId, kind, client, counted, enrolling }: Failure): Rate[] {
  if (kind !== 'code' || counted === undefined || enrolling === true) return []
  const message = newNotice(ports, { accountId, kind: 'wrong-code', client })
  return message
    ? [{ key: `told/wrong-code/${accountId}`, windowSeconds: 3_600, alarmAt: 1, message }]
    : []
}

/** R17: beside the accounts' own pools, so that many small failures are seen as one large thing. */
function ratesOf(ports: Ports, client: Client): Rate[] {
  const { sourceFailuresPerHour, globalFailuresPerHour } = ports.limits
  const network = networkOf(client.source)
  const rate = (name: string, alarmAt: number, source?: string): Rate => ({
    key: source === undefined ? name : `${name}/${source}`,
    windowSeconds: 3_600,
    alarmAt,
    alarm: newEvent(ports, {
      accountId: NOBODY,
      kind: 'alarm',
      result: 'refused',
      factor: name,
      client: { source },
    }),
  })
  const everywhere = rate('global', globalFailuresPerHour)
  if (network === undefined) return [everywhere]
  return [rate('source', sourceFailuresPerHour, network), everywhere]
}
