/** What `halfminute doctor` looks at, one finding each. Promises: nothing is written or changed. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EngineError, inspectSqliteFile, surveySqliteFile } from '@halfminute/engine'
import type { Keyring, SqliteSurvey } from '@halfminute/engine'
import { readKeyFile } from '../key-file.ts'
import { mailWay } from '../mail/mail.ts'
import { smtpMail } from '../mail/smtp.ts'
import { codeOf, databaseProblem } from '../opening.ts'
import { readSetting, readSettings, SettingsProblem } from '../settings.ts'
import type { Settings, SettingSources } from '../settings.ts'
import { StartProblem } from '../start-problem.ts'
import { readConfigFile } from './config-file.ts'
import { clockFinding, timeFinding, traceOf } from './doctor-clock.ts'
import type { Finding } from './doctor.ts'
import type { Io } from './io.ts'

export interface Examination {
  /** As `readSettings` takes them. */
  readonly flags: NonNullable<SettingSources['flags']>
  readonly timeFrom: string | undefined
}

export async function examine({ flags, timeFrom }: Examination, io: Io): Promise<Finding[]> {
  const { settings, findings } = readAll(flags, io)
  const database = settings?.database ?? readOne('DATABASE', flags, io)
  const keyFile = settings?.keyFile ?? readOne('KEY_FILE', flags, io)
  const stored = database === undefined ? undefined : examineDatabase(database)
  const traces = [
    ...traceOf('this program', fileURLToPath(import.meta.url)),
    ...(keyFile === undefined ? [] : traceOf(`the key file ${keyFile}`, keyFile)),
    ...(database === undefined ? [] : traceOf(`the database ${database}`, database)),
    ...(stored?.survey?.newestEventAt === undefined
      ? []
      : [{ what: 'the newest event', at: stored.survey.newestEventAt }]),
  ]
  findings.push(clockFinding(traces, io.nowSeconds()))
  if (timeFrom !== undefined) findings.push(await timeFinding(timeFrom, io))
  if (keyFile !== undefined) findings.push(examineKeys(keyFile, database, stored?.survey, io))
  if (stored !== undefined) findings.push(stored.finding)
  if (settings !== undefined) findings.push(await examineMail(settings))
  return findings
}

function readAll(flags: Examination['flags'], { env }: Io) {
  const check = 'settings'
  try {
    const settings = readSettings({ env, flags, file: readConfigFile() })
    const findings: Finding[] = [{ check, ok: true, text: 'A server would start with them.' }]
    return { settings, findings }
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error
    const findings = error.message.split('\n').map((text): Finding => ({ check, ok: false, text }))
    return { settings: undefined, findings }
  }
}

/** Undefined where that one, or the file of settings, is wrong; which was told. */
function readOne(name: string, flags: Examination['flags'], { env }: Io): string | undefined {
  try {
    return readSetting(name, { env, flags, file: readConfigFile() })
  } catch (error) {
    if (error instanceof SettingsProblem) return undefined
    throw error
  }
}

function examineKeys(
  keyFile: string,
  database: string | undefined,
  survey: SqliteSurvey | undefined,
  { env }: Io,
): Finding {
  const check = 'key file'
  if (!existsSync(keyFile)) {
    if (survey === undefined && env['NODE_ENV'] !== 'production') {
      return { check, ok: true, text: `${keyFile} is made at the first start.` }
    }
    const advice =
      survey === undefined
        ? `Make one with: halfminute keys new --key-file ${keyFile}`
        : 'Put the file back, or name it with HALFMINUTE_KEY_FILE.'
    return { check, ok: false, text: `There is no key file ${keyFile}.`, advice }
  }
  let keyring: Keyring
  try {
    keyring = readKeyFile(keyFile)
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error
    return { check, ok: false, text: error.message, advice: error.hint }
  }
  const ids = keyring.keys.map(({ id }) => id)
  const missing = (survey?.keyIds ?? []).filter((id) => !ids.includes(id))
  if (missing.length > 0) {
    const text = `${keyFile} does not hold the key that ${database} was made with (key ${missing.join(', ')}).`
    const advice = 'Put the right key file back, or name it with HALFMINUTE_KEY_FILE.'
    return { check, ok: false, text, advice }
  }
  return { check, ok: true, text: `${keyFile} holds good keys, for its owner alone.` }
}

function examineDatabase(path: string): { finding: Finding; survey?: SqliteSurvey } {
  const check = 'database'
  try {
    if (inspectSqliteFile(path) === 'new') {
      return { finding: { check, ok: true, text: `${path} is made at the first start.` } }
    }
    const survey = surveySqliteFile(path)
    if (survey.isNewer) throw new EngineError('DATABASE_NEWER')
    accessSync(path, constants.W_OK)
    const open = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
    if (open) {
      const finding = {
        check,
        ok: false,
        text: `The database ${path} can be read by others.`,
      } as const
      return { survey, finding: { ...finding, advice: `chmod 600 ${path}` } }
    }
    return { survey, finding: { check, ok: true, text: `${path} is sound.` } }
  } catch (error) {
    const { message, hint } = databaseProblem(error, path)
    return { finding: { check, ok: false, text: message, advice: hint } }
  }
}

async function examineMail(settings: Settings): Promise<Finding> {
  const check = 'mail'
  const { issuer, smtpUrl, mailFrom } = settings
  if (smtpUrl === undefined || mailFrom === undefined) {
    const shown = mailWay(settings) !== 'none'
    const text = shown
      ? 'Nothing is sent: mails are shown here, as on a machine of your own.'
      : 'Off. Nobody is told anything, and a forgotten password cannot be set anew.'
    return { check, ok: true, text }
  }
  const { hostname } = new URL(smtpUrl)
  const smtp = smtpMail({
    issuer,
    baseUrl: settings.baseUrl ?? 'http://localhost',
    smtpUrl,
    from: mailFrom,
  })
  try {
    await smtp.verify()
    return { check, ok: true, text: `The mail server ${hostname} takes mail from here.` }
  } catch (error) {
    const text = `The mail server ${hostname} does not take mail from here (${codeOf(error)}).`
    const advice = 'Check HALFMINUTE_SMTP_URL, the rights of its user, and the certificate.'
    return { check, ok: false, text, advice }
  } finally {
    smtp.stop()
  }
}
