/** `halfminute doctor` and a real mail server: does it take mail from here, with this password? */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { openMailbox } from '../support/mailbox.ts'
import { temporaryFolder } from '../support/server.ts'

test('doctor signs in to the mail server, sends nothing, and repeats no password [R44]', async (t) => {
  const user = { name: 'login', password: 'for-the-mail-server' }
  const mailbox = await openMailbox(t, { user })
  const folder = temporaryFolder(t)
  const doctor = (password: string) =>
    runCommand(folder, ['doctor'], {
      env: {
        HALFMINUTE_SMTP_URL: `smtp://login:${password}@127.0.0.1:${mailbox.port}`,
        HALFMINUTE_MAIL_FROM: 'login@example.com',
      },
    })
  const right = await doctor(user.password)
  assert.match(right.stdout, /^mail +ok +The mail server 127\.0\.0\.1 takes mail from here\.$/m)
  assert.equal(right.code, 0, right.stdout)
  const wrong = await doctor('not-the-right-one')
  assert.match(wrong.stdout, /^mail +wrong +.*\(EAUTH\)\.$/m)
  assert.equal(wrong.code, 1)
  await mailbox.stop()
  const away = await doctor(user.password)
  assert.match(away.stdout, /^mail +wrong +.*does not take mail from here/m)
  assert.equal(away.code, 1)
  for (const { stdout, stderr } of [right, wrong, away]) {
    assert.doesNotMatch(stdout + stderr, /for-the-mail-server|not-the-right-one/)
  }
  assert.deepEqual(mailbox.mails, [])
})
