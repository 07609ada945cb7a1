/**
 * `halfminute serve`: settings in, a running server out, until a signal ends it.
 * Promises: what a person must know at the start stands on standard error in a few lines; a start that
 * fails is one sentence with a hint and exit 1, settings that are wrong are exit 2.
 */
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { start } from '../main.ts'
import { mailWay } from '../mail/mail.ts'
import type { Running } from '../main.ts'
import { isLoopback, readSettings, SettingsProblem } from '../settings.ts'
import type { Settings } from '../settings.ts'
import { StartProblem } from '../start-problem.ts'
import { readConfigFile } from './config-file.ts'

export async function serve(
  flags: Readonly<Record<string, string | undefined>>,
  io: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly err: (text: string) => void
  },
): Promise<number> {
  let settings: Settings
  try {
    settings = readSettings({ env: io.env, flags, file: readConfigFile() })
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error
    for (const line of error.message.split('\n')) io.err(`halfminute: error: ${line}\n`)
    io.err('halfminute: hint: halfminute serve --help lists the settings\n')
    return 2
  }
  const stopped = stopSignal()
  let running: Running
  try {
    running = await start(settings, { tell: io.err })
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error
    io.err(`halfminute: error: ${error.message}\n`)
    io.err(`halfminute: hint: ${error.hint}\n`)
    return 1
  }
  io.err(greeting(settings, running))
  await stopped
  io.err('\nStopping: running requests may finish.\n')
  await running.stop()
  return 0
}

function greeting(settings: Settings, { url, firstStart, mailPage = '' }: Running): string {
  const bold = (text: string) => styleText('bold', text, { stream: process.stderr })
  const lines = [
    '',
    `  ${bold('Halfminute')} answers at ${bold(url)}`,
    '',
    `  Database   ${resolve(settings.database)}${firstStart ? '  (new)' : ''}`,
    `  Keys       ${resolve(settings.keyFile)}  (keep a copy, apart from the database)`,
    `  Mail       ${mailWords(settings, mailPage)}`,
    '',
    firstStart
      ? `  Next       open ${url}/register, make an account, scan the QR code`
      : `  Next       open ${url} and sign in`,
    `             API: ${url}/openapi.json    Stop: Ctrl+C`,
    '',
  ]
  if (url.startsWith('http:') && !isLoopback(settings.host)) {
    lines.push(
      `  WARNING    ${settings.host} can be reached from other machines over plain http: whoever is on the way reads`,
      '             passwords and cookies. Set HALFMINUTE_BASE_URL to an https:// address behind a proxy.',
      '',
    )
  } else if (url.startsWith('http:')) {
    lines.push(
      '  Note       plain http, for this machine only: cookies go without Secure and the __Host- prefix.',
      '             For other people set HALFMINUTE_BASE_URL to an https:// address behind a proxy.',
      '',
    )
  }
  return `${lines.join('\n')}\n`
}

function mailWords(settings: Settings, mailPage: string): string {
  switch (mailWay(settings)) {
    case 'smtp':
      return `by ${new URL(settings.smtpUrl ?? '').hostname}, from ${settings.mailFrom ?? ''}`
    case 'shown':
      return `shown here and at ${mailPage}, not sent`
    case 'none':
      return 'none: nobody is told anything, nor can set a forgotten password (HALFMINUTE_SMTP_URL)'
  }
}

function stopSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        done()
      })
    }
  })
}
