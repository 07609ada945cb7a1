/** A code by mail and one by SMS in a browser, as a real mail server and an API for SMS got them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openMailbox } from '../support/mailbox.ts'
import { codeIn, openPhonebox } from '../support/phonebox.ts'
import { wholeFile } from '../support/server.ts'
import { enrolQuietly, giveCode, givePassword, press } from './person.ts'
import { needs, site } from './support.ts'

const file = wholeFile()
const mailbox = await openMailbox(file)
const phonebox = await openPhonebox(file)
const flags = {
  'smtp-url': `smtp://127.0.0.1:${mailbox.port}`,
  'mail-from': 'login@example.com',
  'email-codes': 'on',
}
const here = site(flags, phonebox.env)

/** On the page of the address: a code is sent there, read and given back. */
async function confirmAddress(
  page: Page,
  label: string,
  address: string,
  read: () => Promise<string>,
) {
  await page.getByLabel(label).fill(address)
  await press(page, 'Send a code')
  await page.getByRole('status').getByText('A code is on its way').waitFor()
  await page.getByLabel('Code', { exact: true }).fill(codeIn(await read()))
  await press(page, 'Confirm')
  await page.waitForURL('**/account')
  await page.getByRole('status').getByText('It is confirmed').waitFor()
}

/** Through all of it: both addresses confirmed, then in by each of them. */
async function wholeWay(login: string, number: string, options: BrowserContextOptions = {}) {
  const mailed = (subject: string) => async () => (await mailbox.next(login, subject)).text
  await here.visit(async (page) => {
    await enrolQuietly(page, here, login)
    await page.goto('/account')
    await page.getByText('not confirmed').waitFor()
    await page.getByRole('link', { name: 'Confirm your e-mail address' }).click()
    await confirmAddress(page, 'E-mail address', login, mailed('to confirm'))
    await page.getByRole('link', { name: 'Add your telephone number' }).click()
    await page.getByText('a number can be taken over').waitFor()
    await confirmAddress(page, 'Number', number, () => phonebox.next(number))
  }, options)
  const ways = [
    ['e-mail', mailed('Your code to sign in')],
    ['SMS', () => phonebox.next(number)],
  ] as const
  for (const [way, read] of ways) {
    await here.visit(async (page) => {
      await givePassword(page, login)
      await page.getByText('Open your authenticator app').waitFor()
      await page.getByText('a number can be taken over').waitFor()
      await press(page, `Send a code by ${way}`)
      await page.getByRole('status').getByText('A code is on its way').waitFor()
      const old = codeIn(await read())
      await press(page, 'Send another code')
      const code = codeIn(await read())
      if (old !== code) {
        await giveCode(page, old)
        await page.getByRole('alert').getByText('only the newest one').waitFor()
      }
      await giveCode(page, code)
      await page.waitForURL('**/account')
      await page.getByText(`Signed in with a code by ${way}`).first().waitFor()
      assert.equal((await page.content()).includes(code), false)
    }, options)
  }
}

test('confirmed, asked for and given in a browser, with scripts [R21] [R22]', needs(), () =>
  wholeWay('ada@example.com', '+4915112345601'),
)

test('confirmed, asked for and given in a browser, without scripts [R21] [R22]', needs(), () =>
  wholeWay('grace@example.com', '+4915112345602', { javaScriptEnabled: false }),
)

test('no address held a code', needs(), () => {
  for (const address of here.requested) assert.doesNotMatch(address, /code=|\d{6}(?!\d)(?=$|[&#])/)
})
