/** The part of the tour about where people are reached, and about the codes that are sent there. */
import type { Page } from 'playwright-core'
import { press } from './person.ts'
import type { Site } from './support.ts'

/** As wide as an address may be, and nowhere to break it. */
const WIDEST_ADDRESS = `${'w'.repeat(64)}@${'w'.repeat(63)}.example.com`

type Look = (stop: string) => Promise<void>

/** What was sent last, as a developer reads it. */
async function shownCode(page: Page, mailPage: string, heading: string): Promise<string> {
  // It is sent within a second.
  for (;;) {
    await page.goto(mailPage)
    const [newest = ''] = await page.locator('section.card').allInnerTexts()
    const code = /(?:^|\s)(\d{6})\s/.exec(newest)?.[1]
    if (newest.startsWith(heading) && code !== undefined) return code
  }
}

/** Signed in, with a fresh proof. */
export async function pastContacts(page: Page, { mailPage }: Site, look: Look): Promise<void> {
  await page.goto('/account/contacts/email')
  await look('mail address')
  await page.getByLabel('E-mail address').fill('ada at home')
  await press(page, 'Send a code')
  await look('mail address, refused')
  await page.getByLabel('E-mail address').fill(WIDEST_ADDRESS)
  await press(page, 'Send a code')
  await page.getByRole('status').getByText('A code is on its way').waitFor()
  await look('mail address, with a code on its way')
  await page.getByLabel('Code', { exact: true }).fill('12')
  await press(page, 'Confirm')
  await look('mail address, with a code refused')
  const mailed = await shownCode(page, mailPage, 'Your code to confirm')
  await page.goto('/account/contacts/email')
  await page.getByLabel('Code', { exact: true }).fill(mailed)
  await press(page, 'Confirm')
  await page.getByText('It is confirmed').waitFor()
  await look('account, with an address')
  await page.getByRole('link', { name: 'Add your telephone number' }).click()
  await look('number')
  await page.getByLabel('Number').fill('+49 1511 2345678')
  await press(page, 'Send a code')
  const sent = await shownCode(page, mailPage, 'SMS')
  await page.goto('/account/contacts/sms')
  await page.getByLabel('Code', { exact: true }).fill(sent)
  await press(page, 'Confirm')
  await page.getByText('It is confirmed').waitFor()
  await page.goto('/account/contacts/sms')
  await look('number, confirmed')
}

/** From the page that asks for a code, and back there. */
export async function pastSentCodes(page: Page, look: Look): Promise<void> {
  await press(page, 'Send a code by e-mail')
  await page.getByRole('status').getByText('A code is on its way').waitFor()
  await look('code by mail')
  await page.getByLabel('Code', { exact: true }).fill('12')
  await press(page, 'Sign in')
  await look('code by mail, refused')
  await page.goto('/login/code')
  await press(page, 'Send a code by SMS')
  await look('code by SMS')
  await page.goto('/login/code')
}
