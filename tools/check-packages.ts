/**
 * Stops this rot: a package that works in this repository and nowhere else. Looks at the tarballs of
 * `npm run build` the way a stranger's machine does: publint and attw read them, npm installs them into an
 * empty folder, every export is imported, the command answers, and a program without Node's types compiles
 * against otp.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFiles, repositoryRoot } from './lib/files.ts'
import { LAYERS, type Manifest, PUBLIC_NAMES, readManifest } from './lib/manifest.ts'
import { type Finished, run, runNpm, runPinned } from './lib/process.ts'
import { report } from './lib/report.ts'

function problemsOf(what: string, { status, output }: Finished): string[] {
  return status === 0 ? [] : [`${what}:\n${output.trimEnd()}`]
}

async function lintTarball(build: string, tarball: string): Promise<string[]> {
  const at = { cwd: build }
  const publint = await runPinned('publint', ['run', tarball, '--strict'], at)
  const attwArgs = [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-color']
  const attw = await runPinned('@arethetypeswrong/cli', attwArgs, { ...at, bin: 'attw' })
  return [...problemsOf(`publint ${tarball}`, publint), ...problemsOf(`attw ${tarball}`, attw)]
}

/** `@scope/name` and each further public path of it. */
export function publicPaths({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((path) => !path.includes('*'))
    .map((path) => name + path.slice(1))
}

async function importEach(home: string, manifest: Manifest): Promise<string[]> {
  const problems: string[] = []
  for (const path of publicPaths(manifest)) {
    const script = `await import(${JSON.stringify(path)})`
    const args = ['--input-type=module', '--eval', script]
    const finished = await run(process.execPath, args, { cwd: home, timeoutSeconds: 60 })
    problems.push(...problemsOf(`import '${path}' from the tarball`, finished))
  }
  return problems
}

async function askCommands(home: string, manifest: Manifest): Promise<string[]> {
  const problems: string[] = []
  for (const name of Object.keys(manifest.bin ?? {})) {
    for (const flag of ['--version', '--help']) {
      const command = join(home, 'node_modules', '.bin', name)
      const finished = await run(command, [flag], { cwd: home, timeoutSeconds: 60 })
      problems.push(...problemsOf(`${name} ${flag}`, finished))
      const answer = finished.stdout.trim()
      const wanted = flag === '--version' ? answer.includes(manifest.version) : answer.length > 0
      if (finished.status === 0 && !wanted) problems.push(`${name} ${flag}: answered "${answer}"`)
    }
  }
  return problems
}

/** Declarations of otp must not lean on Node's: `skipLibCheck` is off and no types are loaded. */
async function compileWithoutNode(home: string): Promise<string[]> {
  writeFileSync(join(home, 'any-runtime.ts'), `export * from '${PUBLIC_NAMES.otp}'\n`)
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024'],
    module: 'nodenext',
    types: [],
    strict: true,
    noEmit: true,
  }
  const config = { compilerOptions, files: ['any-runtime.ts'] }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config))
  const finished = await runPinned('typescript', ['-p', '.'], { cwd: home, bin: 'tsc' })
  return problemsOf('compiling against otp without the types of Node', finished)
}

/** @param home an empty folder, which becomes the stranger's project */
async function tryAsStranger(build: string, home: string): Promise<string[]> {
  const dependencies = Object.fromEntries(
    LAYERS.map((layer) => {
      const { version } = readManifest(join(build, layer)) ?? { version: '' }
      const name = PUBLIC_NAMES[layer]
      const tarball = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
      return [name, `file:${join(build, tarball)}`]
    }),
  )
  const project = { name: 'stranger', private: true, type: 'module', dependencies }
  writeFileSync(join(home, 'package.json'), JSON.stringify(project))
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const installed = await runNpm(['install', ...quietly], { cwd: home })
  if (installed.status !== 0) return problemsOf('npm install of the tarballs', installed)

  const problems = await compileWithoutNode(home)
  for (const layer of LAYERS) {
    const manifest = readManifest(join(home, 'node_modules', PUBLIC_NAMES[layer]))
    if (!manifest) problems.push(`${PUBLIC_NAMES[layer]} was not installed`)
    else
      problems.push(...(await importEach(home, manifest)), ...(await askCommands(home, manifest)))
  }
  return problems
}

/** Expects the tarballs of a finished `buildPackages(root)`. */
export async function checkPackages(root: string): Promise<string[]> {
  const build = join(root, 'build')
  const tarballs = listFiles(build, ['*.tgz'])
  if (tarballs.length !== LAYERS.length) {
    return [`build/ holds ${tarballs.length} tarballs of ${LAYERS.length}; npm run build first`]
  }
  const problems: string[] = []
  for (const tarball of tarballs) problems.push(...(await lintTarball(build, tarball)))
  const home = mkdtempSync(join(tmpdir(), 'halfminute-stranger-'))
  try {
    return [...problems, ...(await tryAsStranger(build, home))]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  report(await checkPackages(repositoryRoot), 'the tarballs install, import and answer')
}
