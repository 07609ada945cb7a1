/** What the server of this folder would take for a setting: environment, file, default. */
import { usage } from './errors.ts'
import type { Io } from './io.ts'

/** @throws CliError when the setting or the file is wrong */
export async function serverSetting(name: string, { env }: Io): Promise<string> {
  const [{ readSetting, SettingsProblem }, { readConfigFile }] = await Promise.all([
    import('../settings.ts'),
    import('./config-file.ts'),
  ])
  try {
    return readSetting(name, { env, file: readConfigFile() })
  } catch (error) {
    if (error instanceof SettingsProblem) throw usage(error.message)
    throw error
  }
}
