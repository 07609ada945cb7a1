/** `halfminute.config.json` in the folder where the program runs. */
import { existsSync, readFileSync } from 'node:fs'
import { SettingsProblem } from '../settings.ts'

const CONFIG_FILE = 'halfminute.config.json'

/** @throws SettingsProblem when it is there and cannot be read */
export function readConfigFile(): string | undefined {
  if (!existsSync(CONFIG_FILE)) return undefined
  try {
    return readFileSync(CONFIG_FILE, 'utf8')
  } catch {
    throw new SettingsProblem(`${CONFIG_FILE}: cannot be read as a file`)
  }
}
