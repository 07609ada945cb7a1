/** Passkeys in a real browser, with a security key that Chromium plays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { addPasskey, plugIn } from './security-key.ts'
import { needs, site } from './support.ts'
import {
  enrolQuietly,
  giveCode,
  givePassword,
  press,
  register,
  shownRecoveryCodes,
} from './person.ts'

const here = site()

test('a passkey is registered, signs in, is renamed and removed [R50] [R51] [R52]', needs(), () =>
  here.visit(async (page) => {
    const login = 'ada@example.com'
    const device = await plugIn(page)
    await register(page, login)
    await page.getByRole('link', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name').fill('Desk key')
    await press(page, 'Add a passkey')
    await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()
    assert.equal((await shownRecoveryCodes(page)).length, 10)
    await page.getByRole('link', { name: 'I have kept them' }).click()
    await page.getByRole('strong').getByText('Desk key').waitFor()
    assert.deepEqual(await amrOf(page), ['pwd', 'hwk', 'mfa'])
    assert.equal(await device.count(), 1)

    await press(page, 'Sign out')
    await givePassword(page, login)
    // There is no authenticator app, so no field for its codes.
    assert.equal(await page.getByLabel('Code', { exact: true }).count(), 0)
    await press(page, 'Use a passkey')
    await page.waitForURL('**/account')
    assert.deepEqual(await amrOf(page), ['pwd', 'hwk', 'mfa'])

    await page.getByRole('link', { name: 'Manage Desk key' }).click()
    await page.getByLabel('Name').fill('Old key')
    await press(page, 'Rename')
    await page.getByRole('link', { name: 'Manage Old key' }).click()
    await page.getByRole('heading', { name: 'Old key' }).waitFor()
    await page.getByText(/last used/).waitFor()
    await press(page, 'Remove Old key')
    await page.waitForURL('**/account/authenticators/new')

    // What is removed here stays on the device, and opens nothing any more.
    await press(page, 'Sign out')
    await givePassword(page, login)
    await page.waitForURL('**/account/authenticators/new')
  }),
)

test('a passkey and an app stand beside each other, by keyboard alone', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'grace@example.com')
    await plugIn(page)
    await page.goto('/account/passkeys/new')
    await page.getByLabel('Name').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Your new passkey works').waitFor()
    await press(page, 'Sign out')

    await givePassword(page, person.login)
    await page.getByRole('heading', { name: 'Use a passkey' }).waitFor()
    await page.locator('button:focus').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/account')
    await press(page, 'Sign out')

    await givePassword(page, person.login)
    await page.getByRole('link', { name: 'Use your authenticator app' }).click()
    here.clock.wait(30)
    await giveCode(page, person.phone.code())
    await page.waitForURL('**/account')
    assert.deepEqual(await amrOf(page), ['pwd', 'otp', 'mfa'])
  }),
)

test('after five minutes the passkey and the password prove who it is [R35]', needs(), () =>
  here.visit(async (page) => {
    await enrolQuietly(page, here, 'joan@example.com')
    await plugIn(page)
    await addPasskey(page)
    here.clock.wait(600)
    await page.goto('/account/passkeys/new')
    await press(page, 'Add a passkey')
    await page.waitForURL('**/reauthenticate?next=**')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await press(page, 'Confirm with a passkey')
    await page.waitForURL('**/account/passkeys/new')
    await page.getByRole('status').getByText('You can go on').waitFor()
    assert.deepEqual(await amrOf(page), ['pwd', 'hwk', 'mfa'])
    // One device keeps one of them.
    await press(page, 'Add a passkey')
    await page.getByRole('alert').getByText('This device has a passkey').waitFor()
  }),
)

test('a passkey that is called off leaves the person where they were, told why', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'mary@example.com')
    const device = await plugIn(page)
    await addPasskey(page)
    await press(page, 'Sign out')
    await device.unplug()
    await plugIn(page, { answers: false })
    await givePassword(page, person.login)
    await press(page, 'Use a passkey')
    await page.getByRole('alert').getByText('No passkey was used').waitFor()
    await page.getByRole('button', { name: 'Use a passkey' }).click({ trial: true })
    await page.getByRole('link', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Recovery code').fill(person.recoveryCodes[0] ?? '')
    await press(page, 'Sign in')
    await page.waitForURL('**/account')
  }),
)

test('a count that goes back is told, and the passkey is no way in any more [R52]', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'ruth@example.com')
    const device = await plugIn(page)
    await addPasskey(page)
    await press(page, 'Sign out')
    await givePassword(page, person.login)
    await press(page, 'Use a passkey')
    await page.waitForURL('**/account')
    await press(page, 'Sign out')
    await device.turnBack()
    here.clock.wait(1)
    await givePassword(page, person.login)
    await press(page, 'Use a passkey')
    await page.getByRole('alert').getByText('was not accepted').waitFor()
    await page.getByRole('link', { name: 'Use your authenticator app' }).click()
    here.clock.wait(30)
    await giveCode(page, person.phone.code())
    await page.getByText('switched off', { exact: true }).waitFor()
    await page.getByText('it seems to have been copied').waitFor()
  }),
)

test('without JavaScript the pages say that a passkey needs it, and offer the rest', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'emmy@example.com')
    await plugIn(page)
    await addPasskey(page)
    await here.visit(
      async (plain) => {
        await givePassword(plain, person.login)
        await plain.getByText('it is switched off').waitFor()
        assert.equal(await plain.getByRole('button', { name: 'Use a passkey' }).isVisible(), false)
        await plain.getByRole('link', { name: 'Use your authenticator app' }).click()
        here.clock.wait(30)
        await giveCode(plain, person.phone.code())
        await plain.waitForURL('**/account')
      },
      { javaScriptEnabled: false },
    )
  }),
)

async function amrOf(page: Page): Promise<string[]> {
  const answer = await page.request.get('/api/session')
  return ((await answer.json()) as { amr: string[] }).amr
}
