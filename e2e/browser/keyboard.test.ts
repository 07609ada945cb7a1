/** Without a mouse: every step can be reached with the Tab key, and shows where one is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs, site } from './support.ts'
import { PASSWORD, phoneWith, shownRecoveryCodes, shownSecret } from './person.ts'

const here = site()

test('enrolling and signing in need no mouse', needs(), () =>
  here.visit(async (page) => {
    await page.goto('/register')
    await startsIn(page, '#login')
    await page.keyboard.type('ada@example.com')
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await tabTo(page, 'Create account')
    await page.keyboard.press('Enter')

    await page.waitForURL('**/account/authenticators/new')
    await tabTo(page, 'Show the QR code')
    await page.keyboard.press('Enter')

    await startsIn(page, '#code')
    const phone = phoneWith(await shownSecret(page), here)
    await page.keyboard.type(phone.code())
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()
    assert.equal((await shownRecoveryCodes(page)).length, 10)
    await tabTo(page, 'I have kept them')
    await page.keyboard.press('Enter')

    await page.waitForURL('**/account')
    await tabTo(page, 'Sign out')
    await page.keyboard.press('Enter')

    await page.waitForURL('**/login')
    await startsIn(page, '#login')
    await page.keyboard.type('ada@example.com')
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')

    await page.waitForURL('**/login/code')
    await startsIn(page, '#code')
    here.clock.wait(30)
    await page.keyboard.type(phone.code())
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account')

    await page.keyboard.press('Tab')
    assert.equal(await focused(page), 'Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Add an authenticator', 1)
  }),
)

test('a refused form puts the cursor into the field to mend', needs(), () =>
  here.visit(async (page) => {
    await page.goto('/register')
    await startsIn(page, '#login')
    await page.keyboard.type('grace@example.com')
    await tabTo(page, 'Password')
    await page.keyboard.type('short')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await startsIn(page, '#password')
    const field = page.getByLabel('Password', { exact: true })
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.equal(await field.getAttribute('aria-describedby'), 'problem password-hint')
    assert.equal(await page.getByLabel('Login').getAttribute('aria-invalid'), null)
    assert.equal(await page.getByLabel('Login').inputValue(), 'grace@example.com')
  }),
)

/** Where the cursor is when the page has come. */
async function startsIn(page: Page, field: string): Promise<void> {
  await page.locator(`${field}:focus`).waitFor()
}

/** Presses Tab until the control of that name has the focus, which must be visible at every stop. */
async function tabTo(page: Page, name: string, atMost = 20): Promise<void> {
  const stops: string[] = []
  while (stops.at(-1) !== name) {
    assert.ok(stops.length < atMost, `“${name}” is not among ${stops.join(', ')}`)
    await page.keyboard.press('Tab')
    stops.push(await focused(page))
    const outline = await page.evaluate<string>(
      'getComputedStyle(document.activeElement).outlineStyle',
    )
    assert.notEqual(outline, 'none', `focus on “${stops.at(-1)}” can be seen`)
  }
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    '(document.activeElement.labels?.[0] ?? document.activeElement).textContent.replace(/\\s+/g, " ").trim()',
  )
}
