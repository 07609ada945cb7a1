/** Reload, back button, expired things and detours: no way ends in front of a wall, none leaks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs, site } from './support.ts'
import {
  confirm,
  enrol,
  enrolQuietly,
  giveCode,
  givePassword,
  goBack,
  PASSWORD,
  phoneWith,
  press,
  reauthenticate,
  register,
  showPicture,
  signIn,
} from './person.ts'

const here = site({ 'code-failures-per-day': '3', 'device-failures-per-quarter': '3' })

test('reloading the recovery codes leads to the account and says what to do', needs(), () =>
  here.visit(async (page) => {
    await enrol(page, here, 'reload@example.com')
    await page.reload()
    await page.waitForURL('**/account')
    await page.getByRole('status').getByText('make a new set').waitFor()
    // Told once.
    await page.reload()
    assert.equal(await page.getByRole('status').count(), 0)
  }),
)

test(
  'after the first code neither the address nor the back button shows the secret [R2]',
  needs(),
  () =>
    here.visit(async (page) => {
      await register(page, 'secret@example.com')
      await showPicture(page)
      const address = page.url()
      await page.goto('/account')
      await page.goto('/account/authenticators/new')
      const { secret } = await enrolHere(page)
      await page.goto('/account')
      // Past the recovery codes, to the page that had the picture.
      assert.ok(!(await goBack(page)).includes(secret))
      assert.ok(!(await goBack(page)).includes(secret))
      assert.match(page.url(), /authenticators\/[0-9a-f]+$/)
      await page.goto(await ownAddress(page))
      await page.getByRole('heading', { name: 'My phone' }).waitFor()
      assert.equal(await page.locator('.secret, .qr').count(), 0)
      // The other one still waits: its page does show its picture, which proves that the test can fail.
      await page.goto(address)
      assert.equal(await page.locator('.secret, .qr').count(), 2)
    }),
)

test('after signing out the back button shows nothing private [R41]', needs(), () =>
  here.visit(async (page) => {
    await enrolQuietly(page, here, 'back@example.com')
    await page.goto('/account')
    await page.getByRole('link', { name: /^Manage/ }).click()
    await page.goto('/account')
    await press(page, 'Sign out')
    await page.waitForURL('**/login')
    for (let step = 0; step < 3; step++) {
      assert.ok(!(await goBack(page)).includes('back@example.com'), page.url())
    }
  }),
)

test('a sign-in that took too long says so and starts again', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'slow@example.com')
    await page.context().clearCookies()
    await givePassword(page, person.login)
    here.clock.wait(301)
    await giveCode(page, person.phone.code())
    await page.getByRole('alert').getByText('Start again with your password').waitFor()
    await signIn(page, here, person)
  }),
)

