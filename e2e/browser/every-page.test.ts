/**
 * What must hold on every page in every state, on a small phone, dark and light. The stops are those of
 * `tour.ts`; one walk shows both colour schemes, because the walk takes longer than the look.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { needs, site } from './support.ts'
import { confirm, phoneWith, register, showPicture } from './person.ts'
import { LONGEST_LOGIN, tour } from './tour.ts'

/** Given to each page from outside, where the content security policy does not reach. */
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

const here = site({
  'code-failures-per-day': '2',
  'device-failures-per-quarter': '2',
  'consecutive-failures': '4',
  'trusted-browser-days': '30',
  'email-codes': 'on',
  'sms-codes': 'on',
})

const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  colorScheme: 'dark',
  hasTouch: true,
}

test(
  'every page passes axe, dark and light, fits 360 pixels with the longest names, keeps nothing and asks no other origin [R42]',
  needs(),
  () => here.visit((page) => inspectAll(page, LONGEST_LOGIN), PHONE),
)

test('no address held a secret [R42]', needs(), () =>
  here.visit(async (page) => {
    await register(page, 'grace@example.com')
    const secret = await showPicture(page)
    await confirm(page, phoneWith(secret, here).code())
    const codes = await page.locator('.codes li').allInnerTexts()
    await page.getByRole('link', { name: 'I have kept them' }).click()
    await page.waitForURL('**/account')
    assert.ok([...here.requested].some((address) => address.includes('/confirm')))
    for (const address of here.requested) {
      for (const word of [secret, ...codes]) assert.ok(!address.includes(word))
      assert.ok(!/otpauth|code=|password=|secret=/.test(address), address)
    }
  }),
)

async function inspectAll(page: Page, login: string): Promise<void> {
  const titles = new Map<string, string>()
  await tour(page, here, login, async (stop) => {
    assert.equal(await overflow(page), 0, `${stop} is wider than the screen`)
    assert.deepEqual(await violations(page), [], `${stop} has violations`)
    await page.emulateMedia({ colorScheme: 'light' })
    // What else axe looks at is the same in every colour.
    assert.deepEqual(
      await violations(page, ['color-contrast']),
      [],
      `${stop} has them in the light`,
    )
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0, stop)
    const kind = stop.replace(/, .*/, '')
    const title = await page.title()
    assert.equal(titles.get(kind) ?? title, title, `${stop} has the title of its page`)
    titles.set(kind, title)
  })
  const names = [...titles.values()]
  assert.deepEqual(names, [...new Set(names)], 'no two pages have one title')
  for (const cookie of await page.context().cookies()) assert.ok(cookie.httpOnly, cookie.name)
}

function overflow(page: Page): Promise<number> {
  return page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
}

/** Told as rule and place, which is what a failing test should say. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(AXE)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
