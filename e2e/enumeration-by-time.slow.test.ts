/**
 * Does the time of an answer tell whether a login exists, or whether its pool of tries is closed? Asked over
 * HTTP of a real server, with the clock of the one who asks.
 *
 * Four requests make a block: one kind, the other twice, the first again. So whatever slows the machine down
 * meets both kinds, and neither gains by its place in the row. A block's figure is the time of the one kind
 * divided by that of the other; what is judged is the median of the blocks, with the interval of the sign
 * test round it, which asks nothing of how times are distributed (99 %).
 *
 * The rule, fixed beforehand: after 100 blocks, 200 pairs, the answer stands if the whole interval lies
 * within 5 % of 1 (passed) or the whole of it outside (failed). Else there are 100 more, and 100 more, and
 * then the median decides. Nothing that was measured is thrown away, so there is no luckiest round to pick.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { HttpClient, PASSWORD } from './support/person.ts'
import type { Answer } from './support/person.ts'
import { startServer, wholeFile } from './support/server.ts'

const ROUNDS = 3
const BLOCKS = 100
/** Come first, while connections open and code warms up, and count for nothing. */
const WARM_BLOCKS = 10
const MOST_OFF = 0.05
/** Standard deviations either side that hold 99 %. */
const Z = 2.576
const MEMBERS = 2 * BLOCKS
/** Two tests ask each member once a round with a wrong password, and a little more while warming up. */
const TRIES_PER_LOGIN = 2 * ROUNDS + 2

const file = wholeFile()
let client: HttpClient
const loginOf = (kind: string, nth: number) => `${kind}-${nth}@example.com`

before(async () => {
  const env = {
    HALFMINUTE_LOG_LEVEL: 'silent',
    HALFMINUTE_PASSWORD_FAILURES_PER_DAY: String(TRIES_PER_LOGIN),
  }
  const { url } = await startServer(file, { env })
  client = new HttpClient(url)
  for (let nth = 0; nth < MEMBERS; nth++) {
    assert.equal((await signUp(loginOf('member', nth))).status, 201)
  }
})

/** Without the cookies of anybody. */
async function post(path: string, json: object): Promise<Answer> {
  client.cookies.clear()
  return client.post(path, json)
}
const signUp = (login: string, password = PASSWORD) => post('/api/register', { login, password })
const wrongPassword = (login: string) => post('/api/login', { login, password: 'a wrong password' })

/** @param nth never the same twice in a round */
type Ask = (nth: number, round: number) => Promise<Answer>

interface Measured {
  readonly ratio: number
  readonly least: number
  readonly most: number
  /** Milliseconds. */
  readonly medians: readonly [number, number]
  readonly blocks: number
}

/** The two kinds' times in one block, in milliseconds. */
type Block = readonly [number, number]

/** @param alike whether both kinds must also get the same answer */
async function compared(kinds: readonly [Ask, Ask], alike: boolean): Promise<Measured> {
  const timed = async (kind: 0 | 1, nth: number, round: number) => {
    const begun = performance.now()
    const { status, text } = await kinds[kind](nth, round)
    return { time: performance.now() - begun, shown: `${status} ${text}` }
  }
  const blocks: Block[] = []
  for (let block = -WARM_BLOCKS; block < ROUNDS * BLOCKS; block++) {
    const round = Math.floor(block / BLOCKS)
    const nth = 2 * (block - round * BLOCKS)
    const first = await timed(0, nth, round)
    const second = await timed(1, nth, round)
    const third = await timed(1, nth + 1, round)
    const fourth = await timed(0, nth + 1, round)
    if (alike) assert.deepEqual([first.shown, fourth.shown], [second.shown, third.shown])
    if (block >= 0) blocks.push([first.time + fourth.time, second.time + third.time])
    if (block >= 0 && (block + 1) % BLOCKS === 0) {
      const { least, most } = measured(blocks)
      const apart = least > 1 + MOST_OFF || most < 1 - MOST_OFF
      if (apart || (least >= 1 - MOST_OFF && most <= 1 + MOST_OFF)) break
    }
  }
  return measured(blocks)
}

function measured(blocks: readonly Block[]): Measured {
  const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
  const ratios = sorted(blocks.map(([one, other]) => one / other))
  const middle = (ratios.length - 1) / 2
  const reach = (Z * Math.sqrt(ratios.length)) / 2
  const at = (rank: number) => ratios[rank] ?? Number.NaN
  const median = (kind: 0 | 1) =>
    (sorted(blocks.map((block) => block[kind]))[Math.round(middle)] ?? 0) / 2
  return {
    ratio: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(Math.floor(middle - reach)),
    most: at(Math.ceil(middle + reach)),
    medians: [median(0), median(1)],
    blocks: ratios.length,
  }
}

function say(t: TestContext, { ratio, least, most, medians, blocks }: Measured): void {
  const times = medians.map((time) => `${time.toFixed(1)} ms`).join(' and ')
  const interval = `99 %: ${least.toFixed(3)} to ${most.toFixed(3)}`
  t.diagnostic(`ratio ${ratio.toFixed(3)} (${interval}), ${times}, ${blocks * 2} pairs`)
}

/** Somebody with a list of addresses asks which of them have an account here. */
test('an unknown login takes as long as a wrong password [R29]', async (t) => {
  const times = await compared(
    [
      (nth, round) => wrongPassword(loginOf(`nobody-${round}`, nth)),
      (nth) => wrongPassword(loginOf('member', nth)),
    ],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/** Who sees that a pool is closed knows when to come back, and that somebody else is at it too. */
test('a closed pool of passwords takes as long as a wrong password [R16 R29]', async (t) => {
  const closed = 'closed@example.com'
  assert.equal((await signUp(closed)).status, 201)
  for (let tries = 0; tries < TRIES_PER_LOGIN; tries++) await wrongPassword(closed)
  const rightOne = await post('/api/login', { login: closed, password: PASSWORD })
  assert.equal(rightOne.code, 'LOGIN_REFUSED', 'the pool is still open')
  const times = await compared(
    [() => wrongPassword(closed), (nth) => wrongPassword(loginOf('member', nth))],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/** A password that breaks the rules makes no account, so it could ask for a login and leave no trace. */
test('a taken login and a free one refuse a weak password alike [R29]', async (t) => {
  const times = await compared(
    [
      (nth) => signUp(loginOf('member', nth), 'short'),
      (nth, round) => signUp(loginOf(`weak-${round}`, nth), 'short'),
    ],
    true,
  )
  say(t, times)
  assert.ok(Math.abs(times.ratio - 1) <= MOST_OFF)
})

/**
 * That a login is taken must be told sooner or later, and the answer says so in words, so its time gives
 * nothing away. But it comes after the hash, so that nobody asks for a whole list at the price of a look-up.
 * It spares what a registration writes afterwards, hence not 5 % here.
 */
test('that a login is taken is told only after the work of a registration [R29]', async (t) => {
  const times = await compared(
    [
      (nth) => signUp(loginOf('member', nth)),
      (nth, round) => signUp(loginOf(`newcomer-${round}`, nth)),
    ],
    false,
  )
  say(t, times)
  assert.ok(times.ratio >= 0.8)
})
