/**
 * Runs an attack: it must fail against two sound servers that share a database; with
 * `npm run test:slow -- e2e/attacks` against one alone as well, and there it must succeed against a server
 * without the one defence that it names. An attack that fails there as well proves nothing.
 *
 * Promises: servers are shared by the attacks of a file, so each attack makes accounts of its own; those
 * without a defence are stopped after the last attack that names it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { wholeFile } from '../../support/server.ts'
import type { Defence } from '../removed-defences.ts'
import { foreignTarget, foreignUrls, startTarget } from './target.ts'
import type { OwnTarget, Target, TargetOptions } from './target.ts'

/** What the attacker got, in words; nothing: undefined, false or an empty list. */
export type Gain = boolean | string | undefined | readonly string[]

interface Options {
  /** The one defence that this attack fails for. */
  readonly defence: Defence
  /** Settings other than the defaults, as flags. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What an attack may need beyond HTTP, and so only has where the servers are ours. */
interface OwnOptions extends Options {
  readonly needs: 'a clock to move' | 'servers to restart' | 'the database file' | 'the log'
}

/** Half a hundred more servers take minutes. */
const THOROUGH = process.env['HALFMINUTE_TEST_THOROUGH'] !== undefined

const file = wholeFile()
const foreign = foreignUrls()
const started = new Map<string, Promise<OwnTarget>>()
/** How many attacks are still to come, by the defence that they name. */
const toCome = new Map<Defence, number>()

/** An attack over HTTP alone. */
export function attack(
  name: string,
  options: Options,
  story: (target: Target) => Promise<Gain>,
): void {
  if (foreign.length === 0) {
    ownAttack(name, { ...options, needs: 'a clock to move' }, story)
    return
  }
  const skip = options.settings !== undefined && 'needs settings of its own'
  test(name, { skip }, async () => {
    assert.deepEqual(inWords(await story(await foreignTarget(foreign))), [])
  })
}

/** An attack that takes more than HTTP. */
export function ownAttack(
  name: string,
  options: OwnOptions,
  story: (target: OwnTarget) => Promise<Gain>,
): void {
  const { defence, settings, needs } = options
  const skip = foreign.length > 0 && `needs ${needs}`
  if (skip === false) toCome.set(defence, (toCome.get(defence) ?? 0) + 1)
  test(name, { skip }, async (t) => {
    for (const [where, servers] of SOUND) {
      await t.test(where, async () => {
        assert.deepEqual(inWords(await story(await shared({ servers, settings }))), [])
      })
    }
    if (THOROUGH) await withoutDefence(t, options, story)
  })
}

/** Two are the harder case, and so the everyday one. */
const SOUND = [
  ...(THOROUGH ? [['against one server', 1] as const] : []),
  ['against two servers that share a database', 2],
] as const

async function withoutDefence(
  t: TestContext,
  { defence, settings }: Options,
  story: (target: OwnTarget) => Promise<Gain>,
): Promise<void> {
  await t.test(`succeeds where this is missing: ${defence}`, async () => {
    const broken = await shared({ servers: 1, settings, without: defence })
    const gains = inWords(await story(broken))
    assert.ok(gains.length > 0, 'the attack also fails without its defence, so it proves nothing')
    const left = (toCome.get(defence) ?? 0) - 1
    toCome.set(defence, left)
    if (left === 0) await broken.stop()
  })
}

async function shared(options: Undefinable<TargetOptions>): Promise<OwnTarget> {
  const { servers = 1, settings = {}, without } = options
  const key = JSON.stringify([servers, settings, without])
  const found = started.get(key) ?? startTarget(file, { servers, settings, without })
  started.set(key, found)
  return found
}

type Undefinable<Shape> = { [Name in keyof Shape]: Shape[Name] | undefined }

function inWords(gain: Gain): readonly string[] {
  if (gain === undefined || gain === false) return []
  if (gain === true) return ['what the attacker wanted']
  return typeof gain === 'string' ? [gain] : gain
}
