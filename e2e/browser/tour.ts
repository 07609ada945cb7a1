/** A walk past every page in every state. Whoever adds a page adds a stop. */
import type { Page } from 'playwright-core'
import { pastAdministration } from './admin-tour.ts'
import type { Site } from './support.ts'
import { pastContacts, pastSentCodes } from './sent-code-tour.ts'
import { plugIn } from './security-key.ts'
import {
  confirm,
  giveCode,
  givePassword,
  PASSWORD,
  phoneWith,
  press,
  register,
  showPicture,
  shownSecret,
} from './person.ts'

/** As long as a login may be, and nowhere to break it. */
export const LONGEST_LOGIN = `${'longest'.repeat(34)}@example.com`
/** Another one, which is an address: it is sent mail. */
const OTHER_LOGIN = `${'longest'.repeat(9)}@${'longest'.repeat(9)}.example.com`
const WIDEST_NAME = 'W'.repeat(64)

/**
 * @param here a server that closes the codes' pools after two wrong ones and switches an authenticator off
 *   after four in a row, and lets people trust browsers
 * @param look called at each stop; stops of one page share the words before the comma
 */
export async function tour(
  page: Page,
  here: Site,
  login: string,
  look: (stop: string) => Promise<void>,
): Promise<void> {
  await page.goto('/login')
  await look('sign in')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await look('forgotten')
  await page.getByLabel('Login').fill(login)
  await press(page, 'Send the link')
  await page.getByText('a link is on its way').waitFor()
  await look('new password, with a notice')
  await page.getByLabel('Code from the mail').fill('no such code')
  await page.getByLabel('New password').fill('quite another horse')
  await press(page, 'Set password')
  await page.getByRole('alert').waitFor()
  await look('new password, refused')
  await page.goto(here.mailPage)
  await look('mail, none')
  await page.goto('/register')
  await look('register')
  await page.getByLabel('Login').fill(login)
  await page.getByLabel('Password', { exact: true }).fill('short')
  await press(page, 'Create account')
  await look('register, refused')
  await register(page, login)
  await look('protect')
  await page.getByText('For special apps and tokens').click()
  await look('protect, with rare choices')
  await page.getByLabel('Algorithm').selectOption('SHA256')
  await showPicture(page, WIDEST_NAME)
  await look('scan, with a warning')
  await press(page, 'Give up on')
  await look('protect, after giving up')
  const phone = phoneWith(await showPicture(page), here)
  await look('scan')
  await confirm(page, phone.code(90))
  await look('scan, refused')
  await confirm(page, phone.code(9))
  await page.getByRole('alert').getByText('about 5 minutes ahead').waitFor()
  await look('scan, with a clock that is ahead')
  await confirm(page, phone.code())
  await look('recovery codes')
  const [recoveryCode = ''] = await page.locator('.codes li').allInnerTexts()
  await page.getByRole('link', { name: 'I have kept them' }).click()
  await look('account')
  await pastContacts(page, here, look)
  await page.goto('/account')
  await page.getByRole('link', { name: 'Add an authenticator' }).click()
  await look('add')
  await page.getByLabel('Name').fill(' ')
  await press(page, 'Show the QR code')
  await look('add, refused')
  await showPicture(page, WIDEST_NAME)
  await look('scan, a second one')
  const second = phoneWith(await shownSecret(page), here)
  await page.goto('/account')
  await look('account, with one pending')
  await page.getByRole('link', { name: /^Finish/ }).click()
  await confirm(page, second.code())
  await look('account, with a notice')
  await page.getByRole('link', { name: `Manage ${WIDEST_NAME}` }).click()
  await look('authenticator')
  await page.getByRole('link', { name: 'Resynchronise' }).click()
  await look('resynchronise')
  await page.getByLabel('First code').fill(second.code(8))
  await page.getByLabel('The code after it').fill(second.code(8))
  await press(page, 'Resynchronise')
  await look('resynchronise, refused')
  await page.getByLabel('First code').fill(second.code(8))
  await page.getByLabel('The code after it').fill(second.code(9))
  await press(page, 'Resynchronise')
  await page.getByText('about 5 minutes ahead').waitFor()
  await look('authenticator, with a clock that is ahead')
  await press(page, `Remove ${WIDEST_NAME}`)
  await page.getByRole('link', { name: /^Manage/ }).click()
  await look('last authenticator')
  await page.goto('/account/recovery-codes')
  await look('new recovery codes')
  await page.goto('/account/password')
  await page.getByLabel('New password').fill('short')
  await look('password')
  await press(page, 'Change password')
  await look('password, refused')
  await page.goto('/reauthenticate')
  await look('still you')
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByLabel('Recovery code').fill('0000-0000-0000-0000')
  await press(page, 'Confirm')
  await look('still you, refused')
  await page.goto('/nothing')
  await look('not here')
  await page.goto('/account/authenticators/00')
  await look('not here, an authenticator')
  await pastAdministration(page, here, look)
  await pastPasskeys(page, look)
  await page.context().clearCookies()
  await givePassword(page, login)
  await pastPasskeyAsked(page, look)
  await page.getByRole('link', { name: 'Use your authenticator app' }).click()
  here.clock.wait(30)
  await giveCode(page, phone.code())
  await page.getByRole('link', { name: `Manage ${WIDEST_NAME}` }).click()
  await look('passkey')
  await press(page, `Remove ${WIDEST_NAME}`)
  await page.goto('/account')
  await press(page, 'Sign out')
  await look('sign in, with a notice')
  // The two codes that did not fit are forgotten by then.
  here.clock.wait(900)
  await givePassword(page, login)
  here.clock.wait(30)
  await page.getByLabel('Do not ask for a code').check()
  await giveCode(page, phone.code())
  await press(page, 'Sign out')
  await givePassword(page, login)
  await page.getByRole('heading', { name: 'Trusted browsers' }).waitFor()
  await look('account, in a trusted browser')
  await page.getByRole('button', { name: 'Forget' }).click()
  await page.getByRole('status').getByText('Your session is over').waitFor()
  await givePassword(page, login, 'not the password')
  await look('sign in, refused')
  await givePassword(page, login)
  await look('code')
  await pastSentCodes(page, look)
  await giveCode(page, phone.code(9))
  await look('code, refused')
  here.clock.wait(240)
  await giveCode(page, phone.code(-4))
  await page.getByRole('alert').getByText('about 2 minutes behind').waitFor()
  await look('code, with a clock that is behind')
  await giveCode(page, phone.code(7))
  await page.getByRole('alert').getByText('Too many attempts').waitFor()
  await look('code, closed')
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await look('recovery code')
  await page.getByLabel('Recovery code').fill('0000-0000-0000-0000')
  await press(page, 'Sign in')
  await look('recovery code, refused')

  await page.context().clearCookies()
  await givePassword(page, login)
  for (const stepsAhead of [9, 8]) await giveCode(page, phone.code(stepsAhead))
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recoveryCode)
  await press(page, 'Sign in')
  await page.getByText('Somebody gave your password').waitFor()
  await look('password, required')
  await page.getByLabel('New password').fill('quite another horse')
  await press(page, 'Change password')
  await look('account, with one switched off')
  await page.getByRole('link', { name: /^Manage/ }).click()
  await look('last authenticator, switched off')
  await page.context().clearCookies()
  await page.request.post('/api/register', { data: { login: OTHER_LOGIN, password: PASSWORD } })
  await page.context().clearCookies()
  await page.request.post('/api/password/forgot', { data: { login: OTHER_LOGIN } })
  await page.goto(here.mailPage)
  while ((await page.getByRole('link', { name: 'Open the link' }).count()) === 0) {
    await page.reload()
  }
  await look('mail')
  await page.getByRole('link', { name: 'Open the link' }).click()
  await page.getByLabel('New password').fill('short')
  await press(page, 'Set password')
  await page.getByRole('alert').getByText('too short').waitFor()
  await look('new password, without the code')
}

async function pastPasskeys(page: Page, look: (stop: string) => Promise<void>): Promise<void> {
  const key = await plugIn(page)
  await page.goto('/account/passkeys/new')
  await look('add a passkey')
  await page.getByLabel('Name').fill(' ')
  await press(page, 'Add a passkey')
  await page.getByRole('alert').getByText('A name has').waitFor()
  await look('add a passkey, refused')
  await page.getByLabel('Name').fill(WIDEST_NAME)
  await press(page, 'Add a passkey')
  await page.getByRole('status').getByText('Your new passkey').waitFor()
  await look('account, with a passkey')
  await page.goto('/reauthenticate')
  await look('still you, with a passkey')
  await key.unplug()
}

async function pastPasskeyAsked(page: Page, look: (stop: string) => Promise<void>): Promise<void> {
  await look('use a passkey')
  const key = await plugIn(page, { answers: false })
  await press(page, 'Use a passkey')
  await page.getByRole('alert').getByText('No passkey was used').waitFor()
  await look('use a passkey, called off')
  await key.unplug()
}
