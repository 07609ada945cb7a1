/** A lost phone, from both sides: the administrator who helps, and the person who is helped. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs, site } from './support.ts'
import {
  confirm,
  enrolQuietly,
  giveCode,
  givePassword,
  phoneWith,
  press,
  reauthenticate,
  showPicture,
} from './person.ts'
import type { Enrolled } from './person.ts'

const here = site()
/** There is one first administrator; the second story begins with the same one. */
let root: Enrolled | undefined

test(
  'a lost phone is replaced with an administrator’s help, with scripts [R46, R47]',
  needs(),
  () => lostPhone('ada@example.com', {}),
)

test('a lost phone is replaced with an administrator’s help, without scripts [R46]', needs(), () =>
  lostPhone('bob@example.com', {
    javaScriptEnabled: false,
    viewport: { width: 360, height: 740 },
  }),
)

function lostPhone(login: string, options: object): Promise<void> {
  return here.visit(
    (admin) =>
      here.visit(async (person) => {
        await enrolQuietly(person, here, login)
        await person.goto('/account')
        await becomeAdministrator(admin)
        await resetFor(admin, login)
        await enrolAnew(person, login)
      }, options),
    options,
  )
}

async function becomeAdministrator(page: Page): Promise<void> {
  if (root !== undefined) {
    await givePassword(page, root.login)
    here.clock.wait(30)
    await giveCode(page, root.phone.code())
    return
  }
  root = await enrolQuietly(page, here, 'root@example.com')
  await page.goto('/account')
  assert.equal(await page.getByRole('link', { name: 'Administration' }).count(), 0)
  await page.goto('/admin/claim')
  await page.getByLabel('Invitation').fill(await here.invitation())
  await press(page, 'Claim it')
  await page.getByRole('status').getByText('You are an administrator now').waitFor()
  assert.ok(![...here.requested].some((address) => address.includes('command')))
}

async function resetFor(page: Page, login: string): Promise<void> {
  assert.ok(root)
  await page.goto('/account')
  await page.getByRole('link', { name: 'Administration' }).click()
  await page.getByLabel('Login').fill(login.slice(0, 3))
  await press(page, 'Find')
  await page.getByRole('link', { name: `Show ${login}` }).click()
  await page.getByRole('heading', { name: login }).waitFor()
  const address = page.url()
  assert.ok(!address.includes(login.slice(0, 3)), 'no login in an address')
  await page.getByRole('link', { name: 'Reset' }).click()
  await page.getByRole('heading', { name: `Reset the second factor of ${login}?` }).waitFor()
  await page.getByRole('link', { name: 'Back, and change nothing' }).click()
  assert.equal(page.url(), address)
  await page.getByRole('link', { name: 'Reset' }).click()
  here.clock.wait(301)
  await press(page, 'Reset it')
  await reauthenticate(page, here, root.phone)
  await page.getByRole('status').getByText('You can go on').waitFor()
  await press(page, 'Reset it')
  await page.getByRole('status').getByText('The second factor is reset').waitFor()
  await page.getByText('signs in to enrol anew').waitFor()
}

async function enrolAnew(page: Page, login: string): Promise<void> {
  await page.reload()
  await page.getByRole('status').getByText('Your session is over').waitFor()
  await givePassword(page, login)
  await page.getByRole('heading', { name: 'Protect your account' }).waitFor()
  await page.goto('/account')
  await page.getByRole('heading', { name: 'Protect your account' }).waitFor()
  const phone = phoneWith(await showPicture(page), here)
  await confirm(page, phone.code())
  assert.equal(await page.locator('.codes li').count(), 10)
  await page.getByRole('link', { name: 'I have kept them' }).click()
  await page.getByText('Second factor reset by an administrator').waitFor()
  await press(page, 'Sign out')
  await givePassword(page, login)
  here.clock.wait(30)
  await giveCode(page, phone.code())
  await page.waitForURL('**/account')
}
