/** What the operator does by a command, beside a running server, is told the person by mail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { runCommand } from '../support/command.ts'
import { openMailbox } from '../support/mailbox.ts'
import { enrol, HttpClient, register } from '../support/person.ts'
import { startServer } from '../support/server.ts'

test('a reset by a command is told by the server, which sends what the command queued [R46] [R36]', async (t) => {
  const mailbox = await openMailbox(t)
  const env = {
    HALFMINUTE_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
    HALFMINUTE_MAIL_FROM: 'login@example.com',
  }
  const server = await startServer(t, { env })
  const login = 'ada@example.com'
  const browser = new HttpClient(server.url)
  await register(browser, login)
  const shown = (uri: string) => ({
    code: (nowSeconds: number) =>
      virtualAuthenticator(uri, { nowSeconds: () => nowSeconds }).code(),
  })
  await enrol(browser, shown, Math.floor(Date.now() / 1_000))
  const reset = ['accounts', 'reset-second-factor', login, '--yes']
  const { code, stderr } = await runCommand(server.folder, reset, { env })
  assert.equal(code, 0, stderr)
  const { text, html } = await mailbox.next(login, 'Your second factor was reset')
  for (const part of [text, html]) assert.match(part, /the password alone is enough/)
  assert.equal(await browser.isSignedIn(), false)
})
