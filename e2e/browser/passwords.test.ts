/** Password managers and the clipboard are welcome in every password field. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs, site } from './support.ts'
import { enrolQuietly, PASSWORD, press } from './person.ts'

const here = site()
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }

test('passwords can be pasted and managers know every field [R25]', needs(), () =>
  here.visit(async (page) => {
    const fields = async () => {
      const inputs = await page.locator('main input:not([type=hidden])').all()
      return Promise.all(inputs.map((input) => input.getAttribute('autocomplete')))
    }
    const paste = async () => {
      await page.evaluate(`navigator.clipboard.writeText('${PASSWORD}')`)
      const field = page.locator('input[type=password]')
      await field.focus()
      await page.keyboard.press('Control+V')
      assert.equal(await field.inputValue(), PASSWORD, page.url())
    }
    await page.goto('/register')
    assert.deepEqual(await fields(), ['username', 'new-password'])
    await paste()
    await page.goto('/login')
    assert.deepEqual(await fields(), ['username', 'current-password'])
    await paste()
    await enrolQuietly(page, here, 'ada@example.com')
    for (const [path, wanted] of [
      ['/account/password', ['username', 'new-password']],
      ['/reauthenticate', ['username', 'current-password', 'one-time-code']],
    ] as const) {
      await page.goto(path)
      assert.deepEqual(await fields(), wanted)
      assert.equal(
        await page.locator('input[autocomplete=username]').inputValue(),
        'ada@example.com',
      )
      await paste()
    }
  }, CLIPBOARD),
)

test('a shown password is hidden again, and sent as a password', needs(), () =>
  here.visit(async (page) => {
    await page.goto('/login')
    const field = page.getByLabel('Password', { exact: true })
    await page.getByLabel('Login').fill('nobody')
    await field.fill('secret words')
    await press(page, 'Show the password')
    assert.equal(await field.getAttribute('type'), 'text')
    await press(page, 'Hide the password')
    assert.equal(await field.getAttribute('type'), 'password')
    await press(page, 'Show the password')
    await page.evaluate(
      'document.querySelector("main form").addEventListener("submit", (event) => event.preventDefault())',
    )
    await press(page, 'Continue')
    assert.equal(await field.getAttribute('type'), 'password')
  }),
)
