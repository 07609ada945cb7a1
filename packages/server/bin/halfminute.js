#!/usr/bin/env node
/*
 * Checks the version of Node before anything that an old one cannot read is loaded, then hands over to
 * src/cli/run.ts. Written in the JavaScript of 2015 on purpose, so that an old Node gets as far as the
 * sentence below.
 */
var LEAST_MAJOR = 24

if (parseInt(process.versions.node, 10) >= LEAST_MAJOR) {
  void import('#cli')
    .then(function (cli) {
      return cli.main(process.argv.slice(2))
    })
    .then(function (status) {
      process.exitCode = status
      return status
    })
} else {
  console.error(
    'halfminute: error: this needs Node ' +
      LEAST_MAJOR +
      ' or newer, and here runs ' +
      process.versions.node +
      ': install a newer one from https://nodejs.org, or, inside the checkout,' +
      ' use `npm start` or `npx halfminute`, which bring their own.',
  )
  process.exitCode = 1
}
