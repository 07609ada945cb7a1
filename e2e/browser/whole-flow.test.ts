/** A person's whole way through the pages, with scripts and without: one story, two browsers. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { parseUri } from '@halfminute/otp'
import { needs, site } from './support.ts'
import {
  confirm,
  giveCode,
  givePassword,
  phoneWith,
  press,
  register,
  showPicture,
  shownRecoveryCodes,
} from './person.ts'

const here = site()

test(
  'the whole way, from registering to a new password, with scripts [R2, R20]',
  needs('oathtool', 'zbarimg'),
  () => here.visit((page) => wholeWay(page, 'ada@example.com')),
)

test(
  'the whole way, from registering to a new password, without scripts [R2, R20]',
  needs('oathtool', 'zbarimg'),
  () =>
    here.visit((page) => wholeWay(page, 'bob@example.com'), {
      javaScriptEnabled: false,
      viewport: { width: 360, height: 740 },
    }),
)

async function wholeWay(page: Page, login: string): Promise<void> {
  await register(page, login)

  const secret = await showPicture(page)
  const scanned = await scan(page)
  assert.equal(scanned, await page.getByRole('link', { name: 'Open the app' }).getAttribute('href'))
  const totp = parseUri(scanned)
  assert.equal(totp.secret.base32, secret)
  assert.deepEqual([totp.issuer, totp.account], ['Halfminute', login])

  await confirm(page, oathtool(secret))
  const codes = await shownRecoveryCodes(page)
  assert.equal(new Set(codes).size, 10)
  await page.getByRole('link', { name: 'I have kept them' }).click()
  await page.getByText('10 left').waitFor()

  await press(page, 'Sign out')
  await page.getByRole('status').getByText('You are signed out.').waitFor()

  await givePassword(page, login)
  here.clock.wait(30)
  // As apps show it and people paste it.
  await page.getByLabel('Code').focus()
  await page.keyboard.insertText(oathtool(secret).replace(/^.../, '$& '))
  await press(page, 'Sign in')
  await page.waitForURL('**/account')

  await press(page, 'Sign out')
  await givePassword(page, login)
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill((codes[0] ?? '').toLowerCase().replaceAll('-', ' '))
  await press(page, 'Sign in')
  await page.getByRole('status').getByText('You used up a recovery code').waitFor()
  await page.getByText('9 left').waitFor()

  await page.getByRole('link', { name: 'Manage My phone' }).click()
  await page.getByLabel('Name').fill('Old phone')
  await press(page, 'Rename')
  await page.getByRole('strong').getByText('Old phone').waitFor()

  await page.getByRole('link', { name: 'Add an authenticator' }).click()
  const second = phoneWith(await showPicture(page, 'New phone'), here)
  await confirm(page, second.code())
  await page.getByRole('status').getByText('works from now on').waitFor()

  await here.visit(async (other) => {
    await givePassword(other, login)
    here.clock.wait(30)
    await giveCode(other, second.code())
    await other.waitForURL('**/account')
    await page.reload()
    await page.getByRole('button', { name: /^End/ }).click()
    await page.getByRole('status').getByText('That session has ended').waitFor()
    await other.reload()
    await other.getByRole('status').getByText('Your session is over').waitFor()
  })

  await page.getByRole('link', { name: 'Manage Old phone' }).click()
  await press(page, 'Remove Old phone')
  await page.getByRole('status').getByText('is removed').waitFor()
  assert.equal(await page.getByRole('link', { name: /^Manage/ }).count(), 1)

  await page.getByRole('link', { name: 'Make a new set' }).click()
  await press(page, 'Make a new set')
  const newCodes = await shownRecoveryCodes(page)
  assert.equal(new Set([...codes, ...newCodes]).size, 20)
  await page.getByRole('link', { name: 'I have kept them' }).click()

  await page.getByRole('link', { name: 'Change your password' }).click()
  await page.getByLabel('New password').fill('another horse altogether')
  await press(page, 'Change password')
  await page.getByRole('status').getByText('password is changed').waitFor()

  await press(page, 'Sign out')
  await givePassword(page, login)
  await page.getByRole('alert').getByText('is wrong').waitFor()
  await givePassword(page, login, 'another horse altogether')
  here.clock.wait(30)
  await giveCode(page, second.code())
  await page.getByRole('heading', { name: 'Your account' }).waitFor()
}

/** What a phone's camera reads off the screen. */
async function scan(page: Page): Promise<string> {
  const picture = await page.locator('.qr svg').screenshot()
  const text = execFileSync('zbarimg', ['--nodbus', '--quiet', '--raw', '-'], { input: picture })
  return text.toString().trim()
}

/** An app of other people's making. */
function oathtool(secret: string): string {
  const now = `--now=@${here.clock.nowSeconds()}`
  return execFileSync('oathtool', ['--totp', '--base32', now, secret]).toString().trim()
}
