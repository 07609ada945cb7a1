/** The table of settings: what there is, its default, its range and a sentence. */
import { DEFAULT_LIMITS } from '@halfminute/engine'
import type { Limits } from '@halfminute/engine'

export type SettingKind =
  | 'port'
  | 'whole'
  | 'text'
  | 'choice'
  | 'list'
  | 'url'
  | 'smtp-url'
  | 'mailbox'
  | 'endpoint'
  | 'secret'
  | 'line'

export interface SettingRow {
  /** In capitals, without the prefix: the environment says HALFMINUTE_NAME, a flag --name. */
  readonly name: string
  readonly kind: SettingKind
  /** As it would be typed; empty for none. */
  readonly fallback: string
  readonly help: string
  readonly choices?: readonly string[]
  readonly least?: number
  readonly most?: number
  readonly limit?: keyof Limits
}

const OWN: readonly SettingRow[] = [
  {
    name: 'PORT',
    kind: 'port',
    fallback: '8080',
    help: 'TCP port to listen on; 0 takes a free one.',
  },
  {
    name: 'HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all of them.',
  },
  {
    name: 'DATABASE',
    kind: 'text',
    fallback: 'data/halfminute.db',
    help: 'File of the embedded database; made at the first start.',
  },
  {
    name: 'KEY_FILE',
    kind: 'text',
    fallback: 'data/halfminute.key',
    help: 'File of the keys that encrypt the secrets (mode 0600).',
  },
  {
    name: 'ISSUER',
    kind: 'text',
    fallback: 'Halfminute',
    help: 'Name that authenticator apps show; no colon.',
  },
  {
    name: 'BASE_URL',
    kind: 'url',
    fallback: '',
    help: 'Address that people see, such as https://login.example.com. Default: http://localhost and the port. Passkeys are made for its name and work under no other.',
  },
  {
    name: 'REQUIRE_SECOND_FACTOR',
    kind: 'choice',
    fallback: 'always',
    choices: ['always', 'optional'],
    help: 'Must every account enrol before anything else?',
  },
  {
    name: 'TRUSTED_BROWSER_DAYS',
    kind: 'whole',
    fallback: '0',
    least: 0,
    most: 30,
    help: 'For how many days a person may have a browser trusted, so that it is asked for no code; 0: not at all.',
  },
  {
    name: 'TRUSTED_PROXIES',
    kind: 'list',
    fallback: '',
    help: 'Addresses or CIDR blocks, with commas, whose X-Forwarded-For is believed.',
  },
  {
    name: 'SMTP_URL',
    kind: 'smtp-url',
    fallback: '',
    help: 'Mail server: smtp://user:password@host:587 (STARTTLS, unless it is this machine) or smtps://. Not as a flag where it holds a password.',
  },
  {
    name: 'MAIL_FROM',
    kind: 'mailbox',
    fallback: '',
    help: 'Sender of mails, such as login@example.com or ACME <login@example.com>.',
  },
  {
    name: 'EMAIL_CODES',
    kind: 'choice',
    fallback: 'off',
    choices: ['off', 'on'],
    help: 'Codes by mail in the place of an authenticator: a way back, as safe as the mailbox is.',
  },
  {
    name: 'SMS_CODES',
    kind: 'choice',
    fallback: 'off',
    choices: ['off', 'on'],
    help: 'Codes by SMS in the place of an authenticator: numbers can be taken over, and SMS read on the way.',
  },
  {
    name: 'SMS_URL',
    kind: 'endpoint',
    fallback: '',
    help: 'API that sends SMS, as Twilio has it: https://api.twilio.com and the path to Messages.json.',
  },
  {
    name: 'SMS_USER',
    kind: 'line',
    fallback: '',
    help: 'User at that API: the account or key id.',
  },
  {
    name: 'SMS_PASSWORD',
    kind: 'secret',
    fallback: '',
    help: 'Its token. Not as a flag.',
  },
  {
    name: 'SMS_FROM',
    kind: 'line',
    fallback: '',
    help: 'Sender of SMS: a number such as +15005550006, a name, or a messaging service (MG…).',
  },
  {
    name: 'SMS_WEBHOOK_URL',
    kind: 'endpoint',
    fallback: '',
    help: 'In the place of that API: your own program, which is sent {id, to, text}, signed. docs/sms.md says how.',
  },
  {
    name: 'SMS_WEBHOOK_SECRET',
    kind: 'secret',
    fallback: '',
    help: 'What it is signed with: 32 characters or more. Not as a flag.',
  },
  {
    name: 'LOG_LEVEL',
    kind: 'choice',
    fallback: 'info',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    help: 'How much is logged on standard output, as JSON lines.',
  },
]

