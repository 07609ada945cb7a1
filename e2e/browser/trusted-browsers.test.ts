/** Trusted browsers on the pages: chosen beside the code, used, seen and ended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs, site } from './support.ts'
import { enrolQuietly, giveCode, givePassword, press, reauthenticate } from './person.ts'

const here = site({ 'trusted-browser-days': '30' })

const choice = (page: Page) =>
  page.getByLabel('Do not ask for a code in this browser for 30 days', { exact: true })

for (const javaScriptEnabled of [true, false]) {
  test(
    `the password alone for a while, and a code again before a change, scripts ${javaScriptEnabled ? 'on' : 'off'} [R49]`,
    needs(),
    () =>
      here.visit(
        async (page) => {
          const person = await enrolQuietly(page, here, `trust-${javaScriptEnabled}@example.com`)
          await page.context().clearCookies()
          await givePassword(page, person.login)
          assert.equal(await choice(page).isChecked(), false)
          // By the keyboard: the code first, then the choice.
          here.clock.wait(30)
          await page.getByLabel('Code', { exact: true }).fill(person.phone.code())
          await page.keyboard.press('Tab')
          await page.keyboard.press('Space')
          assert.equal(await choice(page).isChecked(), true)
          await press(page, 'Sign in')
          await page.waitForURL('**/account')
          await press(page, 'Sign out')

          await givePassword(page, person.login)
          await page.waitForURL('**/account')
          await page.getByText('without a code', { exact: true }).waitFor()
          await page.getByRole('link', { name: 'Make a new set' }).click()
          await press(page, 'Make a new set')
          await page.getByRole('heading', { name: 'Is it still you?' }).waitFor()
          await reauthenticate(page, here, person.phone)
          await page.goto('/account')
          assert.equal(await page.getByText('without a code', { exact: true }).count(), 0)

          await page.getByRole('button', { name: /^Forget/ }).click()
          await page.getByRole('status').getByText('is asked for a code again').waitFor()
          assert.equal(await page.getByRole('heading', { name: 'Trusted browsers' }).count(), 0)
          await press(page, 'Sign out')
          await givePassword(page, person.login)
          await page.getByLabel('Code', { exact: true }).waitFor()
        },
        { javaScriptEnabled },
      ),
  )
}

test('a browser is forgotten from another one, which signs it out [R34]', needs(), () =>
  here.visit(async (page) => {
    const person = await enrolQuietly(page, here, 'elsewhere@example.com')
    await here.visit(async (other) => {
      await givePassword(other, person.login)
      here.clock.wait(30)
      await choice(other).check()
      await giveCode(other, person.phone.code())
      await press(other, 'Sign out')
      await givePassword(other, person.login)
      await other.waitForURL('**/account')
      await page.goto('/account')
      await page.getByRole('button', { name: /^Forget/ }).click()
      await page.getByRole('status').getByText('is asked for a code again').waitFor()
      await other.reload()
      await other.getByRole('status').getByText('Your session is over').waitFor()
    })
  }),
)
