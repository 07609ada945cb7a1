/** The part of the walk that only administrators see. Whoever adds a page for them adds a stop. */
import type { Page } from 'playwright-core'
import { virtualAuthenticator } from '@halfminute/engine/testing'
import { enrol, HttpClient, register } from '../support/person.ts'
import { press } from './person.ts'
import type { Site } from './support.ts'

const OTHER = `${'somebody'.repeat(20)}@example.com`

/** Somebody who needs help: a phone with the widest name, and a second one. */
async function somebody({ url, clock }: Site): Promise<void> {
  const client = new HttpClient(url)
  await register(client, OTHER)
  const authenticator = (uri: string) => ({ code: () => virtualAuthenticator(uri, clock).code() })
  for (const name of ['W'.repeat(64), 'tablet']) {
    await enrol(client, authenticator, clock.nowSeconds(), { name })
  }
}

/** @param page of somebody who is signed in with a second factor; an administrator from here on */
export async function pastAdministration(
  page: Page,
  here: Site,
  look: (stop: string) => Promise<void>,
): Promise<void> {
  await somebody(here)
  await page.goto('/admin')
  await look('did not work, for administrators')
  await page.goto('/admin/claim')
  await look('claim')
  await page.getByLabel('Invitation').fill('no such invitation')
  await press(page, 'Claim it')
  await page.getByRole('alert').waitFor()
  await look('claim, refused')
  await page.getByLabel('Invitation').fill(await here.invitation())
  await press(page, 'Claim it')
  await page.waitForURL('**/admin')
  await look('administration, with a notice')
  await press(page, 'Invite')
  await page.getByRole('heading', { name: 'Give this to one person' }).waitFor()
  await look('invitation')
  await page.getByRole('link', { name: 'Back to administration' }).click()
  await look('administration')
  await page.getByRole('link', { name: 'All accounts' }).click()
  await look('all accounts')
  await page.goto('/admin')
  await page.getByLabel('Login').fill('nobody')
  await press(page, 'Find')
  await look('accounts found, none')
  await page.getByLabel('Login').fill(OTHER.slice(0, 20))
  await press(page, 'Find')
  await look('accounts found')
  await page.getByRole('link', { name: `Show ${OTHER}` }).click()
  await look('account of somebody')
  await page.getByRole('link', { name: 'Reset' }).click()
  await look('reset')
  await press(page, 'Reset it')
  await page.getByRole('status').waitFor()
  await look('account of somebody, after a reset')
}
