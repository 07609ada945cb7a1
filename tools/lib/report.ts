/** How every check ends: one line a problem on stderr, exit 1; or one line that says what was looked at. */
export function report(problems: readonly string[], allWell: string): void {
  for (const line of problems) console.error(line)
  if (problems.length > 0) process.exitCode = 1
  else console.log(allWell)
}
