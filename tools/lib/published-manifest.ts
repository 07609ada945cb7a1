/**
 * Turns a workspace's package.json into the one that is published. In the repository `exports` point at
 * sources, so that nothing needs building; in a tarball they point at the compiled files.
 */
import type { Manifest, Target } from './manifest.ts'

/**
 * The Node that a published package needs. It stands here and not in the workspace, where an older Node
 * is welcome to install everything, the right Node included.
 */
const ENGINES: Readonly<Record<string, { readonly node: string }>> = {
  '@halfminute/otp': { node: '>=20.19.0' },
}
const USUAL_ENGINES = { node: '>=24' }
const KEYWORDS = ['2fa', 'two-factor', 'mfa', 'totp', 'hotp', 'otp', 'authenticator', 'login']

/** `./src/x.ts` → `./dist/x.js`; anything else stays as it is. */
function compiled(path: string, ending: '.js' | '.d.ts'): string {
  return path.replace(/^\.\/src\/(.+)\.ts$/, (_, name: string) => `./dist/${name}${ending}`)
}

function publishedExport(target: Target): Target {
  if (typeof target !== 'string') return mapTargets(target, publishedExport)
  if (compiled(target, '.js') === target) return target
  return { types: compiled(target, '.d.ts'), default: compiled(target, '.js') }
}

function publishedImport(target: Target): Target {
  return typeof target === 'string' ? compiled(target, '.js') : mapTargets(target, publishedImport)
}

function mapTargets(
  targets: Readonly<Record<string, Target>>,
  change: (target: Target) => Target,
): Record<string, Target> {
  return Object.fromEntries(Object.entries(targets).map(([key, value]) => [key, change(value)]))
}

/** @param files what `npm pack` may take besides package.json, README and LICENSE */
export function publishedManifest(source: Manifest, files: readonly string[]): Manifest {
  const { private: _private, scripts: _scripts, devDependencies: _dev, ...kept } = source
  return {
    ...kept,
    ...(source.exports && { exports: mapTargets(source.exports, publishedExport) }),
    ...(source.imports && { imports: mapTargets(source.imports, publishedImport) }),
    files,
    author: 'Halfminute contributors',
    license: 'MIT',
    engines: ENGINES[source.name] ?? USUAL_ENGINES,
    keywords: source.keywords ?? KEYWORDS,
    ...(source.name.startsWith('@') && { publishConfig: { access: 'public' } }),
  }
}
