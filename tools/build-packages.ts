/**
 * `npm run build`. Stops this rot: published files that differ from what was tested, types that resolve
 * only inside this repository, and tests or sources that travel along in a tarball.
 *
 * Stages each package in `build/<name>/` (compiled `dist/`, a rewritten package.json, the texts) and packs
 * it into `build/*.tgz`. A staged package is compiled against the staged ones below it, never against
 * their sources: `build/node_modules` stands before the repository's own. Nothing outside `build/` changes.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { listFiles, repositoryRoot } from './lib/files.ts'
import { LAYERS, type Manifest, readManifest } from './lib/manifest.ts'
import { runNpm, runPinned } from './lib/process.ts'
import { publishedManifest } from './lib/published-manifest.ts'
import { report } from './lib/report.ts'
import { importsOf } from './lib/source.ts'

const COMPILER = {
  extends: '../../tsconfig.json',
  compilerOptions: {
    noEmit: false,
    rootDir: 'src',
    outDir: 'dist',
    declaration: true,
    rewriteRelativeImportExtensions: true,
  },
  include: ['src'],
}

/** Everything the package ships, ready in `stage`, with its sources still beside it. */
function copyIn(root: string, folder: string, stage: string, manifest: Manifest): void {
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  for (const name of ['src', 'bin', 'README.md']) {
    if (existsSync(join(folder, name))) {
      cpSync(join(folder, name), join(stage, name), { recursive: true })
    }
  }
  for (const name of ['LICENSE', 'CHANGELOG.md']) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(stage, name))
  }
  const shipped = ['bin', 'CHANGELOG.md'].filter((name) => existsSync(join(stage, name)))
  const published = publishedManifest(manifest, ['dist', ...shipped])
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify(COMPILER))
}

/** Makes `from` (a name under some node_modules) stand for the folder `to`. */
function link(from: string, to: string): void {
  rmSync(from, { recursive: true, force: true })
  mkdirSync(dirname(from), { recursive: true })
  symlinkSync(to, from, 'junction')
}

/** Declarations keep the `.ts` of the imports they came from; `.js` is what every TypeScript finds. */
function pointDeclarationsAtJs(stage: string): void {
  for (const file of listFiles(stage, ['dist/**/*.d.ts'])) {
    let text = readFileSync(join(stage, file), 'utf8')
    for (const { specifier, position } of importsOf(text).imports.toReversed()) {
      const end = position + 1 + specifier.length
      if (/^\.{1,2}\/.*(?<!\.d)\.ts$/.test(specifier)) {
        text = `${text.slice(0, end - 3)}.js${text.slice(end)}`
      }
    }
    writeFileSync(join(stage, file), text)
  }
}

/** What the sources read at run time (styles, scripts, migrations) lies beside the compiled files too. */
function copyAssets(stage: string): void {
  for (const file of listFiles(stage, ['src/**/*.*'])) {
    if (file.endsWith('.ts')) continue
    cpSync(join(stage, file), join(stage, file.replace(/^src/, 'dist')), { recursive: true })
  }
}

/** The names in a tarball that nobody should receive, and the ones package.json promises in vain. */
export function wrongContents(paths: readonly string[], manifest: Manifest): string[] {
  const stray = paths.filter(
    (path) => /(?<!\.d)\.[cm]?ts$/.test(path) || /(^|\/)tests?\/|\.test\./.test(path),
  )
  const promised = [...JSON.stringify(manifest).matchAll(/"(?:\.\/)?((?:dist|bin)\/[^"*]+)"/g)]
  const missing = promised.map((m) => m[1] ?? '').filter((path) => !paths.includes(path))
  return [
    ...stray.map((path) => `${path} must not be published`),
    ...missing.map((path) => `${path} is promised by package.json but not there`),
  ]
}

async function pack(stage: string, destination: string): Promise<{ problems: string[] }> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
  const { status, stdout, output } = await runNpm(args, { cwd: stage })
  if (status !== 0) return { problems: [output] }
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  const manifest = readManifest(stage)
  if (!packed || !manifest) return { problems: ['npm pack made nothing'] }
  return {
    problems: wrongContents(
      packed.files.map(({ path }) => path),
      manifest,
    ),
  }
}

async function buildPackage(root: string, name: string): Promise<string[]> {
  const folder = join(root, 'packages', name)
  const build = join(root, 'build')
  const stage = join(build, name)
  const manifest = readManifest(folder)
  if (!manifest) return [`packages/${name}: no package.json`]

  copyIn(root, folder, stage, manifest)
  link(join(build, 'node_modules', manifest.name), stage)
  // Dependencies that npm could not hoist.
  const own = join(folder, 'node_modules')
  if (existsSync(own)) link(join(stage, 'node_modules'), own)

  const compiled = await runPinned('typescript', ['-p', '.'], { cwd: stage, bin: 'tsc' })
  if (compiled.status !== 0) {
    const lines = compiled.output.trim().split('\n')
    return lines.map((line) => line.replace(/^src\//, `packages/${name}/src/`))
  }
  pointDeclarationsAtJs(stage)
  copyAssets(stage)
  const { problems } = await pack(stage, build)
  return problems.map((line) => `packages/${name}: ${line}`)
}

/** Stops at the first package that fails: those above it would only repeat its problems. */
export async function buildPackages(root: string): Promise<string[]> {
  const build = join(root, 'build')
  mkdirSync(build, { recursive: true })
  for (const old of listFiles(build, ['*.tgz'])) rmSync(join(build, old))
  for (const name of LAYERS) {
    const problems = await buildPackage(root, name)
    if (problems.length > 0) return problems
  }
  return []
}

if (import.meta.main) {
  const problems = await buildPackages(repositoryRoot)
  report(problems, listFiles(join(repositoryRoot, 'build'), ['*.tgz']).join('\n'))
}
