/** Small trees of files in a temporary folder, for tools that read a repository. Gone after the test. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { repositoryRoot } from '../lib/files.ts'

/** @returns the folder that now holds `files` (path → text; objects become JSON) */
export function tree(t: TestContext, files: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), 'halfminute-tools-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/** The repository's installed packages and compiler settings, for trees that are compiled. */
export function borrowToolchain(root: string): void {
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'), 'junction')
  const settings = { extends: join(repositoryRoot, 'tsconfig.json') }
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(settings))
}