test('a closed budget says when it opens and what still works', needs(), () =>
  here.visit(async (page) => {
    const { login, phone, recoveryCodes } = await enrolQuietly(page, here, 'closed@example.com')
    await page.context().clearCookies()
    await givePassword(page, login)
    for (const stepsAhead of [5, 6, 7, 8]) await giveCode(page, phone.code(stepsAhead))
    await page.getByRole('alert').getByText('Try again in 24 hours. A recovery code').waitFor()
    await page.getByRole('link', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Recovery code').fill(recoveryCodes[0] ?? '')
    await press(page, 'Sign in')
    // Whoever types wrong codes after the right password has the password.
    await page.waitForURL('**/account/password')
    await page.goto('/account')
    await page.waitForURL('**/account/password')
    await page.getByText('Somebody gave your password').waitFor()
    await page.getByLabel('New password').fill(PASSWORD)
    await press(page, 'Change password')
    await page.getByRole('alert').getByText('somebody else seems to have').waitFor()
    await page.getByLabel('New password').fill('another horse altogether')
    await press(page, 'Change password')
    await page.waitForURL('**/account')
    await page.getByRole('status').getByText('Your password is changed').waitFor()
  }),
)

test('after proving who they are people are back where they were [R35]', needs(), () =>
  here.visit(async (page) => {
    const { phone } = await enrolQuietly(page, here, 'detour@example.com')
    await page.goto('/account')
    await page.getByRole('link', { name: 'Make a new set' }).click()
    here.clock.wait(301)
    await press(page, 'Make a new set')
    await page.waitForURL('**/reauthenticate?next=%2Faccount%2Frecovery-codes')
    await reauthenticate(page, here, phone)
    await page.getByRole('status').getByText('You can go on').waitFor()
    await press(page, 'Make a new set')
    await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()

    await page.goto('/account/password')
    await page.getByLabel('New password').fill('another horse altogether')
    here.clock.wait(301)
    await press(page, 'Change password')
    await reauthenticate(page, here, phone)
    await page.getByRole('heading', { name: 'Change your password' }).waitFor()

    await page.goto('/account/authenticators/new')
    here.clock.wait(301)
    await press(page, 'Show the QR code')
    await reauthenticate(page, here, phone)
    await page.getByRole('heading', { name: 'Add an authenticator' }).waitFor()

    await page.goto(await ownAddress(page))
    here.clock.wait(301)
    await press(page, 'Remove My phone')
    await reauthenticate(page, here, phone)
    await page.getByRole('heading', { name: 'My phone' }).waitFor()
    await press(page, 'Remove My phone')
    // It was the only one, and this server asks for one.
    await page.getByRole('heading', { name: 'Protect your account' }).waitFor()
    await page.getByRole('status').getByText('is removed').waitFor()
    assert.equal(await page.getByRole('link', { name: 'Back to your account' }).count(), 0)
    // Without a factor there is only the password to ask for.
    await page.goto('/reauthenticate')
    assert.equal(await page.getByLabel('Code').count(), 0)
  }),
)

test('a recovery code proves who somebody without their phone is', needs(), () =>
  here.visit(async (page) => {
    const { recoveryCodes } = await enrolQuietly(page, here, 'lost@example.com')
    await page.goto('/account/recovery-codes')
    here.clock.wait(301)
    await press(page, 'Make a new set')
    await page.getByRole('link', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.getByLabel('Recovery code').fill(recoveryCodes[3] ?? '')
    await press(page, 'Confirm')
    await page.getByText('You have 9 of 10 left').waitFor()
  }),
)

test('who is signed in is not asked to sign in or register', needs(), () =>
  here.visit(async (page) => {
    await enrolQuietly(page, here, 'here@example.com')
    for (const path of ['/', '/login', '/register', '/login/code']) {
      await page.goto(path)
      assert.equal(new URL(page.url()).pathname, '/account', path)
    }
  }),
)

test('a pending authenticator can be given up, and one out of time says so', needs(), () =>
  here.visit(async (page) => {
    await enrolQuietly(page, here, 'pending@example.com')
    await page.goto('/account/authenticators/new')
    await showPicture(page, 'Tablet')
    await press(page, 'Give up on “Tablet”')
    await page.waitForURL('**/account')
    assert.equal(await page.getByRole('link', { name: /^Finish/ }).count(), 0)
    await page.goto('/account/authenticators/new')
    await showPicture(page, 'Watch')
    here.clock.wait(601)
    await confirm(page, '123456')
    await page.getByText('its time to be confirmed is over').waitFor()
    await page.getByRole('link', { name: 'Set up a new one' }).click()
    await page.getByRole('heading', { name: 'Add an authenticator' }).waitFor()
  }),
)

test('two clicks send a form once', needs(), () =>
  here.visit(async (page) => {
    const { login, phone } = await enrolQuietly(page, here, 'twice@example.com')
    await page.context().clearCookies()
    await givePassword(page, login)
    here.clock.wait(30)
    await page.getByLabel('Code').fill(phone.code())
    let posts = 0
    page.on('request', (request) => {
      if (request.method() === 'POST') posts++
    })
    await page.getByRole('button', { name: 'Sign in' }).dblclick()
    await page.waitForURL('**/account')
    assert.equal(posts, 1)
  }),
)

test('a second, late answer to a sign-in that worked leads to the account', needs(), () =>
  here.visit(async (page) => {
    const { login, phone } = await enrolQuietly(page, here, 'late@example.com')
    await page.context().clearCookies()
    await givePassword(page, login)
    const cookies = await page.context().cookies()
    here.clock.wait(30)
    await giveCode(page, phone.code())
    await page.waitForURL('**/account')
    // The ticket is used up; the form that was sent twice comes with it once more.
    await page.context().addCookies(cookies.filter(({ name }) => name.endsWith('ticket')))
    await page.goto('/login/code')
    await giveCode(page, phone.code())
    await page.waitForURL('**/account')
  }),
)

test('the address of a form that was refused leads back to the form', needs(), () =>
  here.visit(async (page) => {
    await enrolQuietly(page, here, 'address@example.com')
    const own = await ownAddress(page)
    await page.goto(own)
    await page.getByLabel('Name').fill(' ')
    await press(page, 'Rename')
    await page.getByRole('alert').waitFor()
    assert.match(page.url(), /\/rename$/)
    await page.goto(page.url())
    assert.equal(page.url(), own)
    await page.goto('/logout')
    assert.equal(new URL(page.url()).pathname, '/account', 'nobody is signed out by a link')
  }),
)

/** Enrols on the page that asks for a name. */
async function enrolHere(page: Page): Promise<{ secret: string }> {
  const secret = await showPicture(page)
  await confirm(page, phoneWith(secret, here).code())
  await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()
  return { secret }
}

/** Where the first active authenticator is managed. */
async function ownAddress(page: Page): Promise<string> {
  await page.goto('/account')
  await page.getByRole('link', { name: 'Manage My phone' }).click()
  await page.getByRole('heading', { name: 'My phone' }).waitFor()
  return page.url()
}
