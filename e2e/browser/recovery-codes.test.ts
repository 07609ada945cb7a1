/** Recovery codes are shown once, and can be taken along in four ways: read, copy, file, paper. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs, site } from './support.ts'
import {
  enrol,
  enrolQuietly,
  givePassword,
  goBack,
  press,
  shownRecoveryCodes,
  signIn,
} from './person.ts'

const here = site()

test('the copy button writes the codes, one to a line', needs(), () =>
  here.visit(
    async (page) => {
      const { recoveryCodes } = await enrol(page, here, 'copy@example.com')
      await page.getByRole('button', { name: 'Copy' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const clipboard = await page.evaluate<string>('navigator.clipboard.readText()')
      assert.equal(clipboard, recoveryCodes.join('\n'))
    },
    { permissions: ['clipboard-read', 'clipboard-write'] },
  ),
)

for (const javaScriptEnabled of [true, false]) {
  test(`the file holds the codes, scripts ${javaScriptEnabled ? 'on' : 'off'}`, needs(), () =>
    here.visit(
      async (page) => {
        const login = `file-${javaScriptEnabled}@example.com`
        const { recoveryCodes } = await enrol(page, here, login)
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Download' }).click(),
        ])
        assert.equal(download.suggestedFilename(), 'recovery-codes.txt')
        const lines = (await readFile(await download.path(), 'utf8')).split('\r\n')
        assert.match(lines[0] ?? '', new RegExp(`for ${login} at Halfminute, ${today()}$`))
        assert.deepEqual(lines.slice(3, 13), recoveryCodes)
        // The page stays, so that the codes can be kept in a second way too.
        assert.deepEqual(await shownRecoveryCodes(page), recoveryCodes)
      },
      { javaScriptEnabled },
    ),
  )
}

test('on paper there are ten codes, whose they are, and no buttons', needs(), () =>
  here.visit(async (page) => {
    await enrol(page, here, 'paper@example.com')
    const before = await visible(page, 'main button, main a, header, footer')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    assert.equal(await visible(page, '.codes li'), 10)
    assert.equal(await visible(page, 'main button, main a, header, footer'), 0)
    assert.equal(before, 6)
    await page.getByText(`For paper@example.com at Halfminute, made on ${today()}.`).waitFor()
    // One sheet, whatever the paper.
    for (const format of ['A4', 'Letter', 'A5']) {
      assert.equal(pagesOf(await page.pdf({ format })), 1, format)
    }
    const ink = await page.evaluate<string>(
      'getComputedStyle(document.querySelector(".codes li")).color',
    )
    assert.equal(ink, 'rgb(0, 0, 0)')
  }),
)

test('the codes are shown once: not after leaving, going back or reloading [R20]', needs(), () =>
  here.visit(async (page) => {
    const { recoveryCodes } = await enrol(page, here, 'once@example.com')
    await page.getByRole('link', { name: 'I have kept them' }).click()
    await page.getByText('10 left').waitFor()
    const shown = await goBack(page)
    for (const code of recoveryCodes) assert.ok(!shown.includes(code))
    for (const path of ['/account', '/account/recovery-codes', '/account/recovery-codes/file']) {
      await page.goto(path)
      assert.ok(!(await page.content()).includes(recoveryCodes[0] ?? ''), path)
    }
  }),
)

test('a sign-in tells how many codes are left, once [R20]', needs(), () =>
  here.visit(async (page) => {
    const { login, phone, recoveryCodes } = await enrolQuietly(page, here, 'few@example.com')
    const signInWith = async (code: string) => {
      await page.context().clearCookies()
      await givePassword(page, login)
      await page.getByRole('link', { name: 'Use a recovery code' }).click()
      await page.getByLabel('Recovery code').fill(code)
      await press(page, 'Sign in')
      await page.waitForURL('**/account')
    }
    const status = page.getByRole('status')
    for (const [at, code] of recoveryCodes.slice(0, 7).entries()) {
      await signInWith(code)
      await status.getByText(`You used up a recovery code. ${9 - at} recovery codes are`).waitFor()
    }
    await page.reload()
    assert.equal(await status.count(), 0)
    await page.context().clearCookies()
    await signIn(page, here, { login, phone, recoveryCodes, secret: '' })
    await status.getByText('3 recovery codes are left. Make a new set').waitFor()
    await page.getByRole('link', { name: 'Make a new set' }).click()
    await press(page, 'Make a new set')
    await page.getByRole('link', { name: 'I have kept them' }).click()
    await page.context().clearCookies()
    await signIn(page, here, { login, phone, recoveryCodes, secret: '' })
    assert.equal(await status.count(), 0)
  }),
)

/** As it stands on paper. */
function today(): string {
  const date = new Date(here.clock.nowSeconds() * 1000)
  return date.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
}

function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
}

async function visible(page: Page, selector: string): Promise<number> {
  const all = await page.locator(selector).all()
  const seen = await Promise.all(all.map((one) => one.isVisible()))
  return seen.filter(Boolean).length
}
