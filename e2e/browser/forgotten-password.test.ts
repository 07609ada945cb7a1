/** A forgotten password in a browser, with the mail as a real mail server got it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openMailbox } from '../support/mailbox.ts'
import { wholeFile } from '../support/server.ts'
import { needs, site } from './support.ts'
import { enrolQuietly, giveCode, givePassword, PASSWORD, press } from './person.ts'

const NEW_PASSWORD = 'quite another horse'

const mailbox = await openMailbox(wholeFile())
const here = site({
  'smtp-url': `smtp://127.0.0.1:${mailbox.port}`,
  'mail-from': 'login@example.com',
})

/** From the page for signing in to the mail. */
async function askForLink(page: Page, login: string) {
  await page.goto('/login')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('Login').fill(login)
  await press(page, 'Send the link')
  await page.getByRole('status').getByText('a link is on its way').waitFor()
  const { html, text } = await mailbox.next(login, 'Set a new password')
  const link = /href="(http[^"]+#[^"]+)"/.exec(html)?.[1] ?? assert.fail(html)
  const code = /^ {4}(\S+)$/m.exec(text)?.[1] ?? assert.fail(text)
  return { link, code }
}

/** Lives through all of it; `open` is how the link gets the code into the page. */
async function wholeWay(
  login: string,
  open: (page: Page, mail: { link: string; code: string }) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  await here.visit(async (known) => {
    const { phone } = await enrolQuietly(known, here, login)
    await here.visit(async (page) => {
      await open(page, await askForLink(page, login))
      await page.getByLabel('New password').fill('short')
      await press(page, 'Set password')
      await page.getByRole('alert').getByText('too short').waitFor()
      assert.equal(await page.getByLabel('Code from the mail').count(), 0, 'it is not asked again')
      await page.getByLabel('New password').fill(NEW_PASSWORD)
      await press(page, 'Set password')
      await page.waitForURL('**/login')
      await page.getByRole('status').getByText('Your new password is set').waitFor()
      await page.goto('/account')
      assert.match(page.url(), /\/login$/, 'nobody is signed in by it')
      await givePassword(page, login, PASSWORD)
      await page.getByRole('alert').waitFor()
      await givePassword(page, login, NEW_PASSWORD)
      here.clock.wait(30)
      await giveCode(page, phone.code())
      await page.waitForURL('**/account')
      await page.getByText('New password set by mail').waitFor()
    }, options)
    await known.goto('/account')
    assert.match(known.url(), /\/login$/, 'the session of before is over')
  })
}

test(
  'the link from the mail leads to a new password; the code of the phone is still asked [R37]',
  needs(),
  () =>
    wholeWay('ada@example.com', async (page, { link, code }) => {
      await page.goto(link)
      await page.waitForURL('**/password/reset')
      assert.equal(await page.getByLabel('Code from the mail').isVisible(), false)
      assert.equal(await page.evaluate('document.activeElement.id'), 'password')
      assert.equal((await page.content()).includes(code), false)
    }),
)

test('without scripts the code from the mail is pasted [R37]', needs(), () =>
  wholeWay(
    'grace@example.com',
    async (page, { link, code }) => {
      await page.goto(link)
      await page.getByLabel('Code from the mail').fill(code)
    },
    { javaScriptEnabled: false },
  ),
)

test(
  'a newer link, opened where the older one is open already, is the one that counts [R37]',
  needs(),
  () =>
    here.visit(async (page) => {
      const login = 'hedy@example.com'
      await enrolQuietly(page, here, login)
      await page.context().clearCookies()
      const older = await askForLink(page, login)
      const newer = await askForLink(page, login)
      await page.goto(older.link)
      await page.waitForURL('**/password/reset')
      await page.goto(newer.link)
      await page.waitForURL('**/password/reset')
      await page.getByLabel('New password').fill(NEW_PASSWORD)
      await press(page, 'Set password')
      await page.getByRole('status').getByText('Your new password is set').waitFor()
      await page.goto(newer.link)
      await page.getByLabel('New password').fill('a third horse')
      await press(page, 'Set password')
      await page.getByRole('alert').getByText('Ask for another one').waitFor()
      assert.equal(await page.getByLabel('Code from the mail').isVisible(), true)
    }),
)
