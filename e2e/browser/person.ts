/** What people do on the pages, step by step, so that a test can say what it is about. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import type { VirtualAuthenticator } from '@halfminute/engine/testing'
import type { Site } from './support.ts'

export const PASSWORD = 'correct horse battery'

export interface Enrolled {
  readonly login: string
  readonly phone: VirtualAuthenticator
  readonly secret: string
  readonly recoveryCodes: readonly string[]
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
}

export async function register(page: Page, login: string): Promise<void> {
  await page.goto('/register')
  await page.getByLabel('Login').fill(login)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await press(page, 'Create account')
  await page.waitForURL('**/account/authenticators/new')
}

/** From the page that asks for a name to the picture. */
export async function showPicture(page: Page, name = 'My phone'): Promise<string> {
  await page.getByLabel('Name').fill(name)
  await press(page, 'Show the QR code')
  return shownSecret(page)
}

export async function shownSecret(page: Page): Promise<string> {
  return (await page.locator('.secret').innerText()).replaceAll(/\s/g, '')
}

export function phoneWith(secret: string, site: Site): VirtualAuthenticator {
  return virtualAuthenticator(`otpauth://totp/any?secret=${secret}`, site.clock)
}

export async function confirm(page: Page, code: string): Promise<void> {
  await page.getByLabel('The code your app shows now').fill(code)
  await press(page, 'Confirm')
}

export async function shownRecoveryCodes(page: Page): Promise<string[]> {
  return page.locator('.codes li').allInnerTexts()
}

/** A new account with one authenticator; the page that shows the recovery codes is open. */
export async function enrol(page: Page, site: Site, login: string): Promise<Enrolled> {
  await register(page, login)
  const secret = await showPicture(page)
  const phone = phoneWith(secret, site)
  await confirm(page, phone.code())
  const recoveryCodes = await shownRecoveryCodes(page)
  return { login, phone, secret, recoveryCodes }
}

/** The same through the API, for tests that begin after it: signed in, on no page yet. */
export async function enrolQuietly(page: Page, site: Site, login: string): Promise<Enrolled> {
  const post = async (path: string, data: object) => {
    const answer = await page.request.post(path, { data })
    assert.ok(answer.ok(), await answer.text())
    return (await answer.json()) as { id: string; secret: string; recoveryCodes: string[] }
  }
  await post('/api/register', { login, password: PASSWORD })
  const { id, secret } = await post('/api/authenticators', { kind: 'totp', name: 'My phone' })
  const phone = phoneWith(secret, site)
  const path = `/api/authenticators/${id}/confirm`
  const { recoveryCodes } = await post(path, { code: phone.code() })
  return { login, phone, secret, recoveryCodes }
}

/**
 * With the back button, and what is to be seen then. The answer to a form is not kept: Chromium shows
 * a page of its own in its place.
 */
export async function goBack(page: Page): Promise<string> {
  try {
    await page.goBack()
  } catch {
    await page.locator('#main-frame-error').waitFor()
  }
  return page.locator('html').innerHTML()
}

export async function givePassword(page: Page, login: string, password = PASSWORD): Promise<void> {
  await page.goto('/login')
  await page.getByLabel('Login').fill(login)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Continue')
}

export async function giveCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(code)
  await press(page, 'Sign in')
}

/** With the next code: the present one may be spent. */
export async function signIn(page: Page, site: Site, { login, phone }: Enrolled): Promise<void> {
  await givePassword(page, login)
  site.clock.wait(30)
  await giveCode(page, phone.code())
  await page.waitForURL('**/account')
}

export async function reauthenticate(page: Page, site: Site, phone: VirtualAuthenticator) {
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  site.clock.wait(30)
  await page.getByLabel('Code', { exact: true }).fill(phone.code())
  await press(page, 'Confirm')
}
