/**
 * Finds what a package takes from its surroundings instead of its caller: the clock and random numbers
 * in the engine and the server, Node's globals in otp. Only the named files below may do it.
 */
import { scan } from './source.ts'

/** Where clock and randomness enter: the server's two roots and the engine's public defaults. */
const MAY_READ_CLOCK_AND_CHANCE = [
  'packages/server/src/main.ts',
  'packages/server/src/cli/io.ts',
  'packages/engine/src/ports.ts',
]

const CLOCK = /\bDate\.now\b|\bnew Date(?:\s*\(\s*\)|(?![\w$]|\s*\())|\bTemporal\.Now\b/g
const CHANCE = /\bMath\.random\b|\b\w*crypto\.(?:getRandomValues|random\w+)/gi
const RANDOM_OF_NODE = /\bimport\s+([^'"]*?)\s+from\s*['"]/g
const NODE_GLOBAL = /(?<![.\w$'"])(?:Buffer|process|global|setImmediate|__dirname)\s*[.([]/g

export interface Ambient {
  readonly position: number
  readonly found: string
  readonly reason: string
}

export function ambientSources(file: string, source: string): Ambient[] {
  const layer = /^packages\/(\w+)\/src\/.*\.ts$/.exec(file)?.[1]
  if (layer === undefined || MAY_READ_CLOCK_AND_CHANCE.includes(file)) return []
  const { code, strings } = scan(source)
  const all = (pattern: RegExp, reason: string) =>
    [...code.matchAll(pattern)].map((m) => ({ position: m.index, found: m[0], reason }))

  if (layer === 'otp') return all(NODE_GLOBAL, 'otp runs where there is no Node')

  // `import { randomBytes } from 'node:crypto'` gives a name that later looks like a handed-in one.
  const named = [...code.matchAll(RANDOM_OF_NODE)].flatMap((m) => {
    const specifier = strings.get(m.index + m[0].length - 1)?.raw
    if (specifier !== 'node:crypto') return []
    return [...(m[1] ?? '').matchAll(/\b(?:random\w+|getRandomValues|webcrypto)\b/g)].map(
      ({ 0: found }) => ({ position: m.index, found, reason: 'take randomness from the ports' }),
    )
  })
  return [
    ...all(CLOCK, 'take the time from the ports'),
    ...all(CHANCE, 'take randomness from the ports'),
    ...named,
  ]
}
