/**
 * Stops this rot: a layer that quietly begins to know the one above it, a package that works only because
 * its neighbour's dependency happens to be hoisted, and a clock or a random source read in the middle of
 * a decision, where no test can set it.
 *
 *     otp ← engine ← server        e2e, bench, examples and tools import any of them; nobody imports those
 *
 * Packages meet only by public name. (`tools` may also read a package's `src`: it writes its manual.)
 * Leaves to tsc whether a name resolves, and to knip whether a listed dependency is used.
 */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path/posix'
import { ambientSources } from './lib/ambient.ts'
import { listFiles, repositoryRoot } from './lib/files.ts'
import { LAYERS, type Layer, type Manifest, PUBLIC_NAMES, readManifest } from './lib/manifest.ts'
import { report } from './lib/report.ts'
import { importsOf, lineOf } from './lib/source.ts'

const OUTER = ['e2e', 'bench', 'examples', 'tools'] as const
const PATTERNS = [
  'packages/*/{src,test}/**/*.ts',
  'packages/*/bin/**/*.{js,ts}',
  `{${OUTER.join(',')}}/**/*.ts`,
]

/** Where a file stands: `packages/otp` or `tools`, and in which part of it. */
interface Place {
  readonly area: string
  readonly layer: Layer | undefined
  /** Shipped to users, so held to the package's `dependencies`. */
  readonly shipped: boolean
  /** Helpers for tests, shipped on purpose under a name of their own. */
  readonly testing: boolean
}

function placeOf(file: string): Place {
  const [top = '', second = '', part = '', inner] = file.split('/')
  if (top !== 'packages') return { area: top, layer: undefined, shipped: false, testing: false }
  return {
    area: `${top}/${second}`,
    layer: LAYERS.find((layer) => layer === second),
    shipped: part === 'src' || part === 'bin',
    testing: part === 'src' && inner === 'testing',
  }
}

function layerNamed(packageName: string): Layer | undefined {
  return LAYERS.find((layer) => PUBLIC_NAMES[layer] === packageName)
}

function wrongPath(file: string, from: Place, specifier: string): string | undefined {
  const target = join(dirname(file), specifier)
  const to = placeOf(target)
  if (to.area !== from.area) {
    if (from.area === 'tools' && to.shipped) return undefined
    return to.layer && to.layer !== from.layer
      ? `reaches into ${to.area} by path; import it as ${PUBLIC_NAMES[to.layer]}`
      : `reaches out of ${from.area}`
  }
  if (!from.shipped || target === `${from.area}/package.json`) return undefined
  if (!to.shipped) return 'shipped code must not import what is not shipped'
  if (to.testing && !from.testing) return 'only tests may use the testing helpers'
  return undefined
}

function wrongName(from: Place, specifier: string, manifest: Manifest): string | undefined {
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (OUTER.some((outer) => name === `halfminute-${outer}`)) return 'nobody imports this'

  const layer = layerNamed(name)
  if (layer && from.layer) {
    if (layer === from.layer) return from.shipped ? 'a package does not import itself' : undefined
    if (LAYERS.indexOf(layer) > LAYERS.indexOf(from.layer)) {
      return `${from.layer} must not know ${layer}`
    }
    if (from.shipped && !from.testing && parts.includes('testing')) {
      return 'only tests may use the testing helpers'
    }
  }
  if (from.shipped && manifest.dependencies?.[name] === undefined) {
    return `not in the dependencies of ${from.area}/package.json`
  }
  return undefined
}

function wrongImport(
  file: string,
  from: Place,
  specifier: string,
  manifest: Manifest,
): string | undefined {
  if (specifier.startsWith('.')) return wrongPath(file, from, specifier)
  if (specifier.startsWith('#')) return undefined
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    return from.layer === 'otp' && from.shipped ? 'otp runs where there is no Node' : undefined
  }
  return wrongName(from, specifier, manifest)
}

export function checkImports(root: string): { problems: string[]; fileCount: number } {
  const files = listFiles(root, PATTERNS)
  const problems = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    const from = placeOf(file)
    const manifest = readManifest(join(root, from.area)) ?? { name: from.area, version: '' }
    const at = (position: number) => `${file}:${lineOf(source, position)}`

    const { imports, computed } = importsOf(source)
    const wrong = imports.flatMap(({ specifier, position }) => {
      const reason = wrongImport(file, from, specifier, manifest)
      return reason === undefined ? [] : [`${at(position)}: imports '${specifier}': ${reason}`]
    })
    const unseen = from.shipped
      ? computed.map((position) => `${at(position)}: a computed import() cannot be checked`)
      : []
    const ambient = ambientSources(file, source).map(
      ({ position, found, reason }) => `${at(position)}: ${found}: ${reason}`,
    )
    return [...wrong, ...unseen, ...ambient]
  })
  return { problems, fileCount: files.length }
}

if (import.meta.main) {
  const { problems, fileCount } = checkImports(repositoryRoot)
  report(problems, `${fileCount} files keep the borders`)
}
