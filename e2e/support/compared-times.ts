/**
 * Does one kind of request take as long as another one?
 *
 * Four requests make a block: one kind, the other twice, the first again; in the next block the kinds change
 * places. So whatever slows the machine down meets both, and neither gains by its place in the row. A block's figure is the time of the one kind
 * divided by that of the other; what is judged is the median of the blocks, with the interval of the sign
 * test round it, which asks nothing of how times are distributed (99 %).
 *
 * The rule, fixed beforehand: after 100 blocks, 200 pairs, the answer stands if the whole interval lies
 * within 5 % of 1 (passed) or the whole of it outside (failed). Else there are 100 more, and 100 more, and
 * then the median decides. Nothing that was measured is thrown away, so there is no luckiest round to pick.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Answer } from './person.ts'

export const ROUNDS = 3
export const BLOCKS = 100
/** Come first, while connections open and code warms up, and count for nothing. */
const WARM_BLOCKS = 10
export const MOST_OFF = 0.05
/** Standard deviations either side that hold 99 %. */
const Z = 2.576

/** @param nth never the same twice in a round */
export type Ask = (nth: number, round: number) => Promise<Answer>

export interface Measured {
  readonly ratio: number
  readonly least: number
  readonly most: number
  /** Milliseconds. */
  readonly medians: readonly [number, number]
  readonly blocks: number
}

/** The two kinds' times in one block, in milliseconds. */
type Block = readonly [number, number]

/**
 * @param alike whether both kinds must also get the same answer
 * @param more `prepare`: called before each block, in time that nobody measures; `rounds`: the most, where
 *   requests are so short that other work on the machine shows
 */
export async function compared(
  kinds: readonly [Ask, Ask],
  alike: boolean,
  more: { readonly prepare?: () => Promise<void>; readonly rounds?: number } = {},
): Promise<Measured> {
  const timed = async (kind: 0 | 1, nth: number, round: number) => {
    const begun = performance.now()
    const { status, text } = await kinds[kind](nth, round)
    return { time: performance.now() - begun, shown: `${status} ${text}` }
  }
  const { rounds = ROUNDS } = more
  const blocks: Block[] = []
  for (let block = -WARM_BLOCKS; block < rounds * BLOCKS; block++) {
    const round = Math.floor(block / BLOCKS)
    const nth = 2 * (block - round * BLOCKS)
    await more.prepare?.()
    const outer = block % 2 === 0 ? 0 : 1
    const inner = outer === 0 ? 1 : 0
    const first = await timed(outer, nth, round)
    const second = await timed(inner, nth, round)
    const third = await timed(inner, nth + 1, round)
    const fourth = await timed(outer, nth + 1, round)
    if (alike) assert.deepEqual([first.shown, fourth.shown], [second.shown, third.shown])
    const [outside, inside] = [first.time + fourth.time, second.time + third.time]
    if (block >= 0) blocks.push(outer === 0 ? [outside, inside] : [inside, outside])
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

export function say(t: TestContext, { ratio, least, most, medians, blocks }: Measured): void {
  const times = medians.map((time) => `${time.toFixed(1)} ms`).join(' and ')
  const interval = `99 %: ${least.toFixed(3)} to ${most.toFixed(3)}`
  t.diagnostic(`ratio ${ratio.toFixed(3)} (${interval}), ${times}, ${blocks * 2} pairs`)
}
