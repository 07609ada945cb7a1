/**
 * A real server with a clock that tests move, and a real Chromium that visits it.
 *
 * Promises: one server and one browser to a file; every visit has a fresh profile and ends with a look
 * back: nothing was blocked by the content security policy, nothing was asked of another origin (R42).
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createOperator, sqliteStore } from '@halfminute/engine'
import { readSettings, start } from 'halfminute'
import type { Running } from 'halfminute'
import { fixedClock } from '@halfminute/engine/testing'
import type { FixedClock } from '@halfminute/engine/testing'

const CHROMIUMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

type Need = 'chromium' | 'oathtool' | 'zbarimg'

/** Test options: skipped, with the reason, where a program is missing and may be missing. */
export function needs(...programs: readonly Need[]): { skip: string | false; timeout: number } {
  const missing = ['chromium' as const, ...programs].find((program) => !isHere(program))
  const required = process.env['HALFMINUTE_TEST_REQUIRE_ALL'] !== undefined
  const name = missing === 'chromium' ? 'Chromium' : missing
  return { skip: missing === undefined || required ? false : `no ${name}`, timeout: 120_000 }
}

function isHere(program: Need): boolean {
  if (program === 'chromium') return CHROMIUMS.some((path) => existsSync(path))
  return spawnSync(program, ['--version']).error === undefined
}

export interface Site {
  readonly url: string
  /** Shows the mails that are not sent. */
  readonly mailPage: string
  readonly clock: FixedClock
  /** A person with a browser of their own: fresh profile, closed afterwards. */
  visit(use: (page: Page) => Promise<void>, options?: BrowserContextOptions): Promise<void>
  /** Addresses asked for so far, by all visits. */
  readonly requested: ReadonlySet<string>
  /** What `halfminute admin bootstrap` prints. */
  invitation(): Promise<string>
}

/** Refused forms answer with 4xx on purpose; a quick test types before the page puts the cursor anywhere. */
const EXPECTED = ['Failed to load resource', 'Autofocus processing was blocked']

/** To be called at the top of a test file. */
export function site(
  flags: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Site {
  // Cookies age by the browser's clock, so the server's starts beside it.
  const clock = fixedClock(Math.floor(Date.now() / 1000))
  const folder = mkdtempSync(join(tmpdir(), 'halfminute-browser-'))
  const requested = new Set<string>()
  let running: Running | undefined
  let browser: Browser | undefined

  before(async () => {
    if (needs().skip !== false) return
    const files = { database: join(folder, 'a.db'), 'key-file': join(folder, 'a.key') }
    const own = { port: '0', 'log-level': 'silent', ...files }
    running = await start(readSettings({ env, flags: { ...own, ...flags } }), { clock })
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await running?.stop()
    rmSync(folder, { recursive: true })
  })

  const url = () => {
    assert.ok(running, 'the server runs only while tests do')
    return running.url
  }
  return {
    get url() {
      return url()
    },
    get mailPage() {
      return running?.mailPage ?? assert.fail('mails are sent, or nothing runs')
    },
    clock,
    requested,
    async invitation() {
      const store = sqliteStore(join(folder, 'a.db'))
      try {
        return (await createOperator({ store, clock }).inviteFirstAdmin()).invitation
      } finally {
        await store.close()
      }
    },
    async visit(use, options = {}) {
      assert.ok(browser)
      const context = await browser.newContext({ baseURL: url(), ...options })
      context.setDefaultTimeout(10_000)
      const complaints: string[] = []
      context.on('request', (request) => requested.add(request.url()))
      context.on('console', (message) => {
        if (!EXPECTED.some((words) => message.text().startsWith(words))) {
          complaints.push(message.text())
        }
      })
      context.on('weberror', (error) => complaints.push(error.error().message))
      const page = await context.newPage()
      try {
        await use(page)
        assert.deepEqual(complaints, [], 'the console is silent')
        const elsewhere = [...requested].filter((address) => !address.startsWith(`${url()}/`))
        assert.deepEqual(elsewhere, [], 'nothing was asked of another origin')
      } finally {
        await context.close()
      }
    },
  }
}

function launch(): Promise<Browser> {
  const executablePath = CHROMIUMS.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error(`no Chromium at ${CHROMIUMS.join(', ')}`)
  const quiet = ['networking', 'timer-throttling'].map((what) => `--disable-background-${what}`)
  const plain = ['--no-sandbox', '--disable-gpu', '--disable-sync', '--disable-component-update']
  return chromium.launch({ executablePath, args: [...plain, ...quiet, '--no-first-run'] })
}
