/**
 * Every `npm run X`, `npm test`, `npm start` that a page shows as code is a script of the root package.json
 * or of the one nearest to the page. `npm X` with any other X must be a command that npm itself has.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readManifest } from '../lib/manifest.ts'
import { lineOf } from '../lib/source.ts'
import { onlyCode } from './markdown.ts'

const OF_NPM = new Set(
  [
    'access audit cache ci config create dedupe deprecate diff dist-tag doctor exec explain help',
    'i init install link login logout ls outdated owner pack ping pkg prefix prune publish rebuild',
    'root run run-script search uninstall unpublish update version view whoami',
  ].flatMap((line) => line.split(' ')),
)
const NPM = /(?<![\w@/.-])npm +(?:(?:run|run-script) +)?(?:-[\w-]+(?:=\S+)? +)*([a-z][\w:.-]*)/g

function scriptsFor(root: string, doc: string): Set<string> {
  let folder = dirname(doc)
  while (folder !== '.' && !existsSync(join(root, folder, 'package.json'))) folder = dirname(folder)
  const names = [root, join(root, folder)].map((at) => Object.keys(readManifest(at)?.scripts ?? {}))
  return new Set(names.flat())
}

export function checkNpmScripts(root: string, docs: readonly string[]): string[] {
  return docs.flatMap((doc) => {
    const code = onlyCode(readFileSync(join(root, doc), 'utf8'))
    const scripts = scriptsFor(root, doc)
    return [...code.matchAll(NPM)].flatMap(({ 0: command, 1: name = '', index }) => {
      const isRun = /\brun(-script)?\b/.test(command)
      if (scripts.has(name) || (!isRun && OF_NPM.has(name))) return []
      return [`${doc}:${lineOf(code, index)}: ${command}: no such script in package.json`]
    })
  })
}