const LIMITS: readonly (readonly [
  limit: keyof Limits,
  name: string,
  least: number,
  most: number,
  help: string,
])[] = [
  [
    'ticketSeconds',
    'TICKET_SECONDS',
    30,
    600,
    'Time between the password and the code, in seconds.',
  ],
  ['triesPerTicket', 'TRIES_PER_TICKET', 1, 10, 'Wrong codes that end a sign-in.'],
  [
    'codeFailuresBeforeWait',
    'CODE_FAILURES_BEFORE_WAIT',
    1,
    100,
    'Wrong codes in 24 hours, from browsers that the account does not know, after which the next one has to wait.',
  ],
  [
    'codeWaitSeconds',
    'CODE_WAIT_SECONDS',
    1,
    3_600,
    'The first of these waits, in seconds; each further wrong code doubles it.',
  ],
  [
    'codeWaitMostSeconds',
    'CODE_WAIT_MOST_SECONDS',
    1,
    86_400,
    'The longest of these waits, in seconds.',
  ],
  [
    'codeFailuresPerDay',
    'CODE_FAILURES_PER_DAY',
    1,
    100,
    'Wrong codes per account in 24 hours, from browsers it does not know, that shut them out for 24 hours.',
  ],
  [
    'codeFailuresPerMonth',
    'CODE_FAILURES_PER_MONTH',
    1,
    1000,
    'Wrong codes per account in any 30 days, from all browsers it does not know.',
  ],
  [
    'deviceFailuresPerQuarter',
    'DEVICE_FAILURES_PER_QUARTER',
    1,
    100,
    'Wrong codes in any 15 minutes from one browser that the account knows.',
  ],
  [
    'deviceFailuresPerLife',
    'DEVICE_FAILURES_PER_LIFE',
    1,
    1000,
    'Wrong codes from one browser after which the account knows it no more.',
  ],
  [
    'consecutiveFailures',
    'CONSECUTIVE_FAILURES',
    1,
    100,
    'Wrong codes in a row that disable an authenticator, whoever gave them.',
  ],
  [
    'passwordFailuresPerDay',
    'PASSWORD_FAILURES_PER_DAY',
    1,
    1000,
    'Wrong passwords per login in any 24 hours, from all browsers it does not know.',
  ],
  [
    'devicePasswordFailuresPerHour',
    'DEVICE_PASSWORD_FAILURES_PER_HOUR',
    1,
    1000,
    'Wrong passwords in any hour from one browser that the account knows.',
  ],
  [
    'recoveryFailuresPerDay',
    'RECOVERY_FAILURES_PER_DAY',
    1,
    1000,
    'Wrong recovery codes per account in any 24 hours.',
  ],
  [
    'reauthenticationsPerHour',
    'REAUTHENTICATIONS_PER_HOUR',
    1,
    100,
    'Wrong passwords of a signed-in person, in any hour.',
  ],
  [
    'triesPerConfirmation',
    'TRIES_PER_CONFIRMATION',
    1,
    100,
    'Wrong codes while an authenticator waits for its first right one, or in 24 hours for new addresses.',
  ],
  [
    'sentCodeSeconds',
    'SENT_CODE_SECONDS',
    60,
    600,
    'How long a code that was sent by mail or SMS is good for, in seconds.',
  ],
  ['sendsPerTicket', 'SENDS_PER_TICKET', 1, 10, 'Codes sent by each way for one sign-in.'],
  [
    'emailCodesPerQuarter',
    'EMAIL_CODES_PER_QUARTER',
    1,
    100,
    'Codes by mail for one account in any 15 minutes.',
  ],
  [
    'emailCodesPerDay',
    'EMAIL_CODES_PER_DAY',
    1,
    1_000,
    'Codes by mail for one account in any 24 hours.',
  ],
  [
    'smsCodesPerQuarter',
    'SMS_CODES_PER_QUARTER',
    1,
    100,
    'Codes by SMS for one account in any 15 minutes.',
  ],
  [
    'smsCodesPerDay',
    'SMS_CODES_PER_DAY',
    1,
    1_000,
    'Codes by SMS for one account in any 24 hours.',
  ],
  [
    'sourceFailuresPerHour',
    'SOURCE_FAILURES_PER_HOUR',
    1,
    1_000_000,
    'Wrong passwords and codes from one address (IPv6: one /64) in an hour that raise an alarm event.',
  ],
  [
    'globalFailuresPerHour',
    'GLOBAL_FAILURES_PER_HOUR',
    1,
    1_000_000,
    'Wrong passwords and codes from everywhere in an hour that raise an alarm event.',
  ],
  [
    'resetsPerHour',
    'RESETS_PER_HOUR',
    1,
    20,
    'Mails with a link to a new password, per login, in any hour.',
  ],
  [
    'sourceResetsPerHour',
    'SOURCE_RESETS_PER_HOUR',
    1,
    1000,
    'Such links asked for from one address (IPv6: one /64) in any hour.',
  ],
  [
    'noticesPerHour',
    'NOTICES_PER_HOUR',
    1,
    1000,
    'Notices that one account is sent in an hour to a confirmed address; the first of each kind goes beyond it, the rest stands in its list of events.',
  ],
  [
    'unconfirmedNoticesPerDay',
    'UNCONFIRMED_NOTICES_PER_DAY',
    1,
    1000,
    'Notices that one account is sent in a day to an address that nobody has confirmed.',
  ],
  [
    'pendingSeconds',
    'PENDING_SECONDS',
    60,
    600,
    'How long a new authenticator waits for its first right code, in seconds.',
  ],
  [
    'enrolAfterResetSeconds',
    'ENROL_AFTER_RESET_SECONDS',
    300,
    604_800,
    'How long after a reset of the second factor the password alone signs in, to enrol anew, in seconds.',
  ],
  ['authenticatorsPerAccount', 'AUTHENTICATORS_PER_ACCOUNT', 2, 50, 'Authenticators per account.'],
  [
    'sessionIdleSeconds',
    'SESSION_IDLE_SECONDS',
    60,
    3_600,
    'A session unused for so long is over, in seconds.',
  ],
  [
    'sessionAbsoluteSeconds',
    'SESSION_ABSOLUTE_SECONDS',
    60,
    86_400,
    'A session is over so long after its start, in seconds.',
  ],
  [
    'freshSeconds',
    'FRESH_SECONDS',
    30,
    900,
    'How old a sign-in may be when factors or the password are changed, in seconds.',
  ],
]

export const SETTINGS: readonly SettingRow[] = [
  ...OWN,
  ...LIMITS.map(([limit, name, least, most, help]): SettingRow => ({
    name,
    kind: 'whole',
    fallback: String(DEFAULT_LIMITS[limit]),
    help,
    least,
    most,
    limit,
  })),
]
