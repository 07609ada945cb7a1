/**
 * TypeScript in the manual is code: a fence marked `ts` must compile under the repository's own settings,
 * `ts run` must also run and end with exit 0, `ts ignore` is left alone. Each fence stands for itself and
 * imports what it uses by public name, as a reader would.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFiles } from '../lib/files.ts'
import { run, runPinned } from '../lib/process.ts'
import { fencesOf } from './markdown.ts'

const PAGES = ['README.md', 'docs/*.md', 'packages/*/README.md']
const RUN_TIMEOUT_SECONDS = 60

interface Snippet {
  readonly doc: string
  /** Line of the opening fence, so line n of the snippet is line `line` + n of the page. */
  readonly line: number
  readonly text: string
  readonly runs: boolean
  /** Name in the workplace. */
  readonly file: string
}

function snippetsOf(root: string): Snippet[] {
  const all = listFiles(root, PAGES).flatMap((doc) =>
    fencesOf(readFileSync(join(root, doc), 'utf8')).map((fence) => ({ doc, ...fence })),
  )
  return all
    .filter(({ info }) => /^(?:ts|typescript)(?: run)?$/.test(info))
    .map(({ doc, line, text, info }, at) => ({
      doc,
      line,
      text,
      runs: info.endsWith(' run'),
      file: `snippet-${at}.ts`,
    }))
}

function unknownMarks(root: string): string[] {
  return listFiles(root, PAGES).flatMap((doc) =>
    fencesOf(readFileSync(join(root, doc), 'utf8'))
      .filter(({ info }) => /^(?:ts|typescript)\b(?!$| run$| ignore$)/.test(info))
      .map(({ line, info }) => `${doc}:${line}: unknown mark '${info}': ts, ts run or ts ignore`),
  )
}

/** Compiler output with the places of the page instead of the workplace. */
function inPages(output: string, snippets: readonly Snippet[]): string[] {
  return output
    .trim()
    .split('\n')
    .map((line) =>
      line.replace(/^(snippet-\d+\.ts)\((\d+),\d+\)/, (whole, file: string, row: string) => {
        const snippet = snippets.find((one) => one.file === file)
        return snippet ? `${snippet.doc}:${snippet.line + Number(row)}` : whole
      }),
    )
}

async function compile(
  root: string,
  workplace: string,
  snippets: readonly Snippet[],
): Promise<string[]> {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, moduleDetection: 'force' },
    include: ['snippet-*.ts'],
  }
  writeFileSync(join(workplace, 'tsconfig.json'), JSON.stringify(config))
  const args = ['-p', '.', '--pretty', 'false']
  const { status, output } = await runPinned('typescript', args, { cwd: workplace, bin: 'tsc' })
  return status === 0 ? [] : inPages(output, snippets)
}

export async function checkSnippets(root: string): Promise<string[]> {
  const problems = unknownMarks(root)
  const snippets = snippetsOf(root)
  if (snippets.length === 0) return problems
  const workplace = mkdtempSync(join(tmpdir(), 'halfminute-snippets-'))
  try {
    // Public names resolve as they do for the repository's own code.
    symlinkSync(join(root, 'node_modules'), join(workplace, 'node_modules'), 'junction')
    writeFileSync(join(workplace, 'package.json'), '{ "type": "module" }')
    for (const { file, text } of snippets) writeFileSync(join(workplace, file), text)
    problems.push(...(await compile(root, workplace, snippets)))
    for (const { doc, line, file } of snippets.filter(({ runs }) => runs)) {
      const limits = { cwd: workplace, timeoutSeconds: RUN_TIMEOUT_SECONDS }
      const { status, output } = await run(process.execPath, [file], limits)
      if (status !== 0) problems.push(`${doc}:${line}: does not run:\n${output.trimEnd()}`)
    }
    return problems
  } finally {
    rmSync(workplace, { recursive: true, force: true })
  }
}
