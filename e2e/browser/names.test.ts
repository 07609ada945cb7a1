/** What people call themselves and their things is text, wherever it is shown. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { parseUri } from '@halfminute/otp'
import { needs, site } from './support.ts'
import { confirm, phoneWith, press, register, showPicture } from './person.ts'

const here = site()
const HOSTILE = `<b>"'&amp;</title><script>alert(1)</script>`

test('a login and a name full of markup are shown as they were typed', needs(), () =>
  here.visit(async (page) => {
    page.on('dialog', () => assert.fail('a script of the name has run'))
    await register(page, HOSTILE)
    await isText(page, page.locator('.who span'))
    const secret = await showPicture(page, HOSTILE)
    const uri = await page.getByRole('link', { name: 'Open the app' }).getAttribute('href')
    assert.equal(parseUri(uri ?? '').account, HOSTILE)
    await isText(page, page.locator('.who span'))
    await confirm(page, phoneWith(secret, here).code())
    await page.getByText(`For ${HOSTILE} at Halfminute`).waitFor({ state: 'attached' })
    await page.goto('/account')
    await isText(page, page.locator('.items strong').first())
    await page.getByRole('link', { name: /^Manage/ }).click()
    await isText(page, page.getByRole('heading', { level: 1 }))
    assert.equal(await page.title(), `Authenticator “${HOSTILE}” · Halfminute`)
    assert.equal(await page.getByLabel('Name').inputValue(), HOSTILE)
  }),
)

test('a refused form gives back what was typed, as text', needs(), () =>
  here.visit(async (page) => {
    await page.goto('/login')
    await page.getByLabel('Login').fill(HOSTILE)
    await page.getByLabel('Password', { exact: true }).fill('whatever it is')
    await press(page, 'Continue')
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByLabel('Login').inputValue(), HOSTILE)
    assert.equal(await page.locator('b').count(), 0)
  }),
)

async function isText(page: Page, place: ReturnType<Page['locator']>): Promise<void> {
  assert.equal(await place.innerText(), HOSTILE)
  assert.equal(await page.locator('b').count(), 0)
}
